import {
  DataChannels,
  type DataChannelsEffect,
  type DataChannelsInput,
} from '../sctp/data-channels.ts';
import type { SctpOptions } from '../sctp/sctp-contract.ts';
import type { MonotonicMs } from '../time/clock.ts';
import { Dice } from './world/dice.ts';

/** Numbers of 32 bits that look like chance and are the same for the same seed. */
export function seededRandom32(seed: number): () => number {
  const dice = new Dice(seed);
  return () => dice.between(0, 0xffff_ffff);
}

/** One of the two ends, by its place. */
export type SctpEnd = 0 | 1;

/** What the network between two ends does to packets. */
export interface SctpNetwork {
  readonly seed: number;
  readonly rttMs: number;
  /** 0 to 1. */
  readonly lossRatio?: number;
  readonly duplicateRatio?: number;
  /** Each packet takes up to so much longer than half a round trip. */
  readonly jitterMs?: number;
  /** Says which packets are lost besides: the count of those that an end has sent, from 0. */
  readonly isLost?: (from: SctpEnd, index: number, bytes: Uint8Array) => boolean;
  readonly options?: readonly [Partial<SctpOptions>, Partial<SctpOptions>];
}

/** What an end does besides sending. */
export type SeenEffect = Exclude<DataChannelsEffect, { type: 'packet' }>;

interface Flying {
  readonly to: SctpEnd;
  readonly atMs: number;
  readonly order: number;
  readonly bytes: Uint8Array;
}

/** Two ends of data channels, and a network between them in simulated time. */
export class SctpPair {
  readonly ends: [DataChannels, DataChannels];
  readonly seen: readonly [SeenEffect[], SeenEffect[]] = [[], []];
  readonly sentCount: [number, number] = [0, 0];
  readonly sent: readonly [Uint8Array[], Uint8Array[]] = [[], []];
  nowMs = 0;
  /** Messages that a test has made up. */
  forgedCount = 0;
  /** Nothing arrives while it holds. */
  isCut = false;
  readonly #network: SctpNetwork;
  readonly #random32: () => number;
  readonly #flying: Flying[] = [];
  #order = 0;

  constructor(network: SctpNetwork) {
    this.#network = network;
    this.#random32 = seededRandom32(network.seed);
    this.ends = [this.#make(0, 1_000), this.#make(1, 1_000)];
  }

  /** Both ends begin, as in WebRTC, and have one channel that both know of. */
  static connected(network: SctpNetwork): SctpPair {
    const pair = new SctpPair(network);
    for (const end of [0, 1] as const) {
      pair.post(end, { type: 'open', streamId: 0, label: 'events', isNegotiated: true });
      pair.post(end, { type: 'start' });
    }
    pair.advance(60_000, () => pair.ends[0].isEstablished && pair.ends[1].isEstablished);
    return pair;
  }

  post(end: SctpEnd, input: DataChannelsInput): void {
    for (const effect of this.ends[end].handle(input, this.nowMs as MonotonicMs)) {
      if (effect.type === 'packet') this.#fly(end, effect.bytes);
      else this.seen[end].push(keptEffect(effect));
    }
  }

  send(end: SctpEnd, bytes: Uint8Array, streamId = 0): void {
    this.post(end, { type: 'send', streamId, kind: 'text', bytes });
  }

  /** Messages that an end has had. */
  messages(end: SctpEnd): readonly (SeenEffect & { type: 'message' })[] {
    return this.seen[end].filter((effect) => effect.type === 'message');
  }

  /** Lets time pass until `isDone`, or `durationMs` at most; answers whether it is done. */
  advance(durationMs: number, isDone: () => boolean = () => false): boolean {
    const endMs = this.nowMs + durationMs;
    while (!isDone()) {
      const atMs = this.#nextMs();
      if (atMs === undefined || atMs > endMs) {
        this.nowMs = endMs;
        return isDone();
      }
      this.nowMs = Math.max(this.nowMs, atMs);
      this.#step();
    }
    return true;
  }

  /** An end is another one from now on, which knows nothing of what was. */
  replace(end: SctpEnd): void {
    this.ends[end] = this.#make(end, 2_000);
    this.seen[end].length = 0;
  }

  #make(end: SctpEnd, offset: number): DataChannels {
    return new DataChannels({
      random32: seededRandom32(this.#network.seed * 2 + end + offset),
      ...this.#network.options?.[end],
    });
  }

  #step(): void {
    const due = this.#flying[0];
    if (due !== undefined && due.atMs <= this.nowMs) {
      this.#flying.shift();
      if (!this.isCut) this.post(due.to, { type: 'packet', bytes: due.bytes });
      return;
    }
    for (const end of [0, 1] as const) {
      const { deadlineMs } = this.ends[end];
      if (deadlineMs !== undefined && deadlineMs <= this.nowMs)
        this.post(end, { type: 'deadline' });
    }
  }

  #nextMs(): number | undefined {
    const timesMs = [this.#flying[0]?.atMs, this.ends[0].deadlineMs, this.ends[1].deadlineMs];
    const known = timesMs.filter((atMs) => atMs !== undefined);
    return known.length === 0 ? undefined : Math.min(...known);
  }

  #fly(from: SctpEnd, bytes: Uint8Array): void {
    const { lossRatio = 0, duplicateRatio = 0, rttMs, jitterMs = 0, isLost } = this.#network;
    const index = this.sentCount[from];
    this.sentCount[from] += 1;
    this.sent[from].push(bytes);
    if (isLost?.(from, index, bytes) === true || this.#chance() < lossRatio) return;
    const copies = this.#chance() < duplicateRatio ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const atMs = this.nowMs + rttMs / 2 + this.#chance() * jitterMs;
      this.#order += 1;
      this.#insert({ to: from === 0 ? 1 : 0, atMs, order: this.#order, bytes });
    }
  }

  #insert(packet: Flying): void {
    let index = this.#flying.length;
    while (index > 0 && (this.#flying[index - 1]?.atMs ?? 0) > packet.atMs) index -= 1;
    this.#flying.splice(index, 0, packet);
  }

  #chance(): number {
    return this.#random32() / 2 ** 32;
  }
}

/** A text of so many bytes that is unlike another one's. */
export function someBytes(sizeBytes: number, salt = 0): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (let at = 0; at < sizeBytes; at += 1) bytes[at] = (at * 7 + (at >>> 8) + salt * 31) & 0xff;
  return bytes;
}

/** An effect whose bytes stay as they are. */
export function keptEffect(effect: SeenEffect): SeenEffect {
  return effect.type === 'message' ? { ...effect, bytes: effect.bytes.slice() } : effect;
}
