import type { HandshakeFragment, HandshakeMessage } from '@prism/protocol';
import { HANDSHAKE_MESSAGE_BYTES_MAX } from './dtls-contract.ts';
import type { Epoch } from './record-layer.ts';

/** How many messages, from the next one on, are put together at a time: more than any flight has. */
export const REASSEMBLED_MESSAGE_COUNT_MAX = 8;
/** Bytes of all messages that are being put together. The next one always has room. */
const REASSEMBLY_BYTES_MAX = 2 * HANDSHAKE_MESSAGE_BYTES_MAX;
/** Separate parts of a message that are kept; a sender that cuts in order needs one. */
export const MESSAGE_PART_COUNT_MAX = 32;

/** What became of a fragment: kept, of a message that is done, without room or sense, of a message that is too long. */
export type FragmentVerdict = 'kept' | 'old' | 'ignored' | 'too_long';

/** The bytes from `fromBytes` to before `toBytes` are there. */
interface Part {
  readonly fromBytes: number;
  readonly toBytes: number;
}

interface PartialMessage {
  readonly type: number;
  readonly epoch: Epoch;
  readonly body: Uint8Array;
  /** Apart from each other, in order. */
  parts: readonly Part[];
}

/** Puts handshake messages together from fragments in any order, and gives them out in theirs (RFC 6347, 4.2.2, 4.2.3). */
export class MessageReassembly {
  readonly #partials = new Map<number, PartialMessage>();
  #nextSequence = 0;

  /** Number of the message that is given out next. */
  get nextSequence(): number {
    return this.#nextSequence;
  }

  add(epoch: Epoch, fragment: HandshakeFragment): FragmentVerdict {
    const { messageSequence, messageBytes } = fragment;
    // It brings nothing, and would be a part of its own.
    if (messageBytes > 0 && fragment.fragment.length === 0) return 'ignored';
    if (messageSequence < this.#nextSequence) return 'old';
    if (messageSequence >= this.#nextSequence + REASSEMBLED_MESSAGE_COUNT_MAX) return 'ignored';
    if (messageBytes > HANDSHAKE_MESSAGE_BYTES_MAX) return 'too_long';
    const partial = this.#partialFor(epoch, fragment);
    if (partial === undefined) return 'ignored';
    const toBytes = fragment.offsetBytes + fragment.fragment.length;
    const parts = mergedParts(partial.parts, { fromBytes: fragment.offsetBytes, toBytes });
    if (parts.length > MESSAGE_PART_COUNT_MAX) return 'ignored';
    partial.body.set(fragment.fragment, fragment.offsetBytes);
    partial.parts = parts;
    return 'kept';
  }

  /** The next message, once all of it is there. */
  take(): HandshakeMessage | undefined {
    const messageSequence = this.#nextSequence;
    const partial = this.#partials.get(messageSequence);
    if (partial === undefined) return undefined;
    const [first] = partial.parts;
    if (first?.fromBytes !== 0 || first.toBytes !== partial.body.length) return undefined;
    this.#partials.delete(messageSequence);
    this.#nextSequence += 1;
    return { type: partial.type, messageSequence, body: partial.body };
  }

  /** Forgets what isn't whole. */
  clear(): void {
    this.#partials.clear();
  }

  #partialFor(epoch: Epoch, fragment: HandshakeFragment): PartialMessage | undefined {
    const { type, messageSequence, messageBytes } = fragment;
    const known = this.#partials.get(messageSequence);
    if (known !== undefined) {
      const isSame =
        known.epoch === epoch && known.type === type && known.body.length === messageBytes;
      if (isSame) return known;
      // What is encrypted comes from the peer; what was in the clear may come from anybody.
      if (known.epoch >= epoch) return undefined;
      this.#partials.delete(messageSequence);
    }
    if (!this.#hasRoomFor(messageSequence, messageBytes)) return undefined;
    const partial = { type, epoch, body: new Uint8Array(messageBytes), parts: [] };
    this.#partials.set(messageSequence, partial);
    return partial;
  }

  /** Whether a message may begin. For the next one the latest ones make room; they come again with their flight. */
  #hasRoomFor(messageSequence: number, messageBytes: number): boolean {
    let totalBytes = messageBytes;
    for (const { body } of this.#partials.values()) totalBytes += body.length;
    if (totalBytes <= REASSEMBLY_BYTES_MAX) return true;
    if (messageSequence !== this.#nextSequence) return false;
    this.#partials.clear();
    return true;
  }
}

/** `parts` with one more; those that touch become one. */
function mergedParts(parts: readonly Part[], added: Part): readonly Part[] {
  const apart = parts.filter(
    ({ fromBytes, toBytes }) => toBytes < added.fromBytes || fromBytes > added.toBytes,
  );
  const touching = parts.filter((part) => !apart.includes(part));
  const merged = {
    fromBytes: Math.min(added.fromBytes, ...touching.map(({ fromBytes }) => fromBytes)),
    toBytes: Math.max(added.toBytes, ...touching.map(({ toBytes }) => toBytes)),
  };
  return [...apart, merged].toSorted((left, right) => left.fromBytes - right.fromBytes);
}
