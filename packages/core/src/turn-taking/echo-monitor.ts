import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import { EchoLevel } from './echo-level.ts';
import { bitCount, HOP_MS, HOP_SAMPLES, powerOf } from './hop.ts';
import { BAND_COUNT, HopBands } from './hop-bands.ts';
import { LAG_COUNT, LagCorrelation } from './lag-correlation.ts';
import { NoiseFloor } from './noise-floor.ts';
import { PlayedHistory } from './played-history.ts';

/** Captured audio that is this far from where it should be has jumped: a pause, a stall, a drift of minutes. */
const JUMP_SAMPLES_MIN = 100 * SAMPLES_PER_MS;
/** Likeness above which a delay counts for echo, and below which against it. */
const SCORE_ECHO_MIN = 0.8;
const SCORE_CLEAR_MAX = 0.45;
/** Evidence is counted in hops of playing: 600 ms of likeness make an echo known, a second without makes it unknown. */
const EVIDENCE_KNOWN_HOPS = 60;
const EVIDENCE_MAX_HOPS = 100;
/** So much playing without likeness, and there is no echo. */
const CLEAR_HOPS = 120;
/** A likeness this near to the delay is of the same echo. */
const LAG_TOLERANCE_HOPS = 2;
/** A known delay follows the drift of clocks, by one hop in 2 s at most: a talker's likeness must not pull it away. */
const LAG_MOVE_HOPS = 200;
/** Reverberation: the expected echo falls by at most 1.5 dB per hop (60 dB in 0.4 s). */
const TAIL_RATIO = 10 ** (-1.5 / 10);
/** A talker is heard over the echo when 3 of the last 5 hops are louder than it; 200 ms after the last he is gone. */
const TALK_BITS = 0b11111;
const TALK_HOPS_MIN = 3;
const TALK_HOLD_HOPS = 20;
/** A talker's voice hides the echo: for so long it counts neither for nor against it. */
const TALK_PATIENCE_HOPS = 300;
/** The bands hold about half of white noise: what is above 6 kHz is left out. */
const WHOLE_BAND_RATIO = 2;
/** Quieter is never told from silence. */
const QUIET_POWER = powerOf(-66);

export interface EchoMonitorOptions {
  /** How far above the expected echo a sound must be to be the user's, in dB. */
  readonly marginDb: number;
  /** How loud an echo is taken to be until it is known, in dB of what is played. */
  readonly assumedLevelDb: number;
}

export const ECHO_MONITOR_DEFAULTS: EchoMonitorOptions = { marginDb: 6, assumedLevelDb: -16 };

/** What is as loud as what was played is somebody's own sound, however alike. */
const LEVEL_DB_MAX = -6;

export type EchoVerdictKind = 'echo' | 'doubtful' | 'none' | 'other';

/** `unknown`: too little was played to tell. */
export type EchoState = 'unknown' | 'clear' | 'echo';

/**
 * Tells whether what comes in is what goes out: the listener's loudspeaker in his microphone.
 *
 * The loudness of both streams in four bands is correlated over delays of 0 to 500 ms; a delay that stays likely is an
 * echo, and how much quieter it comes back is its level. Each hop of 10 ms is then echo if it isn't louder than the
 * echo expected of what was played at that delay. It subtracts nothing: that is the client's echo canceller's work.
 * What it catches is what such a canceller leaves, or a client without one.
 */
export class EchoMonitor {
  readonly #marginRatio: number;
  readonly #assumedRatio: number;
  readonly #played = new PlayedHistory();
  readonly #bands = new HopBands();
  readonly #correlation = new LagCorrelation(this.#played);
  readonly #floor = new NoiseFloor(QUIET_POWER);
  /** Of the room, however quiet. */
  readonly #roomFloor = new NoiseFloor(0);
  readonly #level = new EchoLevel();
  readonly #playedBands = new Float64Array(BAND_COUNT);
  #nextSample = Number.NEGATIVE_INFINITY;
  #hop = 0;

