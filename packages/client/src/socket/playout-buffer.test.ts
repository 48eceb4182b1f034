import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createContext, runInContext } from 'node:vm';
import { PLAYOUT_LIMITS, PlayoutBuffer } from './playout-buffer.ts';

const FRAME_SAMPLES = 480;
const FRAME_TICKS = 960;
/** An AudioWorklet's quantum at 24 kHz is 5.33 ms. */
const QUANTUM_SAMPLES = 128;
const QUANTUM_MS = QUANTUM_SAMPLES / 24;

/** A buffer on a clock of its own; every frame's samples are its number, so that what is heard can be told. */
class Listener {
  readonly buffer = new PlayoutBuffer(PLAYOUT_LIMITS);
  readonly heard: number[] = [];
  nowMs = 0;

  frame(count: number, { level = count + 1 }: { readonly level?: number } = {}): void {
    const samples = new Float32Array(FRAME_SAMPLES).fill(level / 1_000);
    this.buffer.push((count * FRAME_TICKS) >>> 0, samples, this.nowMs);
  }

  /** Plays for a time. */
  play(durationMs: number): void {
    const output = new Float32Array(QUANTUM_SAMPLES);
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; this.nowMs += QUANTUM_MS) {
      this.buffer.pull(output, this.nowMs);
      for (const sample of output) this.heard.push(Math.round(sample * 1_000));
    }
  }

  /** What was heard, without repetition. */
  get numbers(): number[] {
    return this.heard.filter((number, index) => number !== this.heard[index - 1]);
  }

  get loudSamples(): number {
    return this.heard.filter((number) => number !== 0).length;
  }
}

