import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlaybackFade } from './playback-fade.ts';

interface Bench {
  readonly element: { volume: number; muted: boolean };
  readonly fade: PlaybackFade;
  /** Runs the next step; answers how long it waited. */
  readonly step: () => number | undefined;
}

function openBench(): Bench {
  const element = { volume: 0.8, muted: false };
  const timers: { readonly callback: () => void; readonly delayMs: number }[] = [];
  const fade = new PlaybackFade(element, (callback, delayMs) => {
    timers.push({ callback, delayMs });
  });
  const step = (): number | undefined => {
    const timer = timers.shift();
    timer?.callback();
    return timer?.delayMs;
  };
  return { element, fade, step };
}

test('[REP7] the sound fades out in two steps and is gone within 10 ms', () => {
  const { element, fade, step } = openBench();
  fade.silence();
  assert.deepEqual(element, { volume: 0.2, muted: false });
  const firstMs = step() ?? Number.NaN;
  assert.deepEqual(element, { volume: 0, muted: false });
  const secondMs = step() ?? Number.NaN;
  assert.deepEqual(element, { volume: 0, muted: true });
  assert.ok(firstMs + secondMs <= 10);
  assert.equal(step(), undefined);
});

test('[REP9] a softened sound is 20 dB quieter at once, and can still be silenced', () => {
  const { element, fade, step } = openBench();
  fade.soften();
  fade.soften();
  assert.ok(Math.abs(element.volume - 0.08) < 1e-9 && !element.muted);
  fade.silence();
  assert.ok(element.volume < 0.081);
  step();
  step();
  assert.deepEqual(element, { volume: 0, muted: true });
  fade.soften();
  assert.equal(element.volume, 0);
  fade.restore();
  assert.deepEqual(element, { volume: 0.8, muted: false });
});

test('[REP7] afterwards the element is as the page had it, a second time too', () => {
  const { element, fade, step } = openBench();
  fade.silence();
  fade.silence();
  step();
  fade.restore();
  step();
  assert.deepEqual(element, { volume: 0.8, muted: false });
  element.volume = 0.5;
  fade.restore();
  assert.deepEqual(element, { volume: 0.5, muted: false });
});
