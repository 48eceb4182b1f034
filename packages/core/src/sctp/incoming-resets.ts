import {
  SCTP_CHUNK,
  SCTP_RECONFIG_RESULT,
  type SctpReConfig,
  writeReConfigResponse,
} from '@prism/protocol';
import type { PacketOutbox } from './packet-outbox.ts';
import { unwrapTsn } from './sequence-numbers.ts';

type Request = Exclude<SctpReConfig, { type: 'response' }>;

/** A reset that waits for what was sent before it. */
interface Deferred {
  readonly lastTsn: number;
  readonly streamIds: readonly number[];
}

/** Answers the peer's requests about streams (RFC 6525, section 5.2). */
export class IncomingResets {
  readonly #outbox: PacketOutbox;
  /** The peer's request that was answered last; unwrapped. */
  #lastNumber: number;
  #lastResult: number = SCTP_RECONFIG_RESULT.nothingToDo;
  #deferred: Deferred | undefined;

  constructor(outbox: PacketOutbox, peerFirstTsn: number) {
    this.#outbox = outbox;
    this.#lastNumber = peerFirstTsn - 1;
  }

  get lastNumber(): number {
    return this.#lastNumber;
  }

  /**
   * Answers a request; gives the streams to reset now, an empty list for all of them, or undefined for none.
   * A repeated request gets its answer again.
   */
  take(request: Request, cumulativeTsn: number): readonly number[] | undefined {
    const number = unwrapTsn(request.requestNumber, this.#lastNumber);
    if (number !== this.#lastNumber && number !== this.#lastNumber + 1) {
      this.#respond(number, SCTP_RECONFIG_RESULT.badSequenceNumber);
      return undefined;
    }
    const isNew = number === this.#lastNumber + 1;
    this.#lastNumber = number;
    const streamIds = isNew ? this.#grant(request, cumulativeTsn) : undefined;
    this.#respond(number, this.#lastResult);
    return streamIds;
  }

  /** More has arrived: gives the streams of a reset that waited for it, an empty list for all. */
  arrived(cumulativeTsn: number): readonly number[] | undefined {
    const deferred = this.#deferred;
    if (deferred === undefined || cumulativeTsn < deferred.lastTsn) return undefined;
    this.#deferred = undefined;
    // The peer asks again, and is told then.
    this.#lastResult = SCTP_RECONFIG_RESULT.performed;
    return deferred.streamIds;
  }

  #grant(request: Request, cumulativeTsn: number): readonly number[] | undefined {
    if (request.type !== 'outgoing_reset') {
      // There is room for every stream that has a number.
      const isGranted = request.type === 'add_outgoing';
      this.#lastResult = isGranted ? SCTP_RECONFIG_RESULT.performed : SCTP_RECONFIG_RESULT.denied;
      return undefined;
    }
    const lastTsn = unwrapTsn(request.lastTsn, cumulativeTsn);
    if (lastTsn <= cumulativeTsn) {
      this.#lastResult = SCTP_RECONFIG_RESULT.performed;
      return request.streamIds;
    }
    if (this.#deferred !== undefined) {
      this.#lastResult = SCTP_RECONFIG_RESULT.alreadyInProgress;
      return undefined;
    }
    this.#deferred = { lastTsn, streamIds: request.streamIds };
    this.#lastResult = SCTP_RECONFIG_RESULT.inProgress;
    return undefined;
  }

  #respond(number: number, result: number): void {
    this.#outbox.add({ type: SCTP_CHUNK.reConfig, body: writeReConfigResponse(number, result) });
  }
}
