import type { PacketKind } from './packet-kind.ts';
import { seededChance } from './seeded-chance.ts';

/** What a network does to the packets of one direction. Ratios are 0–1; what is absent doesn't happen. */
export interface ImpairmentPlan {
  readonly seed: number;
  /** The kinds it is done to, but for `delayMs`; RTP alone if absent. */
  readonly kinds?: readonly PacketKind[];
  /** Share of packets lost, each by itself. */
  readonly lossRatio?: number;
  /** Gilbert's model: packets are lost in the bad state, which begins and ends with these chances per packet. */
  readonly burst?: { readonly enterRatio: number; readonly leaveRatio: number };
  /** Packets from `fromOffset` up to, but not including, `toOffset` of a stream are lost. */
  readonly blackouts?: readonly { readonly fromOffset: number; readonly toOffset: number }[];
  /** The distance: of packets of every kind. */
  readonly delayMs?: number;
  /** Up to so much more delay, evenly spread. */
  readonly jitterMs?: number;
  /** A queue's jitter: no packet overtakes the one before it. */
  readonly keepsOrder?: boolean;
  /** This share of packets is held back until `reorderCount` later ones of their stream have overtaken them. */
  readonly reorderRatio?: number;
  readonly reorderCount?: number;
  /** Share of packets that arrive twice. */
  readonly duplicateRatio?: number;
  /** A bottleneck: packets queue for it, at most `queueBytesMax` of them, and are lost beyond. */
  readonly rateBitsPerSecond?: number;
  readonly queueBytesMax?: number;
}

/** One packet as the network sees it. */
export interface ImpairedPacket {
  readonly kind: PacketKind;
  /** Which stream of the direction it belongs to; its SSRC where it is RTP. */
  readonly streamId: number;
  /** Its place in the stream, from 0: by sequence number for RTP, by order of arrival for all else. */
  readonly offset: number;
  /** How often it was seen before: 1 for the first retransmission. */
  readonly attempt: number;
  readonly sizeBytes: number;
}

/** What becomes of one packet. */
export interface Fate {
  /** Milliseconds from now after which each copy goes on; none if it is lost. */
  readonly delaysMs: readonly number[];
  /** It goes on no sooner than so many later packets of its stream have. */
  readonly overtakenByCount: number;
}

const LOST: Fate = { delaysMs: [], overtakenByCount: 0 };

/** Salts, so that the decisions about one packet don't depend on each other. */
const LOSS = 1;
const JITTER = 2;
const REORDER = 3;
const DUPLICATE = 4;
const BURST = 5;

const QUEUE_BYTES_MAX = 64_000;

/**
 * Decides the fate of each packet from the plan's seed, the packet's place in its stream and its attempt, so that the
 * same packets are lost in every run. A retransmission in a burst shares the fate of the newest packet of its stream:
 * it is on the same network at the same time. Only the bottleneck looks at the time.
 */
export class Impairment {
  readonly plan: ImpairmentPlan;
  readonly #kinds: ReadonlySet<PacketKind>;
  readonly #unharmed: Fate;
  readonly #bursts = new Map<number, BurstStates>();
  #busyUntilMs = 0;
  #lastDueMs = 0;

  constructor(plan: ImpairmentPlan) {
    this.plan = plan;
    this.#kinds = new Set(plan.kinds ?? ['rtp']);
    this.#unharmed = { delaysMs: [plan.delayMs ?? 0], overtakenByCount: 0 };
  }

  fate(packet: ImpairedPacket, nowMs: number): Fate {
    if (!this.#kinds.has(packet.kind)) return this.#unharmed;
    if (this.#isLost(packet)) return LOST;
    const queueMs = this.#queueMs(packet.sizeBytes, nowMs);
    if (queueMs === undefined) return LOST;
    const { duplicateRatio = 0, reorderRatio = 0, reorderCount = 1 } = this.plan;
    const delayMs = this.#inOrder(queueMs + this.#delayMs(packet), nowMs);
    const isTwice = this.#chance(DUPLICATE, packet) < duplicateRatio;
    const isOvertaken = this.#chance(REORDER, packet) < reorderRatio;
    return {
      delaysMs: isTwice ? [delayMs, delayMs] : [delayMs],
      overtakenByCount: isOvertaken ? reorderCount : 0,
    };
  }

  #isLost(packet: ImpairedPacket): boolean {
    const { lossRatio = 0, burst, blackouts = [] } = this.plan;
    const { offset, attempt } = packet;
    if (this.#chance(LOSS, packet) < lossRatio) return true;
    if (burst !== undefined && this.#isInBurst(packet, burst)) return true;
    return (
      attempt === 0 &&
      blackouts.some(({ fromOffset, toOffset }) => offset >= fromOffset && offset < toOffset)
    );
  }

  #isInBurst(packet: ImpairedPacket, burst: NonNullable<ImpairmentPlan['burst']>): boolean {
    let states = this.#bursts.get(packet.streamId);
    if (states === undefined) {
      states = new BurstStates(burst, (offset) => seededChance(this.plan.seed, BURST, offset));
      this.#bursts.set(packet.streamId, states);
    }
    return packet.attempt === 0 ? states.isBad(packet.offset) : states.isBadNow;
  }

  #delayMs(packet: ImpairedPacket): number {
    const { delayMs = 0, jitterMs = 0 } = this.plan;
    return delayMs + jitterMs * this.#chance(JITTER, packet);
  }

  /** How long the packet queues for the bottleneck and passes it; undefined if the queue is full. */
  #queueMs(sizeBytes: number, nowMs: number): number | undefined {
    const { rateBitsPerSecond, queueBytesMax = QUEUE_BYTES_MAX } = this.plan;
    if (rateBitsPerSecond === undefined) return 0;
    const waitMs = Math.max(0, this.#busyUntilMs - nowMs);
    if ((waitMs * rateBitsPerSecond) / 8_000 + sizeBytes > queueBytesMax) return undefined;
    this.#busyUntilMs = nowMs + waitMs + (sizeBytes * 8_000) / rateBitsPerSecond;
    return this.#busyUntilMs - nowMs;
  }

  #inOrder(delayMs: number, nowMs: number): number {
    if (this.plan.keepsOrder !== true) return delayMs;
    this.#lastDueMs = Math.max(this.#lastDueMs, nowMs + delayMs);
    return this.#lastDueMs - nowMs;
  }

  #chance(salt: number, { kind, offset, attempt }: ImpairedPacket): number {
    return seededChance(this.plan.seed, salt, kind.charCodeAt(0), offset, attempt);
  }
}

/** The states of one stream's bursts, computed as far as the stream has come. */
class BurstStates {
  readonly #burst: { readonly enterRatio: number; readonly leaveRatio: number };
  readonly #chance: (offset: number) => number;
  readonly #states: boolean[] = [];

  constructor(
    burst: { readonly enterRatio: number; readonly leaveRatio: number },
    chance: (offset: number) => number,
  ) {
    this.#burst = burst;
    this.#chance = chance;
  }

  get isBadNow(): boolean {
    return this.#states.at(-1) ?? false;
  }

  isBad(offset: number): boolean {
    while (this.#states.length <= offset) {
      const chance = this.#chance(this.#states.length);
      this.#states.push(
        this.isBadNow ? chance >= this.#burst.leaveRatio : chance < this.#burst.enterRatio,
      );
    }
    return this.#states[offset] ?? false;
  }
}
