import {
  SCTP_CAUSE,
  SCTP_CHUNK,
  SCTP_DATA_FLAG,
  type SctpData,
  type SctpForwardTsn,
  writeSctpCause,
  writeSctpSack,
} from '@prism/protocol';
import { after, type MonotonicMs } from '../time/clock.ts';
import { FragmentRuns, type WholeMessage } from './fragment-runs.ts';
import { OrderedStreams } from './ordered-streams.ts';
import type { PacketOutbox } from './packet-outbox.ts';
import { ReceivedTsns } from './received-tsns.ts';
import { unwrapTsn } from './sequence-numbers.ts';

/** How long an acknowledgement waits for another packet, or for data that goes the same way (RFC 9260, section 6.2). */
const ACKNOWLEDGE_MS = 40;
/** Gap blocks that are looked for; a packet has room for fewer. */
const GAP_BLOCK_COUNT_MAX = 300;

/** Takes the peer's data, acknowledges it, and gives whole messages on in their order. */
export class DataReceiver {
  readonly #outbox: PacketOutbox;
  readonly #bufferBytesMax: number;
  readonly #messageBytesMax: number;
  readonly #tsns: ReceivedTsns;
  readonly #fragments: FragmentRuns;
  readonly #streams: OrderedStreams;
  #ackDeadlineMs: MonotonicMs | undefined;
  #isAckDue = false;
  #hasNewData = false;
  #unackedPacketCount = 0;
  #droppedCount = 0;

  constructor(
    outbox: PacketOutbox,
    start: {
      readonly firstTsn: number;
      readonly bufferBytesMax: number;
      readonly messageBytesMax: number;
    },
    deliver: (message: WholeMessage) => void,
  ) {
    this.#outbox = outbox;
    this.#bufferBytesMax = start.bufferBytesMax;
    this.#messageBytesMax = start.messageBytesMax;
    this.#tsns = new ReceivedTsns(start.firstTsn);
    this.#fragments = new FragmentRuns(start.messageBytesMax);
    this.#streams = new OrderedStreams(deliver);
    // The first one is acknowledged at once, so that the peer learns the round trip.
    this.#unackedPacketCount = 1;
  }

  /** The last TSN before which nothing is missing; unwrapped. */
  get cumulativeTsn(): number {
    return this.#tsns.cumulativeTsn;
  }

  /** When an acknowledgement is due. */
  get deadlineMs(): MonotonicMs | undefined {
    return this.#ackDeadlineMs;
  }

  /** An acknowledgement should not wait. */
  get isAckDue(): boolean {
    return this.#isAckDue;
  }

  /** One waits, and goes with whatever is sent. */
  get isAckPending(): boolean {
    return this.#isAckDue || this.#ackDeadlineMs !== undefined;
  }

  /** Chunks that were dropped because there was no room for them, or because they were too far ahead. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /** Size of what is held, with its overheads. */
  get heldBytes(): number {
    return this.#fragments.heldBytes + this.#streams.heldBytes;
  }

  /** Room that the peer is told of. */
  get windowBytes(): number {
    return Math.max(0, this.#bufferBytesMax - this.heldBytes);
  }

  /** Takes a DATA chunk; answers what is so wrong with it that the association has to end. */
  receive(data: SctpData): 'message_too_large' | 'protocol_violation' | undefined {
    this.#hasNewData = true;
    if ((data.flags & SCTP_DATA_FLAG.immediate) !== 0) this.#isAckDue = true;
    const tsn = unwrapTsn(data.tsn, this.#tsns.cumulativeTsn);
    const verdict = this.#tsns.check(tsn);
    if (verdict === 'new' && this.#hasRoom(tsn, data.payload.length)) return this.#take(tsn, data);
    this.#isAckDue = true;
    if (verdict !== 'duplicate') this.#droppedCount += 1;
    // What fills a gap is always taken; so much can't be held for it.
    const isStuck = verdict === 'new' && tsn === this.#tsns.cumulativeTsn + 1;
    return isStuck ? 'protocol_violation' : undefined;
  }

  /** The peer goes on without what it gave up (RFC 3758, section 3.6). */
  skip(forward: SctpForwardTsn): void {
    this.#hasNewData = true;
    const { cumulativeTsn } = this.#tsns;
    const newTsn = unwrapTsn(forward.newCumulativeTsn, cumulativeTsn);
    if (newTsn <= cumulativeTsn) {
      this.#isAckDue = true;
      return;
    }
    this.#tsns.moveTo(newTsn);
    this.#fragments.skip(cumulativeTsn, newTsn);
    this.#streams.skip(forward.skipped);
  }

  /** The peer begins streams anew; none means all. */
  resetStreams(streamIds: readonly number[]): readonly number[] {
    const concerned = streamIds.length > 0 ? streamIds : this.#streams.streamIds;
    for (const streamId of concerned) this.#streams.reset(streamId);
    return concerned;
  }

  /** All chunks of a packet are taken: decides when to acknowledge. */
  packetEnded(nowMs: MonotonicMs): void {
    if (!this.#hasNewData) return;
    this.#hasNewData = false;
    this.#unackedPacketCount += 1;
    if (this.#unackedPacketCount >= 2 || this.#tsns.hasGaps) this.#isAckDue = true;
    else this.#ackDeadlineMs ??= after(nowMs, ACKNOWLEDGE_MS);
  }

  /** The deadline is there. */
  timedOut(): void {
    this.#isAckDue = true;
  }

  /** Writes a SACK. */
  acknowledge(): void {
    const sack = {
      cumulativeTsn: this.#tsns.cumulativeTsn,
      windowBytes: this.windowBytes,
      gapBlocks: this.#tsns.gapBlocks(GAP_BLOCK_COUNT_MAX),
      duplicateTsns: this.#tsns.takeDuplicates(),
    };
    const body = writeSctpSack(sack, this.#outbox.bodyBytesMax);
    this.#outbox.add({ type: SCTP_CHUNK.sack, body });
    this.#isAckDue = false;
    this.#ackDeadlineMs = undefined;
    this.#unackedPacketCount = 0;
  }

  /** What fills the first gap is taken even when the buffer is full: it makes room. */
  #hasRoom(tsn: number, payloadBytes: number): boolean {
    const isNext = tsn === this.#tsns.cumulativeTsn + 1;
    const boundBytes = this.#bufferBytesMax + (isNext ? this.#messageBytesMax : 0);
    return this.heldBytes + payloadBytes <= boundBytes;
  }

  #take(tsn: number, data: SctpData): 'message_too_large' | 'protocol_violation' | undefined {
    this.#tsns.add(tsn);
    if (!this.#streams.hasPlaceFor(data.streamId)) {
      this.#droppedCount += 1;
      this.#reportInvalidStream(data.streamId);
      return undefined;
    }
    const outcome = this.#fragments.add(tsn, data, this.#tsns.cumulativeTsn);
    if (outcome === 'held') return undefined;
    if (typeof outcome === 'string') return outcome;
    this.#streams.take(outcome);
    return undefined;
  }

  #reportInvalidStream(streamId: number): void {
    const value = Uint8Array.of(streamId >>> 8, streamId, 0, 0);
    const body = writeSctpCause({ type: SCTP_CAUSE.invalidStream, value });
    this.#outbox.add({ type: SCTP_CHUNK.error, body });
  }
}
