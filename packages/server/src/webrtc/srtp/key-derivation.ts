import { createCipheriv } from 'node:crypto';
import { SRTP_PROFILES, type SrtpMasterKey, type SrtpProfile } from '@prism/protocol';

/** What protects the packets of one direction, RTP or RTCP. */
export interface SrtpSessionKeys {
  readonly key: Uint8Array;
  /** 14 bytes with AES-CM, 12 with GCM. */
  readonly salt: Uint8Array;
  /** 20 bytes for HMAC-SHA1; empty with GCM. */
  readonly authenticationKey: Uint8Array;
}

/** Length of the counter that keys are derived with, and so of a master salt with zeros behind it. */
const COUNTER_BYTES = 16;

/** Where the label stands in it: above 48 bits of index, which are zero, and 16 of block count (RFC 3711, section 4.3.1). */
const LABEL_AT_BYTES = 7;

const HMAC_SHA1_KEY_BYTES = 20;

/** Labels of keys for RTP; those for RTCP are three higher (RFC 3711, section 4.3.2). */
const LABELS = { key: 0, authenticationKey: 1, salt: 2 } as const;
const RTCP_LABELS_FROM = 3;

/**
 * The session keys of one direction from its master key, which is never derived from again (a key derivation rate of 0):
 * RFC 3711, section 4.3, and for GCM RFC 7714, section 11. Throws a RangeError for a key or salt of a wrong length.
 */
export function deriveSessionKeys(
  profile: SrtpProfile,
  master: SrtpMasterKey,
): { readonly rtp: SrtpSessionKeys; readonly rtcp: SrtpSessionKeys } {
  const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
  if (master.key.length !== keyBytes || master.salt.length !== saltBytes)
    throw new RangeError(`${profile} takes a key of ${keyBytes} bytes, a salt of ${saltBytes}.`);
  const authenticationKeyBytes = profile === 'aes128_cm_sha1_80' ? HMAC_SHA1_KEY_BYTES : 0;
  const keysFrom = (firstLabel: number): SrtpSessionKeys => ({
    key: derive(master, firstLabel + LABELS.key, keyBytes),
    salt: derive(master, firstLabel + LABELS.salt, saltBytes),
    authenticationKey: derive(
      master,
      firstLabel + LABELS.authenticationKey,
      authenticationKeyBytes,
    ),
  });
  return { rtp: keysFrom(0), rtcp: keysFrom(RTCP_LABELS_FROM) };
}

/** `lengthBytes` of AES in counter mode, from the master salt with the label in it. */
function derive(master: SrtpMasterKey, label: number, lengthBytes: number): Uint8Array {
  const counter = new Uint8Array(COUNTER_BYTES);
  counter.set(master.salt);
  counter[LABEL_AT_BYTES] = (counter[LABEL_AT_BYTES] ?? 0) ^ label;
  const cipher = createCipheriv(`aes-${master.key.length * 8}-ctr`, master.key, counter);
  return cipher.update(new Uint8Array(lengthBytes));
}
