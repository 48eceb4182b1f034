import { invariant } from '../errors/invariant.ts';
import { bitCount, FULL_SCALE_POWER, HOP_MS, HOP_SAMPLES, powerOf } from './hop.ts';
import { NoiseFloor } from './noise-floor.ts';
import { LOW_BAND_DECIMATION, Voicing } from './voicing.ts';

const LOW_BAND_HOP_SAMPLES = HOP_SAMPLES / LOW_BAND_DECIMATION;
/** One-pole high-pass at 3 kHz, about 160 Hz: mains hum goes, the harmonics of a low voice stay. */
const HIGH_PASS_POLE = 0.66;

/** A steady sound of this length and this evenness is a machine, not a voice. */
const STEADY_HOPS = 30;
const STEADY_POWER_RATIO = 2;
/** Loud hops without a voiced one for this long end speech: the noise has come up. */
const VOICELESS_HOPS_MAX = 40;
/** Silent hops within a loud stretch that don't break it. */
const GAP_HOPS_MAX = 3;
/**
 * A sound ends with the last sample that isn't 9 dB below the loudest hop of the last 30 ms and its own: what is quieter
 * is what a codec's packet of 20 ms, or a room, makes of the end.
 */
const END_POWER_RATIO = 8;
const ECHO_HOPS = 3;
/** An onset is dated back at most this far before its first voiced hop. */
const BACKDATE_HOPS_MAX = 20;
/** How many hops the minimum of speech may be spread over. */
const WINDOW_RATIO = 1.5;

export interface SpeechOnsetOptions {
  /** Voiced sound that makes an onset, in ms: 20 to 180. More is later and surer. */
  readonly minSpeechMs: number;
  /** Silence that ends speech, in ms. */
  readonly endSilenceMs: number;
  /** How far above the noise speech must be, in dB. */
  readonly snrDb: number;
  /** Quieter sounds are never speech, in dB of full scale. */
  readonly levelMinDbfs: number;
  /** How much a hop must repeat itself at a voice's pitch, 0 to 1. */
  readonly periodicityMin: number;
}

export const SPEECH_ONSET_DEFAULTS: SpeechOnsetOptions = {
  minSpeechMs: 30,
  endSilenceMs: 200,
  snrDb: 6,
  levelMinDbfs: -52,
  periodicityMin: 0.6,
};

/** Told at each change; positions are samples since the detector began. */
export interface SpeechOnsetSink {
  /** Somebody began to speak at about `startSample`; known at `atSample`. */
  onset(startSample: number, atSample: number): void;
  /** Nobody has spoken since `endSample`; known at `atSample`. */
  ended(endSample: number, atSample: number): void;
}

/**
 * Hears that somebody begins to speak, in 30–70 ms, in a 24 kHz mono stream.
 *
 * Every 10 ms: is the band of 160–1,500 Hz louder than its noise floor, and does it repeat itself at a voice's pitch?
 * Enough of that within a short window is an onset. Keys, clicks, breath and steady noise lack the pitch, hum is below
 * the band or learnt as floor. Music and other people's voices are speech to it: it makes an answer quieter, it never
 * ends one by itself.
 *
 * Nothing is allocated per frame, and the same stream gives the same onsets however it is cut into frames.
 */
export class SpeechOnset {
  readonly #sink: SpeechOnsetSink;
  readonly #powerMin: number;
  readonly #snrRatio: number;
  readonly #periodicityMin: number;
  readonly #voicedHopsMin: number;
  readonly #windowMask: number;
  readonly #endSilenceHops: number;
  readonly #floor: NoiseFloor;
  readonly #voicing = new Voicing();
  readonly #lowBand = new Float64Array(LOW_BAND_HOP_SAMPLES);

  #hopSamples = 0;
  #groupSum = 0;
  #groupSamples = 0;
  #previousInput = 0;
  #previousOutput = 0;
  #hop = 0;
  #power = 0;

