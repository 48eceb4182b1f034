import { SCTP_DATA_FLAG } from '@prism/protocol';
import { after, type MonotonicMs } from '../time/clock.ts';
import { Fifo } from './fifo.ts';
import { type SctpMessage, type SctpRefusal, SEND_QUEUE_COUNT_MAX } from './sctp-contract.ts';

/** A message that is on its way, or waits to be. */
export interface QueuedMessage {
  readonly message: SctpMessage;
  readonly stream: OutgoingStream;
  /** Unwrapped; undefined before its first fragment has left, and of an unordered one. */
  ssn: number | undefined;
  /** Bytes that have left in fragments. */
  sentBytes: number;
  /** After this it is given up (RFC 3758). */
  readonly expiresAtMs: MonotonicMs | undefined;
}

/** A fragment that has a TSN from now on. */
export interface Fragment {
  readonly queued: QueuedMessage;
  /** Of `SCTP_DATA_FLAG`: begin, end, unordered. */
  readonly flags: number;
  readonly payload: Uint8Array;
}

/** One outgoing stream. */
export interface OutgoingStream {
  readonly streamId: number;
  nextSsn: number;
  readonly waiting: Fifo<QueuedMessage>;
  /** Fragments under way. */
  outstandingCount: number;
}

/** Messages that wait to be sent: those of a stream in order, streams in turn, one message at a time. */
export class SendQueue {
  readonly #bytesMax: number;
  readonly #streams = new Map<number, OutgoingStream>();
  /** Streams with something that waits. */
  readonly #turns = new Fifo<OutgoingStream>();
  #waitingBytes = 0;
  #waitingCount = 0;
  /** Bytes that wait or are under way. */
  #heldBytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes of messages that have not left yet. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  get isEmpty(): boolean {
    return this.#waitingCount === 0;
  }

  push(message: SctpMessage, nowMs: MonotonicMs): SctpRefusal | undefined {
    const sizeBytes = message.bytes.length;
    if (this.#heldBytes + sizeBytes > this.#bytesMax) return 'queue_full';
    if (this.#waitingCount >= SEND_QUEUE_COUNT_MAX) return 'queue_full';
    const { reliability } = message;
    const stream = this.#streamOf(message.streamId);
    if (stream.waiting.length === 0) this.#turns.push(stream);
    stream.waiting.push({
      message,
      stream,
      ssn: undefined,
      sentBytes: 0,
      expiresAtMs:
        reliability.type === 'lifetime' ? after(nowMs, reliability.lifetimeMs) : undefined,
    });
    this.#waitingCount += 1;
    this.#waitingBytes += sizeBytes;
    this.#heldBytes += sizeBytes;
    return undefined;
  }

  /** The size of the fragment that `take` would give; 0 if nothing waits. What has expired before it left is dropped. */
  nextFragmentBytes(payloadBytesMax: number, nowMs: MonotonicMs): number {
    for (let queued = this.#next(); queued !== undefined; queued = this.#next()) {
      const hasExpired = queued.expiresAtMs !== undefined && nowMs > queued.expiresAtMs;
      if (!hasExpired || queued.sentBytes > 0) {
        return Math.min(payloadBytesMax, queued.message.bytes.length - queued.sentBytes);
      }
      this.abandonRest(queued);
    }
    return 0;
  }

  /** Takes the next fragment, of so many bytes as `nextFragmentBytes` has said. */
  take(fragmentBytes: number): Fragment | undefined {
    const queued = this.#next();
    if (queued === undefined) return undefined;
    const { message, stream } = queued;
    const startBytes = queued.sentBytes;
    const endBytes = startBytes + fragmentBytes;
    if (startBytes === 0 && message.isOrdered) {
      queued.ssn = stream.nextSsn;
      stream.nextSsn += 1;
    }
    const isLast = endBytes === message.bytes.length;
    queued.sentBytes = endBytes;
    stream.outstandingCount += 1;
    this.#waitingBytes -= fragmentBytes;
    if (isLast) this.#endTurn(stream);
    return {
      queued,
      flags:
        (startBytes === 0 ? SCTP_DATA_FLAG.begin : 0) |
        (isLast ? SCTP_DATA_FLAG.end : 0) |
        (message.isOrdered ? 0 : SCTP_DATA_FLAG.unordered),
      payload: message.bytes.subarray(startBytes, endBytes),
    };
  }

  /** A fragment need not be kept any longer. */
  release(fragment: Fragment): void {
    this.#heldBytes -= fragment.payload.length;
    fragment.queued.stream.outstandingCount -= 1;
  }

  /**
   * Gives up what of a message has not left yet; it must be the one whose turn it is, or have left completely. Where some
   * of it has left, this gives an empty fragment that ends it: its TSN stands for the rest, so that the peer can be told
   * to go on without the message even if it has everything that did leave.
   */
  abandonRest(queued: QueuedMessage): Fragment | undefined {
    const { message, stream, sentBytes } = queued;
    const restBytes = message.bytes.length - sentBytes;
    if (restBytes === 0) return undefined;
    queued.sentBytes = message.bytes.length;
    this.#waitingBytes -= restBytes;
    this.#heldBytes -= restBytes;
    this.#endTurn(stream);
    if (sentBytes === 0) return undefined;
    stream.outstandingCount += 1;
    return { queued, flags: SCTP_DATA_FLAG.end, payload: message.bytes.subarray(0, 0) };
  }

  /** Whether all of a stream's messages have arrived. */
  isDrained(streamId: number): boolean {
    const stream = this.#streams.get(streamId);
    return stream === undefined || (stream.waiting.length === 0 && stream.outstandingCount === 0);
  }

  /** Begins a drained stream anew, with SSN 0. */
  reset(streamId: number): void {
    this.#streams.delete(streamId);
  }

  clear(): void {
    this.#streams.clear();
    this.#turns.clear();
    this.#waitingBytes = 0;
    this.#waitingCount = 0;
    this.#heldBytes = 0;
  }

  #next(): QueuedMessage | undefined {
    return this.#turns.at(0)?.waiting.at(0);
  }

  /** The first message of the stream whose turn it is is done with. */
  #endTurn(stream: OutgoingStream): void {
    stream.waiting.shift();
    this.#waitingCount -= 1;
    this.#turns.shift();
    if (stream.waiting.length > 0) this.#turns.push(stream);
  }

  #streamOf(streamId: number): OutgoingStream {
    const known = this.#streams.get(streamId);
    if (known !== undefined) return known;
    const stream = {
      streamId,
      nextSsn: 0,
      waiting: new Fifo<QueuedMessage>(),
      outstandingCount: 0,
    };
    this.#streams.set(streamId, stream);
    return stream;
  }
}
