import { randomBytes } from 'node:crypto';
import type { IceCredentials } from '@prism/protocol';

/** Characters of ICE fragments and passwords (RFC 8839, section 5.4). */
const ICE_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** Random characters of a fragment, 6 bits each; RFC 8445 asks for 24 bits. */
const UFRAG_CHARS = 8;
/** Characters of a password, 6 bits each; RFC 8445 asks for 128 bits. */
const PWD_CHARS = 24;

/**
 * Fresh credentials. The fragment begins with the node's id, so that a balancer can tell from a client's first packet
 * which node it is for: STUN's USERNAME begins with this fragment.
 */
export function newIceCredentials(nodeId: string): IceCredentials {
  return { ufrag: `${nodeId}${randomText(UFRAG_CHARS)}`, pwd: randomText(PWD_CHARS) };
}

function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => ICE_CHARACTERS[byte & 63]).join('');
}
