import { opusPayload, ReceiveBench, redPayload } from './receive-bench.ts';
import { Agenda } from './world/agenda.ts';
import { Dice } from './world/dice.ts';

const PACKET_MS = 20;
const TICKS_PER_PACKET = 960;
const RED = 63;

/** Between the last packet and the end. */
const REST_MS = 1_000;

/** 200 ms. */
const CALM_PACKETS = 10;

/** A voice, the network that it goes through, and what the sender does about losses. */
export interface LossyPlan {
  readonly packetCount: number;
  readonly seed: number;
  readonly rttMs: number;
  /** Of packets, and of requests and answers as well. */
  readonly lossRatio: number;
  /** Of packets that follow a lost one, if it differs: losses then come in bursts. */
  readonly lossRatioBehindLoss?: number;
  /** Packets take up to so much longer than half of the round trip, each by itself. */
  readonly jitterMs?: number;
  /** The sender sends again what it is asked for, once per round trip at most, as libwebrtc does. */
  readonly hasNack?: boolean;
  /** Packets before it that each packet carries (RFC 2198). */
  readonly redundantCount?: number;
}

export interface LossyOutcome {
  readonly bench: ReceiveBench;
  /** Packets that were heard, in their order. */
  readonly heardIds: readonly number[];
  /** Of each of these, how long after it came or, if it was lost at first, would have come. */
  readonly addedMs: readonly number[];
  /** The same of those behind 200 ms of which nothing was lost. */
  readonly calmAddedMs: readonly number[];
  /** Packets of which neither one nor a copy ever came. */
  readonly undeliveredCount: number;
}

/** A voice through a lossy network into a receiver, event by event; what is lost at first depends on the seed alone. */
export class LossyMicrophone {
  readonly #plan: LossyPlan;
  readonly #bench: ReceiveBench;
  readonly #agenda = new Agenda();
  /** The fate of what is sent first, and of requests and answers. */
  readonly #first: Dice;
  readonly #again: Dice;
  readonly #dueMs: number[] = [];
  readonly #resentMs = new Map<number, number>();
  readonly #lost = new Set<number>();
  readonly #delivered = new Set<number>();
  #askedCount = 0;

  constructor(plan: LossyPlan) {
    this.#plan = plan;
    this.#bench = new ReceiveBench({ isNackNegotiated: plan.hasNack ?? false });
    this.#bench.receiver.setRttMs(plan.rttMs);
    this.#first = new Dice(plan.seed);
    this.#again = new Dice(plan.seed + 1_000_003);
  }

  run(): LossyOutcome {
    const { packetCount } = this.#plan;
    for (let index = 0; index < packetCount; index += 1)
      this.#agenda.in(index * PACKET_MS, () => this.#send(index));
    for (let nowMs = 0; nowMs <= packetCount * PACKET_MS + REST_MS; nowMs += 1) {
      while (this.#agenda.step(nowMs));
      this.#agenda.nowMs = nowMs;
      this.#bench.advance(nowMs);
      this.#passRequests();
    }
    const heard = this.#bench.played.filter(({ type }) => type === 'speech');
    const heardIds = heard.map(({ id = -1 }) => id);
    const addedMs = heard.map(({ id = -1, atMs }) => atMs - (this.#dueMs[id] ?? Number.NaN));
    const ids = Array.from({ length: packetCount }, (_, index) => index);
    return {
      bench: this.#bench,
      heardIds,
      addedMs,
      calmAddedMs: addedMs.filter((_, place) => this.#isCalmAt(heardIds[place] ?? -1)),
      undeliveredCount: ids.filter((id) => !this.#delivered.has(id)).length,
    };
  }

  #isCalmAt(index: number): boolean {
    for (let back = 0; back <= CALM_PACKETS; back += 1)
      if (this.#lost.has(index - back)) return false;
    return true;
  }

  #send(index: number): void {
    const { packetCount, rttMs, lossRatio, lossRatioBehindLoss, jitterMs = 0 } = this.#plan;
    const isBehindLoss = this.#lost.has(index - 1);
    const ratio = isBehindLoss ? (lossRatioBehindLoss ?? lossRatio) : lossRatio;
    const isLost = this.#first.chance(ratio);
    const awayMs = rttMs / 2 + this.#first.between(0, jitterMs);
    this.#dueMs[index] = this.#agenda.nowMs + awayMs;
    // The first and the last packet frame the timeline.
    if (isLost && index > 0 && index < packetCount - 1) this.#lost.add(index);
    else this.#agenda.in(awayMs, () => this.#deliver(index));
  }

  #deliver(index: number): void {
    const copyCount = Math.min(this.#plan.redundantCount ?? 0, index);
    const blocks = Array.from({ length: copyCount + 1 }, (_, place) => copyCount - place).map(
      (back) => ({ offsetTicks: back * TICKS_PER_PACKET, payload: opusPayload(index - back) }),
    );
    for (let back = 0; back <= copyCount; back += 1) this.#delivered.add(index - back);
    const red = { payloadType: RED, payload: redPayload(blocks) };
    this.#bench.push(index, this.#agenda.nowMs, copyCount > 0 ? red : {});
    this.#passRequests();
  }

  #passRequests(): void {
    const { rttMs, lossRatio } = this.#plan;
    for (; this.#askedCount < this.#bench.asked.length; this.#askedCount += 1) {
      const index = this.#bench.asked[this.#askedCount]?.sequenceNumber ?? -1;
      if (!this.#again.chance(lossRatio)) this.#agenda.in(rttMs / 2, () => this.#resend(index));
    }
  }

  #resend(index: number): void {
    const { packetCount, rttMs, lossRatio, jitterMs = 0 } = this.#plan;
    const { nowMs } = this.#agenda;
    const isSent = index < packetCount && index * PACKET_MS <= nowMs;
    const isTooSoon = nowMs - (this.#resentMs.get(index) ?? Number.NEGATIVE_INFINITY) < rttMs;
    if (!isSent || isTooSoon) return;
    this.#resentMs.set(index, nowMs);
    const awayMs = rttMs / 2 + this.#again.between(0, jitterMs);
    if (!this.#again.chance(lossRatio)) this.#agenda.in(awayMs, () => this.#deliver(index));
  }
}
