import type { SctpSkippedStream } from '@prism/protocol';
import type { WholeMessage } from './fragment-runs.ts';
import { INBOUND_STREAM_COUNT_MAX } from './sctp-contract.ts';
import { unwrapSsn } from './sequence-numbers.ts';

/** What a waiting message counts besides its bytes. */
const MESSAGE_OVERHEAD_BYTES = 128;

interface IncomingStream {
  nextSsn: number;
  /** Messages that came before their turn, by unwrapped SSN. */
  readonly waiting: Map<number, WholeMessage>;
}

/** Gives messages on in the order of their streams (RFC 9260, section 6.6). */
export class OrderedStreams {
  readonly #streams = new Map<number, IncomingStream>();
  readonly #deliver: (message: WholeMessage) => void;
  #heldBytes = 0;

  constructor(deliver: (message: WholeMessage) => void) {
    this.#deliver = deliver;
  }

  /** Size of what waits, with an overhead for each message. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Whether a stream has a place here, or would get one. */
  hasPlaceFor(streamId: number): boolean {
    return this.#streams.has(streamId) || this.#streams.size < INBOUND_STREAM_COUNT_MAX;
  }

  /** Takes a whole message; those whose turn has come are delivered. */
  take(message: WholeMessage): void {
    if (message.ssn === undefined) {
      this.#deliver(message);
      return;
    }
    const stream = this.#streamOf(message.streamId);
    const ssn = unwrapSsn(message.ssn, stream.nextSsn);
    if (ssn === stream.nextSsn) {
      stream.nextSsn += 1;
      this.#deliver(message);
      this.#deliverWaiting(stream);
      return;
    }
    // One before its turn that is there already, and one whose turn is over, break the rules: dropped.
    if (ssn < stream.nextSsn || stream.waiting.has(ssn)) return;
    stream.waiting.set(ssn, { ...message, bytes: message.bytes.slice() });
    this.#heldBytes += message.bytes.length + MESSAGE_OVERHEAD_BYTES;
  }

  /** The peer has given up messages up to these: what is there of them is delivered, and what waited for them. */
  skip(skipped: readonly SctpSkippedStream[]): void {
    for (const { streamId, ssn: wireSsn } of skipped) {
      if (!this.hasPlaceFor(streamId)) continue;
      const stream = this.#streamOf(streamId);
      const lastSsn = unwrapSsn(wireSsn, stream.nextSsn);
      if (lastSsn < stream.nextSsn) continue;
      for (const ssn of dueSsns(stream, lastSsn)) this.#deliverOne(stream, ssn);
      stream.nextSsn = lastSsn + 1;
      this.#deliverWaiting(stream);
    }
  }

  /** The peer begins a stream anew; what waited on it never gets its turn. */
  reset(streamId: number): void {
    const stream = this.#streams.get(streamId);
    if (stream === undefined) return;
    for (const { bytes } of stream.waiting.values()) {
      this.#heldBytes -= bytes.length + MESSAGE_OVERHEAD_BYTES;
    }
    this.#streams.delete(streamId);
  }

  /** Streams that there have been messages on. */
  get streamIds(): readonly number[] {
    return [...this.#streams.keys()];
  }

  #deliverWaiting(stream: IncomingStream): void {
    while (this.#deliverOne(stream, stream.nextSsn)) stream.nextSsn += 1;
  }

  #deliverOne(stream: IncomingStream, ssn: number): boolean {
    const message = stream.waiting.get(ssn);
    if (message === undefined) return false;
    stream.waiting.delete(ssn);
    this.#heldBytes -= message.bytes.length + MESSAGE_OVERHEAD_BYTES;
    this.#deliver(message);
    return true;
  }

  #streamOf(streamId: number): IncomingStream {
    const known = this.#streams.get(streamId);
    if (known !== undefined) return known;
    const stream = { nextSsn: 0, waiting: new Map<number, WholeMessage>() };
    this.#streams.set(streamId, stream);
    return stream;
  }
}

/** What waits up to `lastSsn`, in order: by one look at each number or at all that waits, whichever are fewer. */
function dueSsns({ nextSsn, waiting }: IncomingStream, lastSsn: number): readonly number[] {
  const count = lastSsn - nextSsn + 1;
  if (count > waiting.size)
    return [...waiting.keys()].filter((ssn) => ssn <= lastSsn).sort((a, b) => a - b);
  return Array.from({ length: count }, (_, index) => nextSsn + index);
}