  /** One bit per hop, the newest lowest. */
  #voicedBits = 0;
  #loudStartHop = -1;
  #lastLoudHop = -1;
  /** Where the last sound ended, in samples. */
  #endSample = 0;
  /** Of the hops before, the newest in the place of the one that is {@link ECHO_HOPS} older. */
  readonly #powers = new Float64Array(ECHO_HOPS);
  #lastVoicedHop = -1;
  #isSpeaking = false;
  #startSample = 0;
  #steadyStartHop = 0;
  #steadyMin = 0;
  #steadyMax = 0;
  #onsetCount = 0;

  constructor(sink: SpeechOnsetSink, options: Partial<SpeechOnsetOptions> = {}) {
    const { minSpeechMs, endSilenceMs, snrDb, levelMinDbfs, periodicityMin } = {
      ...SPEECH_ONSET_DEFAULTS,
      ...options,
    };
    invariant(minSpeechMs >= 20 && minSpeechMs <= 180, 'minSpeechMs is between 20 and 180');
    this.#sink = sink;
    this.#powerMin = powerOf(levelMinDbfs);
    this.#snrRatio = 10 ** (snrDb / 10);
    this.#periodicityMin = periodicityMin;
    this.#voicedHopsMin = Math.ceil(minSpeechMs / HOP_MS);
    this.#windowMask = 2 ** Math.ceil(this.#voicedHopsMin * WINDOW_RATIO) - 1;
    this.#endSilenceHops = Math.max(1, Math.ceil(endSilenceMs / HOP_MS));
    this.#floor = new NoiseFloor(this.#powerMin / 100);
  }

  get isSpeaking(): boolean {
    return this.#isSpeaking;
  }

  /** Whether something stood out of the noise within the last 20 ms, be it speech or not. */
  get isLoud(): boolean {
    return this.#lastLoudHop >= 0 && this.#hop - this.#lastLoudHop <= 2;
  }

