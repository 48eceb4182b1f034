import { sequenceDistance } from '@prism/protocol';
import { ExpectedArrivals } from './expected-arrivals.ts';
import { HELD_PACKETS_COUNT_MAX, type ReceivedPacket } from './held-packets.ts';
import type { MissingPackets, SequenceRange } from './missing-packets.ts';

/** Who is so much later than usual is taken for lost, where that can't wait for the packet behind. */
const OVERDUE_MS = 8;

/** Packets behind the newest one that are taken for lost before another one comes: the sender may have stopped. */
const OVERDUE_COUNT_MAX = 4;

/** What comes so long after it was asked for is no answer any more: the sender had stopped. */
const ANSWER_MS_MAX = 200;

const PACKET_MS_DEFAULT = 20;
const PACKET_MS_MAX = 120;

/** Arrivals deviate so much from their mean at most, nearly always; in mean deviations. */
const SPREAD_DEVIATIONS = 3;

/** How a packet came: ahead of all others, behind later ones by itself, or because it was asked for. */
export type ArrivalKind = 'newest' | 'reordered' | 'answer';

/**
 * Finds out what is missing of a stream, and when it would have come: what a later packet shows to be missing and,
 * where it is asked, what is overdue.
 */
export class LossDetector {
  readonly #missing: MissingPackets;
  readonly #line = new ExpectedArrivals();
  #answerMs = 0;
  #packetMs = PACKET_MS_DEFAULT;
  #highestSequence = 0;
  #highestTimestamp = 0;
  /** When the packet with the highest number came or, if it had to be asked for, would have come. */
  #highestMs = 0;
  /** When it should have come by all others. */
  #frontMs = 0;
  /** The highest number of which is known that it came or is missing. */
  #noticedSequence = 0;

  /** Notes what it finds in `missing`. */
  constructor(missing: MissingPackets) {
    this.#missing = missing;
  }

  /** What comes sooner than half a round trip after it was asked for was on its way already. */
  setRttMs(rttMs: number): void {
    this.#answerMs = rttMs / 2;
  }

  /** A stream begins with the number `sequence`. */
  begin(sequence: number, nowMs: number): void {
    this.#highestSequence = sequence - 1;
    this.#noticedSequence = sequence - 1;
    this.#highestMs = nowMs;
    this.#frontMs = nowMs;
  }

  /** The highest sequence number that came, without wraps. */
  get highestSequence(): number {
    return this.#highestSequence;
  }

  /** The numbers among which packets are missing, from the first one not yet played. */
  openGaps(nextSequence: number): SequenceRange {
    return { first: nextSequence, end: Math.max(this.#highestSequence, this.#noticedSequence + 1) };
  }

  /** The wire's sequence number without wraps. */
  unwrap(sequenceNumber: number): number {
    return this.#highestSequence + sequenceDistance(this.#highestSequence & 0xffff, sequenceNumber);
  }

  /** A packet has come that wasn't here yet: numbers before it that didn't are missing. */
  came(packet: ReceivedPacket, nowMs: number): ArrivalKind {
    const { sequence } = packet;
    const isAnswer = this.#isAnswer(sequence, nowMs);
    const frontMs = isAnswer
      ? this.#line.expectedMs(packet, nowMs)
      : this.#line.observe(packet, nowMs);
    if (sequence <= this.#highestSequence) return isAnswer ? 'answer' : 'reordered';
    this.#learnLength(packet);
    const first = Math.max(this.#noticedSequence + 1, sequence - HELD_PACKETS_COUNT_MAX + 1);
    for (let missing = first; missing < sequence; missing += 1) {
      const dueMs = frontMs - (sequence - missing) * this.#packetMs + this.#spreadMs;
      this.#missing.notice(missing, Math.max(this.#highestMs, dueMs), nowMs);
    }
    this.#noticedSequence = Math.max(this.#noticedSequence, sequence);
    this.#highestSequence = sequence;
    this.#highestTimestamp = packet.timestamp;
    this.#highestMs = isAnswer ? (this.#missing.dueMs(sequence) ?? nowMs) : nowMs;
    this.#frontMs = frontMs;
    return isAnswer ? 'answer' : 'newest';
  }

  /** Notes what should have come by now as missing. */
  noticeOverdue(nowMs: number): void {
    for (let dueMs = this.#nextDueMs(); dueMs !== undefined; dueMs = this.#nextDueMs()) {
      if (nowMs < dueMs + OVERDUE_MS) return;
      this.#noticedSequence += 1;
      this.#missing.notice(this.#noticedSequence, dueMs, nowMs);
    }
  }

  /** When to call `noticeOverdue`; undefined if no packet is expected. */
  nextOverdueMs(): number | undefined {
    const dueMs = this.#nextDueMs();
    return dueMs === undefined ? undefined : dueMs + OVERDUE_MS;
  }

  get #spreadMs(): number {
    return this.#line.deviationMs * SPREAD_DEVIATIONS;
  }

  /** When the first packet that is neither here nor missing comes at the latest, by those that came. */
  #nextDueMs(): number | undefined {
    const ahead = this.#noticedSequence + 1 - this.#highestSequence;
    if (ahead > OVERDUE_COUNT_MAX) return undefined;
    return this.#frontMs + ahead * this.#packetMs + this.#spreadMs;
  }

  #isAnswer(sequence: number, nowMs: number): boolean {
    const noticedMs = this.#missing.noticedMs(sequence);
    if (noticedMs === undefined || this.#missing.nackedMs(sequence) === undefined) return false;
    const passedMs = nowMs - noticedMs;
    return passedMs >= this.#answerMs && passedMs <= ANSWER_MS_MAX;
  }

  /** How long packets are, by the RTP time of two that follow each other. */
  #learnLength({ sequence, timestamp, clockHz }: ReceivedPacket): void {
    if (sequence !== this.#highestSequence + 1 || clockHz === 0) return;
    const packetMs = (((timestamp - this.#highestTimestamp) | 0) * 1_000) / clockHz;
    if (packetMs > 0 && packetMs <= PACKET_MS_MAX) this.#packetMs = packetMs;
  }
}
