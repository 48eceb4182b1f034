import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { SAMPLES_PER_MS, SLOT_SAMPLES } from '../audio/pcm.ts';
import { PCM_BLOCK_SAMPLES, PcmBlocks } from '../audio/pcm-blocks.ts';
import { PlayoutQueue } from '../playout/playout-queue.ts';
import { SessionBench, serverEvent, speech } from '../testing/index.ts';

const TAIL_SLOTS = 10;

suite('playout', () => {
  test('[PLY1] a response is announced with its first frame and ended after its last', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(speech(3));
    bench.responseDone();
    bench.effects.length = 0;
    bench.slots(4);
    const kinds = bench.effects.flatMap((effect): (string | number | undefined)[] => {
      if (effect.type === 'controller.send')
        return [(JSON.parse(effect.text) as { type: string }).type];
      return effect.type === 'media.frame' ? [effect.pcm[0]] : [];
    });
    assert.deepEqual(kinds, [
      'output_audio_buffer.started',
      1_000,
      1_000,
      1_000,
      'output_audio_buffer.stopped',
      0,
    ]);
  });

  test('[PLY2] each slot sends one frame, in order', () => {
    const bench = SessionBench.live();
    for (let level = 1; level <= 50; level += 1) bench.answer(speech(1, level));
    bench.responseDone();
    bench.slots(50);
    const levels = bench.effects.flatMap((effect) =>
      effect.type === 'media.frame' ? [effect.pcm[0]] : [],
    );
    assert.deepEqual(
      levels,
      Array.from({ length: 50 }, (_, index) => index + 1),
    );
  });

  test('[MWS30] five minutes that come at once are played whole and in order, a frame per slot', () => {
    const bench = SessionBench.live();
    const frameCount = 15_000;
    for (let level = 1; level <= frameCount; level += 1) bench.answer(speech(1, level));
    bench.responseDone();
    bench.slots(frameCount);
    const levels = bench.effects.flatMap((effect) =>
      effect.type === 'media.frame' ? [effect.pcm[0]] : [],
    );
    assert.equal(levels.length, frameCount);
    assert.ok(levels.every((level, index) => level === index + 1));
    assert.deepEqual(
      bench.facts.filter(({ type }) => type === 'playout.overflow'),
      [],
    );
  });

  test('[PLY3] part of a frame waits for more, and is filled up at the end', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(new Int16Array(100).fill(7));
    bench.slots(5);
    assert.equal(bench.frames, 0);
    bench.answer(new Int16Array(100).fill(7));
    bench.responseDone();
    bench.slots(1);
    const frame = bench.effects.find((effect) => effect.type === 'media.frame');
    assert.equal(frame?.type, 'media.frame');
    assert.deepEqual([frame.pcm[199], frame.pcm[200], frame.pcm.length], [7, 0, SLOT_SAMPLES]);
  });

  test('[PLY4] ten frames of silence follow, then nothing', () => {
    const bench = SessionBench.live();
    bench.answer(speech(2));
    bench.responseDone();
    bench.slots(100);
    assert.equal(bench.speechFrames, 2);
    assert.equal(bench.frames, 2 + TAIL_SLOTS);
    assert.equal(bench.session.wantsSlots, false);
  });

  test('[PLY5] the queue refuses at its end what it has no room for', () => {
    const queue = new PlayoutQueue(10);
    const source = { responseId: 'r', itemId: 'i', contentIndex: 0 };
    assert.equal(queue.push(source, Int16Array.of(1, 2, 3, 4, 5, 6)), 0);
    assert.equal(queue.push(source, Int16Array.of(7, 8, 9, 10, 11, 12)), 2);
    const taken = new Int16Array(12);
    assert.equal(queue.take(taken, 0), 6);
    assert.equal(queue.take(taken, 6), 4);
    assert.equal(queue.nextSource, undefined);
    assert.deepEqual([...taken], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0]);
  });

  test('[PLY9] the queue keeps nothing of what it was handed, and gives back the room it had', () => {
    const blocks = new PcmBlocks();
    const [first, second] = [blocks.take(), blocks.take()];
    blocks.give(first);
    blocks.give(second);
    const queue = new PlayoutQueue(100_000, blocks);
    const source = { responseId: 'r', itemId: 'i', contentIndex: 0 };
    const pcm = new Int16Array(PCM_BLOCK_SAMPLES + 5).fill(7);
    const taken = new Int16Array(pcm.length);
    for (let round = 0; round < 3; round += 1) {
      queue.push(source, pcm.fill(round + 1));
      pcm.fill(99);
      assert.equal(queue.take(taken, 0), pcm.length);
      assert.ok(taken.every((sample) => sample === round + 1));
      queue.push(source, pcm);
      queue.clear();
    }
    // None was made besides the two that there were.
    assert.deepEqual(new Set([blocks.take(), blocks.take()]), new Set([first, second]));
  });

  test('[PLY5] an answer that is too long is reported', () => {
    const bench = SessionBench.live();
    bench.answer(new Int16Array(30 * 60 * 1_000 * SAMPLES_PER_MS));
    bench.answer(speech(5));
    assert.deepEqual(bench.facts, [{ type: 'playout.overflow', refusedMs: 100 }]);
  });

  test('[PLY6] the next response follows without a gap', () => {
    const bench = SessionBench.live();
    bench.answer(speech(2, 1), 'resp_1', 'item_1');
    bench.responseDone('resp_1');
    bench.answer(speech(2, 2), 'resp_2', 'item_2');
    bench.responseDone('resp_2');
    bench.effects.length = 0;
    bench.slots(5);
    assert.deepEqual(bench.toControllerTypes, [
      'output_audio_buffer.started',
      'output_audio_buffer.stopped',
      'output_audio_buffer.started',
      'output_audio_buffer.stopped',
    ]);
    assert.equal(bench.speechFrames, 4);
  });

  test('[PLY2] whatever is pushed comes out once, in order, whatever the sizes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(2_000), { maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 10 }),
        (pushed, takes) => {
          const queue = new PlayoutQueue(1_000_000);
          let next = 0;
          for (const length of pushed) {
            queue.push(
              { responseId: 'r', itemId: `i${length}`, contentIndex: 0 },
              Int16Array.from({ length }, () => next++ & 0x7fff),
            );
          }
          let heard = 0;
          for (let round = 0; queue.queuedSamples > 0; round += 1) {
            const frame = new Int16Array(takes[round % takes.length] ?? 1);
            let taken = 0;
            while (queue.nextSource !== undefined && taken < frame.length)
              taken += queue.take(frame, taken);
            for (let index = 0; index < taken; index += 1)
              assert.equal(frame[index], heard++ & 0x7fff);
          }
          assert.equal(heard, next);
        },
      ),
      { seed: 20_261_123 },
    );
  });
});