  /** Length of the speech that is going on, up to its last sound; 0 when nobody speaks. */
  get speechSamples(): number {
    if (!this.#isSpeaking) return 0;
    return Math.max(0, (this.#lastLoudHop + 1) * HOP_SAMPLES - this.#startSample);
  }

  get onsetCount(): number {
    return this.#onsetCount;
  }

  get noiseFloorDbfs(): number {
    return 10 * Math.log10(this.#floor.power / FULL_SCALE_POWER);
  }

  /** Takes audio of any length. `isMasked`: known not to be the user (echo, muted); passes as silence, teaches nothing. */
  push(pcm: Int16Array, isMasked = false): void {
    const start = this.#groupSamples === 0 ? this.#pushWholeGroups(pcm, isMasked) : 0;
    for (let i = start; i < pcm.length; i += 1) {
      this.#groupSum += pcm[i] ?? 0;
      this.#groupSamples += 1;
      if (this.#groupSamples < LOW_BAND_DECIMATION) continue;
      this.#addLowBand(this.#groupSum / LOW_BAND_DECIMATION, isMasked);
      this.#groupSum = 0;
      this.#groupSamples = 0;
    }
  }

  /** The groups that are whole, which in most frames are all; answers where they end. */
  #pushWholeGroups(pcm: Int16Array, isMasked: boolean): number {
    const end = pcm.length - (pcm.length % LOW_BAND_DECIMATION);
    for (let at = 0; at < end; ) {
      let sum = 0;
      for (const groupEnd = at + LOW_BAND_DECIMATION; at < groupEnd; at += 1) sum += pcm[at] ?? 0;
      this.#addLowBand(sum / LOW_BAND_DECIMATION, isMasked);
    }
    return end;
  }

  #addLowBand(input: number, isMasked: boolean): void {
    const output = input - this.#previousInput + HIGH_PASS_POLE * this.#previousOutput;
    this.#previousInput = input;
    this.#previousOutput = output;
    this.#lowBand[this.#hopSamples] = output;
    this.#power += output * output;
    this.#hopSamples += 1;
    if (this.#hopSamples < LOW_BAND_HOP_SAMPLES) return;
    const power = this.#power / LOW_BAND_HOP_SAMPLES;
    this.#hopSamples = 0;
    this.#power = 0;
    this.#voicing.add(this.#lowBand);
    this.#decide(power, isMasked);
    this.#hop += 1;
  }

  /** While somebody speaks, every second hop is asked for its pitch: enough to see that it is still a voice. */
  #decide(power: number, isMasked: boolean): void {
    if (!isMasked) this.#floor.add(power);
    const loudPower = Math.max(this.#powerMin, this.#floor.power * this.#snrRatio);
    const isLoud = !isMasked && power > loudPower;
    const isAsked = isLoud && (!this.#isSpeaking || this.#hop % 2 === 0);
    const isVoiced = isAsked && this.#voicing.periodicity() >= this.#periodicityMin;
    this.#voicedBits = ((this.#voicedBits << 1) | (isVoiced ? 1 : 0)) & this.#windowMask;
    if (isLoud) this.#noteLoud(power, loudPower);
    this.#powers[this.#hop % ECHO_HOPS] = isMasked ? 0 : power;
    if (isVoiced) this.#lastVoicedHop = this.#hop;
    if (this.#isSpeaking) this.#whileSpeaking(power, isLoud);
    else if (bitCount(this.#voicedBits) >= this.#voicedHopsMin) this.#begin();
  }

  #noteLoud(power: number, loudPower: number): void {
    if (this.#hop - this.#lastLoudHop > GAP_HOPS_MAX + 1 || this.#loudStartHop < 0) {
      this.#loudStartHop = this.#hop;
      this.#restartSteady(power);
    }
    this.#lastLoudHop = this.#hop;
    this.#noteEnd(power, loudPower);
  }

  /** What is so much quieter than a sound that it follows doesn't move its end. */
  #noteEnd(power: number, loudPower: number): void {
    let loudest = power;
    for (const before of this.#powers) loudest = Math.max(loudest, before);
    const count = this.#countUntilBelow(Math.max(loudPower, loudest / END_POWER_RATIO));
    if (count > 0) this.#endSample = this.#hop * HOP_SAMPLES + LOW_BAND_DECIMATION * count;
  }

  /** How many samples of the hop there are until the last whose own power is more than `power`; 0 if none is. */
  #countUntilBelow(power: number): number {
    let count = LOW_BAND_HOP_SAMPLES;
    while (count > 0 && (this.#lowBand[count - 1] ?? 0) ** 2 <= power) count -= 1;
    return count;
  }

  #begin(): void {
    const firstVoicedHop = this.#hop - (31 - Math.clz32(this.#voicedBits));
    const startHop = Math.max(this.#loudStartHop, firstVoicedHop - BACKDATE_HOPS_MAX, 0);
    this.#isSpeaking = true;
    this.#startSample = Math.min(startHop, firstVoicedHop) * HOP_SAMPLES;
    this.#onsetCount += 1;
    this.#sink.onset(this.#startSample, this.#endOfHop);
  }

  #whileSpeaking(power: number, isLoud: boolean): void {
    if (isLoud && this.#isSteady(power)) {
      this.#floor.raiseTo(power);
      this.#end();
    } else if (
      this.#hop - this.#lastLoudHop >= this.#endSilenceHops ||
      this.#hop - this.#lastVoicedHop >= VOICELESS_HOPS_MAX
    ) {
      this.#end();
    }
  }

  #end(): void {
    const lastVoicedHop = this.#lastVoicedHop + this.#endSilenceHops;
    const endSample =
      this.#lastLoudHop <= lastVoicedHop ? this.#endSample : (lastVoicedHop + 1) * HOP_SAMPLES;
    this.#isSpeaking = false;
    this.#voicedBits = 0;
    this.#loudStartHop = -1;
    this.#sink.ended(endSample, this.#endOfHop);
  }

  get #endOfHop(): number {
    return (this.#hop + 1) * HOP_SAMPLES;
  }

  /** Whether the power has stayed within 3 dB for 300 ms; no voice does. */
  #isSteady(power: number): boolean {
    this.#steadyMin = Math.min(this.#steadyMin, power);
    this.#steadyMax = Math.max(this.#steadyMax, power);
    if (this.#steadyMax > this.#steadyMin * STEADY_POWER_RATIO) this.#restartSteady(power);
    return this.#hop - this.#steadyStartHop >= STEADY_HOPS;
  }

  #restartSteady(power: number): void {
    this.#steadyStartHop = this.#hop;
    this.#steadyMin = power;
    this.#steadyMax = power;
  }
}