suite('the playout of a media WebSocket', () => {
  test('[SOC1] frames that come on time are played whole and in order, 20 ms later', () => {
    const listener = new Listener();
    for (let count = 0; count < 50; count += 1) {
      listener.frame(count);
      listener.play(20);
    }
    listener.play(100);
    const order = Array.from({ length: 50 }, (_, index) => index + 1);
    assert.deepEqual(
      listener.numbers.filter((number) => number !== 0),
      order,
    );
    assert.equal(listener.loudSamples, 50 * FRAME_SAMPLES);
    const firstMs = listener.heard.findIndex((number) => number !== 0) / 24;
    assert.ok(firstMs <= 30, `${firstMs} ms`);
    assert.equal(listener.buffer.position.rtpTimestamp, 50 * FRAME_TICKS);
  });

  test('[SOC2] a stall costs what it takes; what comes late is played whole, and later stalls find more in store', () => {
    const listener = new Listener();
    let count = 0;
    const stall = (): number => {
      const before = listener.buffer.position.underruns;
      for (let late = 0; late < 5; late += 1) {
        listener.play(20);
      }
      for (let late = 0; late < 6; late += 1) listener.frame(count++);
      for (let steady = 0; steady < 20; steady += 1) {
        listener.play(20);
        listener.frame(count++);
      }
      return listener.buffer.position.underruns - before;
    };
    listener.frame(count++);
    assert.equal(stall(), 1);
    for (let again = 0; again < 4; again += 1) stall();
    assert.equal(stall(), 0);
    listener.play(2_000);
    assert.equal(listener.loudSamples, count * FRAME_SAMPLES);
    assert.ok(listener.buffer.position.targetMs > 80);
  });

  test('[SOC3] a flush fades out within 5 ms, and what comes after it is played', () => {
    const listener = new Listener();
    for (let count = 0; count < 20; count += 1) listener.frame(count, { level: 500 });
    listener.play(50);
    listener.buffer.flush();
    const heardBefore = listener.loudSamples;
    listener.frame(100, { level: 250 });
    listener.play(200);
    const levels = listener.heard.slice(heardBefore);
    const fading = levels.filter((level) => level !== 0 && level !== 250).length;
    assert.ok(fading <= 120, `${fading} samples`);
    assert.equal(levels.slice(120).filter((level) => level === 250).length, FRAME_SAMPLES);
    const steps = levels
      .slice(0, 120)
      .map((level, index) => Math.abs(level - (levels[index + 1] ?? 0)));
    assert.ok(Math.max(...steps) <= 5, 'no click');
  });

  test('[SOC3] a flush while nothing is heard leaves nothing', () => {
    const listener = new Listener();
    listener.buffer.flush();
    listener.frame(0);
    listener.buffer.flush();
    listener.play(200);
    assert.equal(listener.loudSamples, 0);
    listener.frame(9);
    listener.play(200);
    assert.equal(listener.loudSamples, FRAME_SAMPLES);
  });

  test('[SOC15] a flush answers the RTP time at which it is silent, the fade included', () => {
    const listener = new Listener();
    assert.equal(listener.buffer.flush(), undefined);
    for (let count = 0; count < 20; count += 1) listener.frame(count, { level: 500 });
    listener.play(50);
    const silentAt = listener.buffer.flush();
    listener.play(100);
    assert.equal(silentAt, listener.loudSamples * 2);
    assert.equal(listener.buffer.position.rtpTimestamp, silentAt);
    assert.equal(listener.buffer.flush(), silentAt);
  });

  test('[SOC4] a gap of RTP time is silence of its length; a pause is none', () => {
    const listener = new Listener();
    for (const count of [0, 1, 4, 5]) listener.frame(count);
    listener.play(200);
    const first = listener.heard.indexOf(1);
    assert.equal(listener.heard.indexOf(5) - first, 4 * FRAME_SAMPLES);
    listener.frame(500);
    listener.play(100);
    assert.ok(listener.heard.includes(501));
  });

  test('[SOC5] too much in store is worked off in silence, and never in speech', () => {
    const listener = new Listener();
    const pace = (from: number, to: number, level: number): void => {
      for (let count = from; count < to; count += 1) {
        listener.frame(count, { level });
        listener.play(20);
      }
    };
    pace(0, 10, 500);
    // The network stands still, and then all comes at once.
    listener.play(1_000);
    for (let count = 10; count < 60; count += 1) listener.frame(count, { level: 500 });
    pace(60, 100, 500);
    assert.equal(listener.buffer.position.skippedMs, 0);
    pace(100, 300, 0);
    pace(300, 320, 400);
    listener.play(1_200);
    assert.ok(listener.buffer.position.skippedMs > 300);
    assert.equal(listener.heard.filter((level) => level === 500).length, 100 * FRAME_SAMPLES);
    assert.equal(listener.heard.filter((level) => level === 400).length, 20 * FRAME_SAMPLES);
  });

  test('[SOC6] five minutes at once are bounded to a minute', () => {
    const listener = new Listener();
    for (let count = 0; count < 15_000; count += 1) listener.frame(count, { level: 500 });
    assert.equal(listener.buffer.position.bufferedMs, 60_000);
  });

  test('[SOC7] RTP time may wrap', () => {
    const listener = new Listener();
    const last = Math.floor(2 ** 32 / FRAME_TICKS) - 5;
    for (let count = 0; count < 10; count += 1) {
      const samples = new Float32Array(FRAME_SAMPLES).fill(0.5);
      listener.buffer.push(((last + count) * FRAME_TICKS) >>> 0, samples, listener.nowMs);
      listener.play(20);
    }
    listener.play(200);
    assert.equal(listener.loudSamples, 10 * FRAME_SAMPLES);
  });

  test('[SOC8] its own text is all that it needs', () => {
    const context = createContext({
      limits: PLAYOUT_LIMITS,
      samples: new Float32Array(480).fill(0.5),
    });
    const script = `const buffer = new (${PlayoutBuffer.toString()})(limits); buffer.push(0, samples, 0);
      const output = new Float32Array(128); buffer.pull(output, 50); output[0]`;
    assert.equal(runInContext(script, context), 0.5);
  });
});