suite('interruption', () => {
  test('[INT1] [INT2] [INT3] speech cuts the answer, tells the controllers and truncates at what was sent', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(speech(100));
    bench.slots(7);
    bench.effects.length = 0;
    bench.speechStarted();
    assert.deepEqual(bench.toControllerTypes, [
      'input_audio_buffer.speech_started',
      'output_audio_buffer.cleared',
    ]);
    assert.deepEqual(
      bench.toUpstream.map(({ event_id: _, ...event }) => event),
      [
        {
          type: 'conversation.item.truncate',
          item_id: 'item_1',
          content_index: 0,
          audio_end_ms: 140,
        },
      ],
    );
    bench.slots(100);
    assert.equal(bench.speechFrames, 0);
    assert.equal(bench.frames, TAIL_SLOTS);
  });

  test('[INT1] no frame of the answer leaves after speech began, whenever that is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 12 }),
        fc.nat(200),
        fc.boolean(),
        (deltaSlots, slotsBefore, isDone) => {
          const bench = SessionBench.live();
          bench.responseCreated();
          for (const slots of deltaSlots) bench.answer(speech(slots));
          if (isDone) bench.responseDone();
          bench.slots(slotsBefore);
          const totalSlots = deltaSlots.reduce((sum, slots) => sum + slots, 0);
          const sentMs = Math.min(slotsBefore, totalSlots) * 20;
          bench.effects.length = 0;
          bench.speechStarted();
          bench.answer(speech(5));
          bench.slots(500);
          const isCut = sentMs < totalSlots * 20;
          // Audio that comes after the response was heard to its end belongs to nobody's interruption.
          const isOpen = isCut || !isDone;
          if (isOpen) assert.equal(bench.speechFrames, 0);
          const truncates = bench.toUpstream.filter(
            (event) => event['type'] === 'conversation.item.truncate',
          );
          assert.deepEqual(
            truncates.map((event) => event['audio_end_ms']),
            isOpen ? [sentMs] : [],
          );
        },
      ),
      { seed: 20_261_123, numRuns: 300 },
    );
  });

  test('[INT4] audio that comes late for an interrupted response is dropped and counted', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(speech(10));
    bench.slots(2);
    bench.speechStarted();
    bench.effects.length = 0;
    bench.answer(speech(10));
    bench.answer(speech(10));
    bench.slots(50);
    assert.equal(bench.speechFrames, 0);
    assert.equal(bench.session.describe()['lateDeltas'], 2);
  });

  test('[INT5] speech interrupts nothing when interruption is off', () => {
    for (const turn_detection of [{ type: 'server_vad', interrupt_response: false }, null]) {
      const bench = SessionBench.live();
      bench.post(
        serverEvent({ type: 'session.updated', session: { audio: { input: { turn_detection } } } }),
      );
      bench.answer(speech(10));
      bench.responseDone();
      bench.slots(2);
      bench.speechStarted();
      bench.slots(50);
      assert.equal(bench.speechFrames, 10);
    }
  });

  test('[INT6] a clear interrupts, cancels what is being generated and stays here', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(speech(10));
    bench.slots(3);
    bench.effects.length = 0;
    bench.client({ type: 'output_audio_buffer.clear' });
    assert.deepEqual(
      bench.toUpstream.map((event) => event['type']),
      ['response.cancel', 'conversation.item.truncate'],
    );
    assert.deepEqual(bench.toControllerTypes, ['output_audio_buffer.cleared']);
  });

  test('[INT6] a clear after a cancel does not cancel again', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(speech(10));
    bench.slots(3);
    bench.client({ type: 'response.cancel' });
    bench.client({ type: 'output_audio_buffer.clear' });
    assert.deepEqual(
      bench.toUpstream.map((event) => event['type']),
      ['response.cancel', 'conversation.item.truncate'],
    );
  });

  test('[INT7] a cancel reaches the upstream unchanged and stops playout', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(speech(10));
    bench.slots(3);
    bench.effects.length = 0;
    bench.client({ type: 'response.cancel', event_id: 'mine', response_id: 'resp_1' });
    assert.deepEqual(bench.toUpstream[0], {
      type: 'response.cancel',
      event_id: 'mine',
      response_id: 'resp_1',
    });
    bench.slots(50);
    assert.equal(bench.speechFrames, 0);
  });

  test('[INT8] speech while nothing is playing changes nothing', () => {
    const bench = SessionBench.live();
    bench.speechStarted();
    assert.deepEqual(bench.toControllerTypes, ['input_audio_buffer.speech_started']);
    assert.deepEqual(bench.toUpstream, []);
    assert.equal(bench.session.describe()['interruptions'], 0);
  });
});
