import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import type { MonotonicMs } from '../time/clock.ts';
import { Duck, type DuckEffect, type DuckInput } from './duck.ts';
import type { DuckPolicy } from './duck-policy.ts';
import { GainRamp } from './gain-ramp.ts';

/** A duck with a clock of its own, and everything it ordered. */
class Scene {
  readonly duck: Duck;
  readonly effects: string[] = [];
  #nowMs = 0;

  constructor(policy: Partial<DuckPolicy> = {}) {
    this.duck = new Duck(policy);
  }

  tell(...inputs: readonly (DuckInput['type'] | number)[]): this {
    for (const input of inputs) {
      if (typeof input === 'number') this.pass(input);
      else if (input === 'speech.ongoing') this.#handle({ type: input, samples: 0 });
      else this.#handle({ type: input });
    }
    return this;
  }

  ongoing(ms: number): this {
    this.#handle({ type: 'speech.ongoing', samples: ms * 24 });
    return this;
  }

  /** Moves time on, and wakes the machine when it asked for it. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let due = this.duck.deadline(); due !== undefined && due.atMs <= endMs; ) {
      this.#nowMs = due.atMs;
      this.#handle({ type: 'deadline' });
      due = this.duck.deadline();
    }
    this.#nowMs = endMs;
  }

  #handle(input: DuckInput): void {
    this.duck.handle(input, this.#nowMs as MonotonicMs);
    for (let effect = this.duck.poll(); effect !== undefined; effect = this.duck.poll()) {
      this.effects.push(label(effect));
    }
  }
}

function label(effect: DuckEffect): string {
  return effect.type === 'duck' ? 'duck' : `${effect.type} ${effect.cause}`;
}

const playing = (policy: Partial<DuckPolicy> = {}): Scene =>
  new Scene(policy).tell('answer.started', 1_000);

function frame(duck: Duck): Int16Array {
  const pcm = new Int16Array(480).fill(10_000);
  duck.gain.apply(pcm);
  return pcm;
}

suite('duck', () => {
  test('[DUC1] an onset lowers the answer by 20 dB within one frame', () => {
    const { duck } = playing().tell('speech.onset');
    assert.equal(frame(duck).at(-1), 1_000);
    assert.deepEqual([...new Set(frame(duck))], [1_000]);
    const idle = new Scene().tell('speech.onset');
    assert.deepEqual([idle.effects, frame(idle.duck).at(-1)], [[], 10_000]);
  });

  test('[DUC2] the volume moves along a line and full volume touches nothing', () => {
    const gain = new GainRamp();
    const steps: number[] = [];
    const ramps = [
      [0.1, 10],
      [1, 30],
      [0.5, 0],
      [1, 25],
    ] as const;
    for (const [targetRatio, rampMs] of ramps) {
      gain.moveTo(targetRatio, rampMs);
      const pcm = new Int16Array(960).fill(20_000);
      for (let at = 0; at < 960; at += 480) gain.apply(pcm.subarray(at, at + 480));
      if (rampMs > 0) steps.push(...pcm.slice(1).map((sample, i) => sample - (pcm[i] ?? 0)));
      assert.equal(pcm.at(-1), Math.round(20_000 * targetRatio));
    }
    assert.ok(Math.max(...steps.map(Math.abs)) <= 76, `${Math.max(...steps)}`);
    assert.equal(gain.gainRatio, 1);
    const pcm = Int16Array.from({ length: 480 }, (_, i) => i - 240);
    const copy = pcm.slice();
    gain.apply(pcm);
    assert.deepEqual(pcm, copy);
  });

  test('[DUC3] what the upstream hears stops the answer', () => {
    const ducked = playing().tell('speech.onset', 150, 'upstream.speech');
    assert.deepEqual(ducked.effects, ['duck', 'stop upstream']);
    assert.deepEqual(playing().tell('upstream.speech').effects, ['stop upstream']);
    const inGuard = new Scene().tell('answer.started', 50, 'speech.onset', 'upstream.speech');
    assert.deepEqual(inGuard.effects, ['stop upstream']);
    assert.deepEqual(new Scene().tell('upstream.speech').effects, []);
  });

  test('[DUC4] an unconfirmed duck is taken back, and the same speech ducks no more', () => {
    const long = playing().tell('speech.onset', 799);
    assert.deepEqual([long.effects, frame(long.duck).at(-1)], [['duck'], 1_000]);
    long.tell(1, 'speech.ongoing', 2_000, 'speech.ongoing');
    assert.deepEqual(long.effects, ['duck', 'restore unconfirmed']);
    const frames = Array.from({ length: 11 }, () => frame(long.duck).at(-1) ?? 0);
    assert.ok(frames.every((sample, i) => i === 0 || sample >= (frames[i - 1] ?? 0)));
    assert.deepEqual([frames[0], frames[9]], [1_900, 10_000]);
    const short = playing().tell('speech.onset', 100, 'speech.ended', 299);
    assert.deepEqual(short.effects, ['duck']);
    short.tell(1, 'speech.onset');
    assert.deepEqual(short.effects, ['duck', 'restore silence', 'duck']);
  });

  test('[DUC5] the guard lets an onset pass, and longer speech ducks when it ends', () => {
    const short = new Scene().tell('answer.started', 100, 'speech.onset', 100, 'speech.ended', 500);
    assert.deepEqual([short.effects, short.duck.counters.guarded], [[], 1]);
    const long = new Scene().tell('answer.started', 100, 'speech.onset', 199, 'speech.ongoing');
    assert.deepEqual(long.effects, []);
    assert.deepEqual(long.tell(1).effects, ['duck']);
  });

  test('[DUC6] with a policy of its own, long speech stops the answer', () => {
    const scene = playing({ ownConfirmMs: 400 }).tell('speech.onset').ongoing(399);
    assert.deepEqual(scene.effects, ['duck']);
    assert.deepEqual(scene.ongoing(400).effects, ['duck', 'stop own']);
    assert.deepEqual(playing().tell('speech.onset').ongoing(700).effects, ['duck']);
  });

  test('[DUC8] switched off, only the upstream counts', () => {
    const scene = playing({ isEnabled: false, ownConfirmMs: 100 });
    scene.tell('speech.onset').ongoing(900);
    assert.deepEqual([scene.effects, scene.duck.deadline()], [[], undefined]);
    assert.deepEqual(scene.tell('upstream.speech').effects, ['stop upstream']);
  });

  test('[DUC9] every duck ends as confirmed, restored, or is still on', () => {
    const inputs = fc.array(
      fc.oneof(
        fc.constantFrom<DuckInput['type'] | number>(
          'answer.started',
          'answer.ended',
          'speech.onset',
          'speech.ongoing',
          'speech.ended',
          'upstream.speech',
        ),
        fc.integer({ min: 1, max: 900 }),
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(inputs, (steps) => {
        const scene = new Scene().tell(...steps);
        const { ducks, restores, confirmed, falseDucks } = scene.duck.counters;
        assert.equal(ducks, restores + confirmed + (scene.duck.isDucked ? 1 : 0));
        assert.ok(falseDucks <= restores);
        assert.equal(ducks, scene.effects.filter((effect) => effect === 'duck').length);
        frame(scene.duck);
        scene.tell('answer.ended', 'answer.started');
        assert.deepEqual([scene.duck.gain.gainRatio, scene.duck.isDucked], [1, false]);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  test('[DUC10] the next answer begins at full volume', () => {
    for (const end of ['answer.ended', 'upstream.speech'] as const) {
      const scene = playing().tell('speech.onset');
      frame(scene.duck);
      scene.tell(end, 'answer.ended', 'answer.started');
      assert.deepEqual([frame(scene.duck)[0], scene.duck.isDucked], [10_000, false]);
    }
  });
});
