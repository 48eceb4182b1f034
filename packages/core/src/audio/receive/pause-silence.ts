import { SAMPLE_RATE_HZ, SAMPLES_PER_MS, SLOT_SAMPLES } from '../pcm.ts';
import type { MutableCounters } from './receive-counters.ts';

/** How far silence stays behind the clock, so that the packet that ends the pause may be as late as any that is waited for. */
const MARGIN_MS = 60;

/** Silence of one pause that is played ahead of the packet that ends it, as much as a gap may have. */
const AHEAD_SAMPLES_MAX = 10 * SAMPLE_RATE_HZ;

/** What was played too much and is left out of pauses to come; more is only counted. */
const OWED_SAMPLES_MAX = SAMPLE_RATE_HZ / 5;

/**
 * The silence of an announced pause, played while it lasts: who waits for the end of a turn can't wait for the packet
 * that ends the pause. Only that packet tells how long the pause was, and what was played is taken off then.
 */
export class PauseSilence {
  readonly #counters: MutableCounters;
  #isPause = false;
  #beginMs = 0;
  #playedSamples = 0;
  #owedSamples = 0;

  constructor(counters: MutableCounters) {
    this.#counters = counters;
  }

  /** Silence is played, or will be. Ends by itself after 10 s without a packet. */
  get isPlaying(): boolean {
    return this.#isPause && this.#playedSamples < AHEAD_SAMPLES_MAX;
  }

  /** A packet of `packetSamples` was played, and said that silence follows. */
  begin(packetSamples: number, nowMs: number): void {
    this.#isPause = true;
    this.#beginMs = nowMs + packetSamples / SAMPLES_PER_MS + MARGIN_MS;
    this.#playedSamples = 0;
  }

  /** The samples to play now, whole slots; 0 if none are due. */
  take(nowMs: number): number {
    if (!this.isPlaying) return 0;
    const passedSamples = Math.max(0, nowMs - this.#beginMs) * SAMPLES_PER_MS - this.#owedSamples;
    const wholeSlots = Math.floor(Math.min(passedSamples, AHEAD_SAMPLES_MAX) / SLOT_SAMPLES);
    const dueSamples = Math.max(0, wholeSlots * SLOT_SAMPLES - this.#playedSamples);
    this.#playedSamples += dueSamples;
    this.#counters.silenceAheadSamples += dueSamples;
    return dueSamples;
  }

  /** The pause is over and was `silenceSamples` long: what is left to play of it. */
  end(silenceSamples: number): number {
    const leftSamples = silenceSamples - this.#playedSamples - this.#owedSamples;
    const excessSamples = Math.max(0, -leftSamples);
    this.#owedSamples = Math.min(excessSamples, OWED_SAMPLES_MAX);
    this.#counters.silenceExcessSamples += excessSamples - this.#owedSamples;
    this.forget();
    return Math.max(0, leftSamples);
  }

  /** There is no pause any more whose end could be told. */
  forget(): void {
    this.#isPause = false;
    this.#playedSamples = 0;
  }
}
