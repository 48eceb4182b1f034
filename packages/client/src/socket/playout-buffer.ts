/** Where playout stands. */
export interface PlayoutPosition {
  /** RTP time, in ticks of 48 kHz, of the next sample to be played; `undefined` before the first. */
  readonly rtpTimestamp: number | undefined;
  /** Whether sound of the answer is being played. */
  readonly isPlaying: boolean;
  readonly bufferedMs: number;
  /** What is kept in the buffer against late packets. */
  readonly targetMs: number;
  /** Times that the buffer ran empty while more was to come. */
  readonly underruns: number;
  /** Sound that was left out to catch up. */
  readonly skippedMs: number;
  /** Sum over the samples played of the time that each waited, in ms, and their count. */
  readonly waitedMs: number;
  readonly playedSamples: number;
}

/** What a {@link PlayoutBuffer} goes by. */
export const PLAYOUT_LIMITS = {
  sampleRateHz: 24_000,
  samplesPerMs: 24,
  /** Of the RTP clock, 48 kHz. */
  ticksPerSample: 2,
  targetMsMin: 20,
  targetMsMax: 500,
  /** Frames whose lateness counts: 2 s. */
  latenessCount: 100,
  /** Frames that wait at most: a minute. Beyond it the oldest go. */
  frameCountMax: 3_000,
  /** A longer hole in RTP time is a pause of the speaker, not a gap. */
  pauseMs: 200,
  /** How long a flush takes: 5 ms. */
  fadeSamples: 120,
  /** More than this beyond the target is too much delay. */
  excessMs: 80,
  /** Quieter than this, in a part of 10 ms, nothing is heard. */
  silencePeak: 0.003,
} as const;

export type PlayoutLimits = typeof PLAYOUT_LIMITS;

/**
 * The jitter buffer of a media WebSocket: takes frames of 24 kHz as they come, and gives samples at the pace of the
 * output device. It keeps as much as packets have been late of late, begins a stretch of sound when that much is
 * there, and catches up in silence. `flush` fades out within 5 ms.
 *
 * It runs inside an AudioWorklet, whose code is made of this class's own text: it uses nothing outside itself.
 */
export class PlayoutBuffer {
  readonly #limits: PlayoutLimits;
  #frames: { rtpTimestamp: number; samples: Float32Array; atMs: number }[] = [];
  /** Samples of the first frame that have been played. */
  #offset = 0;
  #bufferedSamples = 0;
  #gapSamples = 0;
  #isPlaying = false;
  #nextTimestamp: number | undefined;
  #lateness: number[] = [];
  #leastTransitMs: number | undefined;
  #targetMs: number;
  #fadeLeft = 0;
  #underruns = 0;
  #skippedSamples = 0;
  #waitedMs = 0;
  #playedSamples = 0;

  constructor(limits: PlayoutLimits) {
    this.#limits = limits;
    this.#targetMs = limits.targetMsMin;
  }

  get position(): PlayoutPosition {
    return {
      rtpTimestamp: this.#nextTimestamp,
      isPlaying: this.#isPlaying,
      bufferedMs: this.#bufferedSamples / this.#limits.samplesPerMs,
      targetMs: this.#targetMs,
      underruns: this.#underruns,
      skippedMs: this.#skippedSamples / this.#limits.samplesPerMs,
      waitedMs: this.#waitedMs,
      playedSamples: this.#playedSamples,
    };
  }