  #state: EchoState = 'unknown';
  #lagHops = 0;
  #movedAtHop = 0;
  #talkHops = 0;
  #isHidden = false;
  #evidenceHops = 0;
  #playedHops = 0;
  #tailPower = 0;
  #talkBits = 0;
  #talkUntilHop = 0;
  #isEcho = false;
  #isNearPlaying = false;
  #echoHops = 0;
  #foundCount = 0;

  constructor(options: Partial<EchoMonitorOptions> = {}) {
    const { marginDb, assumedLevelDb } = { ...ECHO_MONITOR_DEFAULTS, ...options };
    this.#marginRatio = 10 ** (marginDb / 10);
    this.#assumedRatio = 10 ** (assumedLevelDb / 10);
  }

  get state(): EchoState {
    return this.#state;
  }

  /** From the moment a frame leaves to the moment its echo comes in, to 10 ms; `undefined` without an echo. */
  get delayMs(): number | undefined {
    return this.#state === 'echo' ? this.#lagHops * HOP_MS : undefined;
  }

  /**
   * What is known of a sound that came in last.
   * - `echo`: nothing but the answer, and it is known that there is an echo.
   * - `doubtful`: it might be, since it isn't known yet whether there is one.
   * - `none`: nothing that could be echo has been played; what came before it may have been.
   * - `other`: somebody is heard over the answer, or there is no echo.
   */
  get verdict(): EchoVerdictKind {
    if (!this.#isNearPlaying) return 'none';
    if (this.#hop <= this.#talkUntilHop || this.#state === 'clear') return 'other';
    if (this.#state === 'unknown') return 'doubtful';
    if (!this.#isQuieter) return 'other';
    return this.#isEcho ? 'echo' : 'none';
  }

  /** Mean square of the room's noise, in PCM16 units squared, of the whole band. */
  get noisePower(): number {
    return this.#roomFloor.power * WHOLE_BAND_RATIO;
  }

  /** Whether more speaks for an echo than against one. */
  get isLikely(): boolean {
    return this.#evidenceHops > 0 && this.#isQuieter;
  }

  /** How loud the echo is beside what was played, in dB; `undefined` without an echo. */
  get levelDb(): number | undefined {
    return this.#state === 'echo' ? this.#level.db : undefined;
  }

  /** Captured audio that was nothing but echo. */
  get echoMs(): number {
    return this.#echoHops * HOP_MS;
  }

  /** How often an echo was found. */
  get foundCount(): number {
    return this.#foundCount;
  }

  /** A frame leaves for the listener at `atSample` of the server's time (milliseconds × 24). */
  play(pcm: Int16Array, atSample: number): void {
    this.#played.add(pcm, atSample);
  }

  /**
   * A frame came in at `atSample` of the server's time. Its own length is what moves time on, so that jitter of the
   * network doesn't matter.
   *
   * @returns Whether it is nothing but echo (the last whole hop decides for frames shorter than 10 ms).
   */
  capture(pcm: Int16Array, atSample: number): boolean {
    if (!(Math.abs(atSample - this.#nextSample) < JUMP_SAMPLES_MIN)) this.#jump(atSample);
    this.#nextSample += pcm.length;
    let isEcho = true;
    let hops = 0;
    for (let at = 0; at < pcm.length; ) {
      at = this.#bands.fill(pcm, at);
      if (!this.#bands.takeHop()) continue;
      this.#decide();
      isEcho &&= this.#isEcho;
      hops += 1;
    }
    return hops === 0 ? this.#isEcho : isEcho;
  }

  /** A level that isn't known yet is none that speaks against it. */
  get #isQuieter(): boolean {
    return !(this.#level.db > LEVEL_DB_MAX);
  }

  #jump(atSample: number): void {
    this.#bands.reset();
    this.#hop = Math.round(atSample / HOP_SAMPLES);
    this.#nextSample = atSample;
  }

  #decide(): void {
    const hop = this.#hop;
    this.#hop += 1;
    let power = 0;
    for (let band = 0; band < BAND_COUNT; band += 1) power += this.#bands.powers[band] ?? 0;
    this.#isEcho = false;
    this.#isNearPlaying = hop - this.#played.lastLoudHop < LAG_COUNT;
    if (!this.#isNearPlaying) {
      this.#tailPower = 0;
      this.#talkBits = 0;
      this.#addFloor(power);
      return;
    }
    this.#isHidden = this.#hides(hop);
    if (!this.#isHidden) {
      this.#correlation.add(hop, this.#bands.powers);
      if (hop % 2 === 0) this.#weigh();
    }
    this.#judge(hop, power);
  }

  /** Whether a known echo can't be seen because somebody talks over it. */
  #hides(hop: number): boolean {
    if (this.#state !== 'echo') return false;
    this.#talkHops =
      hop < this.#talkUntilHop ? this.#talkHops + 1 : Math.max(0, this.#talkHops - 4);
    return this.#talkHops > 0 && this.#talkHops < TALK_PATIENCE_HOPS;
  }

  /** Counts for and against an echo, two hops at a time. */
  #weigh(): void {
    this.#correlation.search();
    const { bestLagHops, bestScore } = this.#correlation;
    const isSameLag = Math.abs(bestLagHops - this.#lagHops) <= LAG_TOLERANCE_HOPS;
    if (bestScore >= SCORE_ECHO_MIN && isSameLag) {
      this.#follow(bestLagHops);
      this.#evidenceHops = Math.min(EVIDENCE_MAX_HOPS, this.#evidenceHops + 2);
    } else if (bestScore >= SCORE_ECHO_MIN && this.#evidenceHops === 0) {
      this.#lagHops = bestLagHops;
      this.#evidenceHops = 2;
      this.#level.reset();
    } else if (this.#correlation.scoreAt(this.#lagHops) < SCORE_CLEAR_MAX) {
      this.#evidenceHops = Math.max(0, this.#evidenceHops - 2);
    }
    this.#playedHops = this.#evidenceHops > 0 ? 0 : this.#playedHops + 2;
    if (this.#state !== 'echo' && this.#evidenceHops >= EVIDENCE_KNOWN_HOPS) {
      this.#state = 'echo';
      this.#foundCount += 1;
    } else if (this.#state === 'echo' && this.#evidenceHops === 0) {
      this.#state = 'unknown';
    } else if (this.#state === 'unknown' && this.#playedHops >= CLEAR_HOPS) {
      this.#state = 'clear';
    }
  }

  #follow(lagHops: number): void {
    if (this.#state !== 'echo') {
      this.#lagHops = lagHops;
    } else if (lagHops !== this.#lagHops && this.#hop >= this.#movedAtHop + LAG_MOVE_HOPS) {
      this.#lagHops += Math.sign(lagHops - this.#lagHops);
      this.#movedAtHop = this.#hop;
    }
  }

  #judge(hop: number, power: number): void {
    this.#tailPower = Math.max(this.#expectedPower(hop), this.#tailPower * TAIL_RATIO);
    const echoPowerMax = this.#tailPower * this.#marginRatio;
    const isOver = power > Math.max(echoPowerMax, this.#floor.power * 2);
    this.#talkBits = ((this.#talkBits << 1) | (isOver ? 1 : 0)) & TALK_BITS;
    if (bitCount(this.#talkBits) >= TALK_HOPS_MIN) this.#talkUntilHop = hop + TALK_HOLD_HOPS;
    this.#isEcho = echoPowerMax > this.#floor.power && hop >= this.#talkUntilHop;
    if (this.#isEcho) this.#echoHops += 1;
    else this.#addFloor(power);
  }

  #addFloor(power: number): void {
    this.#floor.add(power);
    this.#roomFloor.add(power);
  }

  #expectedPower(hop: number): number {
    const echoed = hop - this.#lagHops;
    this.#played.copyBands(echoed, this.#playedBands);
    if (this.#evidenceHops > 0 && !this.#isHidden) {
      this.#level.learn(this.#playedBands, this.#bands.powers);
    }
    if (this.#state === 'clear') return 0;
    if (this.#state === 'unknown') {
      return this.#played.loudestBefore(hop, LAG_COUNT) * this.#assumedRatio;
    }
    this.#played.raiseToBands(echoed - 1, this.#playedBands);
    this.#played.raiseToBands(echoed + 1, this.#playedBands);
    return this.#level.expectedPower(this.#playedBands);
  }
}
