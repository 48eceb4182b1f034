import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { InputGate } from './input-gate.ts';
import { TURN_CONTROLLERS, type TurnController } from './turn-controller.ts';

const sound = (samples: number): Int16Array => new Int16Array(samples).fill(7);

function pass(gate: InputGate, samples: number): readonly number[] {
  const pcm = sound(samples);
  gate.apply(pcm);
  return [...pcm];
}

suite('input gate', () => {
  test('[GAT1] muted audio is silence of the same length', () => {
    const gate = new InputGate();
    assert.deepEqual(pass(gate, 3), [7, 7, 7]);
    gate.set('client', true);
    assert.deepEqual(pass(gate, 3), [0, 0, 0]);
    gate.set('client', false);
    assert.deepEqual(pass(gate, 2), [7, 7]);
    assert.deepEqual([gate.positionSamples, gate.mutedSamples], [8, 3]);
  });

  test('[GAT2] it is open when nobody wants it muted', () => {
    const gate = new InputGate();
    for (const source of TURN_CONTROLLERS) gate.set(source, true);
    for (const source of TURN_CONTROLLERS) {
      assert.equal(gate.isMuted, true);
      gate.set(source, false);
    }
    assert.equal(gate.isMuted, false);
  });

  test('[GAT3] changes hold from exactly their samples on, however the audio is cut', () => {
    const change = fc.record({
      source: fc.constantFrom(...TURN_CONTROLLERS),
      isMuted: fc.boolean(),
      atSample: fc.integer({ min: 0, max: 200 }),
    });
    const runs = fc.array(change, { maxLength: 12 });
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(runs, cuts, (changes, lengths) => {
        const gate = new InputGate();
        for (const { source, isMuted, atSample } of changes) gate.set(source, isMuted, atSample);
        const out: number[] = [];
        for (let n = 0; out.length < 240; n += 1) {
          out.push(...pass(gate, lengths[n % lengths.length] ?? 1));
        }
        const muted = new Set<TurnController>();
        const expected = out.map((_, at) => {
          for (const { source, isMuted, atSample } of changes) {
            if (atSample !== at) continue;
            if (isMuted) muted.add(source);
            else muted.delete(source);
          }
          return muted.size > 0 ? 0 : 7;
        });
        assert.deepEqual(out, expected);
        assert.equal(gate.mutedSamples, out.filter((sample) => sample === 0).length);
      }),
      { seed: 1 },
    );
  });

  test('[GAT4] the earliest of too many changes holds at once', () => {
    const gate = new InputGate();
    for (let n = 0; n < 17; n += 1) gate.set('policy', n % 2 === 0, 100 + n);
    assert.deepEqual([gate.hurriedChanges, gate.isMuted], [1, true]);
    assert.deepEqual(pass(gate, 2), [0, 0]);
  });
});