  /** Takes a frame that came at `atMs`. Frames come in order. */
  push(rtpTimestamp: number, samples: Float32Array, atMs: number): void {
    if (samples.length === 0) return;
    this.#measure(rtpTimestamp, atMs);
    this.#frames.push({ rtpTimestamp, samples, atMs });
    this.#bufferedSamples += samples.length;
    while (this.#frames.length > this.#limits.frameCountMax) this.#dropFrame();
  }

  /** Fills `output` with what is to be played from `nowMs` on. */
  pull(output: Float32Array, nowMs: number): void {
    output.fill(0);
    if (this.#fadeLeft > 0) return this.#fade(output);
    if (!this.#isPlaying && !this.#begins(nowMs)) return;
    this.#catchUp();
    let filled = 0;
    while (filled < output.length && this.#isPlaying) filled += this.#copy(output, filled, nowMs);
  }

  /**
   * Throws away what waits; what is being played fades out. Answers the RTP time at which it is silent, `undefined`
   * before the first sample.
   */
  flush(): number | undefined {
    const [frame] = this.#frames;
    const isHeard = this.#isPlaying && frame !== undefined && this.#gapSamples === 0;
    this.#frames = isHeard ? [frame] : [];
    const left = isHeard ? frame.samples.length - this.#offset : 0;
    this.#bufferedSamples = left;
    this.#fadeLeft = Math.min(this.#limits.fadeSamples, left);
    if (this.#fadeLeft === 0) this.#stop();
    const played = this.#nextTimestamp;
    return played === undefined
      ? undefined
      : (played + this.#fadeLeft * this.#limits.ticksPerSample) >>> 0;
  }

  #measure(rtpTimestamp: number, atMs: number): void {
    const transitMs = atMs - rtpTimestamp / this.#limits.ticksPerSample / this.#limits.samplesPerMs;
    // A clock that wraps or jumps begins anew.
    const least = this.#leastTransitMs;
    const isJump = least !== undefined && Math.abs(transitMs - least) > 60_000;
    if (least === undefined || isJump) this.#lateness = [];
    this.#leastTransitMs = least === undefined || isJump ? transitMs : Math.min(least, transitMs);
    // Clocks drift apart: the best of all times is forgotten by 1 ms in 5 s.
    this.#leastTransitMs += 0.004;
    this.#lateness.push(transitMs - this.#leastTransitMs);
    if (this.#lateness.length > this.#limits.latenessCount) this.#lateness.shift();
    const sorted = [...this.#lateness].sort((left, right) => left - right);
    const usual = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
    const wantedMs = usual + this.#limits.targetMsMin;
    this.#targetMs = Math.min(
      this.#limits.targetMsMax,
      Math.max(this.#limits.targetMsMin, wantedMs),
    );
  }

  /** A stretch begins when the target is there, or its first frame has waited that long. */
  #begins(nowMs: number): boolean {
    const [frame] = this.#frames;
    if (frame === undefined) return false;
    const isEnough =
      this.#bufferedSamples >= this.#targetMs * this.#limits.samplesPerMs ||
      nowMs - frame.atMs >= this.#targetMs;
    if (!isEnough) return false;
    this.#isPlaying = true;
    this.#gapSamples = 0;
    return true;
  }

  #copy(output: Float32Array, start: number, nowMs: number): number {
    const room = output.length - start;
    if (this.#gapSamples > 0) {
      const silent = Math.min(room, this.#gapSamples);
      this.#gapSamples -= silent;
      return silent;
    }
    const [frame] = this.#frames;
    if (frame === undefined) {
      this.#underruns += 1;
      this.#stop();
      return room;
    }
    const count = Math.min(room, frame.samples.length - this.#offset);
    output.set(frame.samples.subarray(this.#offset, this.#offset + count), start);
    this.#waitedMs += (nowMs - frame.atMs) * count;
    this.#playedSamples += count;
    this.#advance(frame, count);
    return count;
  }

  #advance(frame: { rtpTimestamp: number; samples: Float32Array }, count: number): void {
    this.#offset += count;
    this.#bufferedSamples -= count;
    this.#nextTimestamp = (frame.rtpTimestamp + this.#offset * this.#limits.ticksPerSample) >>> 0;
    if (this.#offset < frame.samples.length) return;
    this.#frames.shift();
    this.#offset = 0;
    const [next] = this.#frames;
    if (next === undefined) return;
    const holeTicks = (next.rtpTimestamp - this.#nextTimestamp) | 0;
    const holeSamples = Math.max(0, holeTicks / this.#limits.ticksPerSample);
    if (holeSamples > this.#limits.pauseMs * this.#limits.samplesPerMs) this.#isPlaying = false;
    else this.#gapSamples = holeSamples;
  }

  /** Leaves silence out while too much waits. */
  #catchUp(): void {
    const partSamples = this.#limits.sampleRateHz / 100;
    const keptSamples = (this.#targetMs + this.#limits.excessMs) * this.#limits.samplesPerMs;
    while (this.#bufferedSamples > keptSamples) {
      if (this.#gapSamples > 0) {
        this.#gapSamples = 0;
        continue;
      }
      const [frame] = this.#frames;
      if (frame === undefined) return;
      const part = frame.samples.subarray(this.#offset, this.#offset + partSamples);
      if (part.some((sample) => Math.abs(sample) > this.#limits.silencePeak)) return;
      this.#skippedSamples += part.length;
      this.#advance(frame, part.length);
      if (!this.#isPlaying) this.#isPlaying = this.#frames.length > 0;
    }
  }

  #fade(output: Float32Array): void {
    const [frame] = this.#frames;
    if (frame === undefined) return this.#stop();
    const count = Math.min(output.length, this.#fadeLeft);
    for (let index = 0; index < count; index += 1) {
      const level = (this.#fadeLeft - index) / this.#limits.fadeSamples;
      output[index] = (frame.samples[this.#offset + index] ?? 0) * level;
    }
    this.#fadeLeft -= count;
    this.#playedSamples += count;
    this.#offset += count;
    this.#nextTimestamp = (frame.rtpTimestamp + this.#offset * this.#limits.ticksPerSample) >>> 0;
    if (this.#fadeLeft > 0) return;
    // What came meanwhile is of the next answer.
    this.#frames.shift();
    this.#offset = 0;
    this.#bufferedSamples = this.#frames.reduce((sum, { samples }) => sum + samples.length, 0);
    this.#isPlaying = false;
  }

  #stop(): void {
    this.#isPlaying = false;
    this.#offset = 0;
    this.#gapSamples = 0;
    this.#fadeLeft = 0;
  }

  #dropFrame(): void {
    const frame = this.#frames.shift();
    if (frame === undefined) return;
    const left = frame.samples.length - this.#offset;
    this.#skippedSamples += left;
    this.#bufferedSamples -= left;
    this.#offset = 0;
  }
}
