import { SCTP_CHUNK, SCTP_RECONFIG_RESULT, writeOutgoingReset } from '@prism/protocol';
import { after, type MonotonicMs } from '../time/clock.ts';
import type { PacketOutbox } from './packet-outbox.ts';
import type { RetransmissionTimeout } from './retransmission-timeout.ts';
import type { SendQueue } from './send-queue.ts';

/** Streams of one request: as many as surely fit a packet. */
const STREAM_COUNT_MAX = 400;

/** What requests are written with. */
export interface OutgoingResetsParts {
  readonly outbox: PacketOutbox;
  readonly queue: SendQueue;
  readonly timeout: RetransmissionTimeout;
}

/** Where both sides' numbers are. */
interface ResetNumbers {
  readonly lastTsn: number;
  /** The peer's request that was answered last. */
  readonly responseNumber: number;
}

interface ResetRequest {
  readonly requestNumber: number;
  readonly streamIds: readonly number[];
  readonly body: Uint8Array;
}

/**
 * Asks the peer to begin this side's streams anew (RFC 6525, section 5.1), one request at a time, and for a stream only
 * when all that was sent on it has arrived: aiortc resets without waiting for that.
 */
export class OutgoingResets {
  readonly #parts: OutgoingResetsParts;
  readonly #wanted = new Set<number>();
  #nextRequestNumber: number;
  #request: ResetRequest | undefined;
  #deadlineMs: MonotonicMs | undefined;

  constructor(parts: OutgoingResetsParts, firstTsn: number) {
    this.#parts = parts;
    this.#nextRequestNumber = firstTsn;
  }

  /** When the request goes again. */
  get deadlineMs(): MonotonicMs | undefined {
    return this.#deadlineMs;
  }

  /** Whether nothing may be sent on a stream, because it is being reset. */
  isResetting(streamId: number): boolean {
    return this.#wanted.has(streamId) || this.#request?.streamIds.includes(streamId) === true;
  }

  want(streamId: number): void {
    if (!this.isResetting(streamId)) this.#wanted.add(streamId);
  }

  /** Writes a request, if there is something to ask for and no answer to be waited for. */
  write(numbers: ResetNumbers, nowMs: MonotonicMs): void {
    if (this.#request !== undefined || this.#wanted.size === 0) return;
    const streamIds: number[] = [];
    for (const streamId of this.#wanted) {
      const isReady = streamIds.length < STREAM_COUNT_MAX && this.#parts.queue.isDrained(streamId);
      if (isReady) streamIds.push(streamId);
    }
    if (streamIds.length === 0) return;
    for (const streamId of streamIds) this.#wanted.delete(streamId);
    const requestNumber = this.#nextRequestNumber;
    this.#nextRequestNumber += 1;
    const body = writeOutgoingReset({ requestNumber, streamIds, ...numbers });
    this.#request = { requestNumber, streamIds, body };
    this.#send(nowMs);
  }

  /** Takes the peer's answer; gives the streams whose reset is over. */
  answered(
    response: { readonly responseNumber: number; readonly result: number },
    nowMs: MonotonicMs,
  ): readonly number[] {
    const request = this.#request;
    if (request === undefined || response.responseNumber !== request.requestNumber >>> 0) return [];
    if (response.result === SCTP_RECONFIG_RESULT.inProgress) {
      // The same request again, later: the peer still lacks something of what was sent before it.
      this.#deadlineMs = after(nowMs, this.#parts.timeout.timeoutMs);
      return [];
    }
    this.#request = undefined;
    this.#deadlineMs = undefined;
    const isReset =
      response.result === SCTP_RECONFIG_RESULT.performed ||
      response.result === SCTP_RECONFIG_RESULT.nothingToDo;
    if (isReset) for (const streamId of request.streamIds) this.#parts.queue.reset(streamId);
    return request.streamIds;
  }

  timedOut(nowMs: MonotonicMs): void {
    this.#parts.timeout.backOff();
    this.#send(nowMs);
  }

  #send(nowMs: MonotonicMs): void {
    if (this.#request === undefined) return;
    this.#parts.outbox.add({ type: SCTP_CHUNK.reConfig, body: this.#request.body });
    this.#deadlineMs = after(nowMs, this.#parts.timeout.timeoutMs);
  }
}
