import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount } from '@prism/protocol';
import fc from 'fast-check';
import { SLOT_SAMPLES } from '../audio/pcm.ts';
import { CallBench, joined } from '../testing/index.ts';

const SIDEBAND = controllerIdFromCount(2);

/** `slots` of samples that count up, so that each is known. */
function counted(slots: number, from = 1): Int16Array {
  return Int16Array.from({ length: slots * SLOT_SAMPLES }, (_, at) => from + at);
}

function hold(call: CallBench, held: boolean, controllerId = controllerIdFromCount(1)): void {
  call.bench.client({ type: 'prism.output.hold', held }, controllerId);
}

function open(): CallBench {
  const call = new CallBench();
  call.bench.post({ type: 'controller.opened', controllerId: SIDEBAND, role: 'sideband' });
  return call;
}

/** What the client and the sideband were told of the playback, each once. */
function playback(call: CallBench): readonly unknown[] {
  return call.bench.effects.flatMap((effect) => {
    if (effect.type !== 'controller.send' || effect.controllerId !== SIDEBAND) return [];
    const { type } = JSON.parse(effect.text) as { type: string };
    return type.startsWith('output_audio_buffer') ? [type.slice(20)] : [];
  });
}

const spoken = (call: CallBench): number[] => [...joined(call.played)].filter((s) => s !== 0);

suite('hold', () => {
  test('[PAU1] [PAU2] a held answer goes on with the very next sample, whatever came meanwhile', () => {
    const step = fc.record({
      runMs: fc.integer({ min: 1, max: 20 }),
      slots: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
        const call = open();
        call.bench.responseCreated();
        let slots = 0;
        for (const [index, { runMs, slots: more }] of steps.entries()) {
          hold(call, index % 2 === 1);
          const before = call.bench.speechFrames;
          if (more > 0) call.bench.answer(counted(more, 1 + slots * SLOT_SAMPLES));
          slots += more;
          call.run(runMs * 20);
          if (index % 2 === 1) assert.equal(call.bench.speechFrames, before);
        }
        hold(call, false);
        call.bench.responseDone();
        call.run(2_000);
        assert.deepEqual(spoken(call), [...counted(slots)]);
      }),
      { seed: 9, numRuns: 100 },
    );
  });

  test('[PAU1] ten frames of silence follow the last one, then nothing leaves', () => {
    const call = open();
    call.bench.answer(counted(10));
    call.run(60);
    hold(call, true);
    const before = call.bench.frames;
    call.run(1_000);
    assert.equal(call.bench.frames - before, 10);
    assert.equal(call.bench.session.wantsSlots, false);
  });

  test('[PAU3] playback starts with its first frame and stops after its last, held or not', () => {
    const call = open();
    hold(call, true);
    call.bench.responseCreated();
    call.bench.answer(counted(5));
    call.bench.responseDone();
    call.run(500);
    assert.deepEqual(playback(call), []);
    hold(call, false);
    call.run(60);
    hold(call, true);
    call.run(2_000);
    assert.deepEqual(playback(call), ['started']);
    hold(call, false);
    call.run(500);
    assert.deepEqual(playback(call), ['started', 'stopped']);
    assert.equal(call.bench.session.describe()['answerUnderruns'], 0);
  });

  test('[PAU4] it goes on when neither the client nor a sideband holds it', () => {
    const call = open();
    call.bench.answer(counted(20));
    hold(call, true);
    hold(call, true, SIDEBAND);
    hold(call, false);
    call.run(200);
    assert.equal(call.bench.speechFrames, 0);
    hold(call, false, SIDEBAND);
    call.run(200);
    assert.equal(call.bench.speechFrames, 10);
    assert.deepEqual(
      call.bench.facts.filter(({ type }) => type === 'output.held'),
      [
        { type: 'output.held', isHeld: true, by: 'client' },
        { type: 'output.held', isHeld: false, by: 'policy' },
      ],
    );
  });

  test('[PAU5] an interruption cuts a held answer, which stays cut', () => {
    const call = open();
    call.bench.responseCreated();
    call.bench.answer(counted(20));
    call.run(100);
    hold(call, true);
    call.bench.speechStarted();
    hold(call, false);
    call.run(500);
    assert.equal(call.bench.speechFrames, 5);
    assert.deepEqual(playback(call), ['started', 'cleared']);
    const [truncate] = call.bench.toUpstream;
    assert.equal(truncate?.['audio_end_ms'], 100);
  });
});
