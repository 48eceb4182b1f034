import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { joined } from '../testing/index.ts';
import { BackchannelFilter } from './backchannel-filter.ts';
import { type HoldDecision, INPUT_HOLD_MS_MAX, InputHold } from './input-hold.ts';

const FRAME_SAMPLES = 480;

function openHold() {
  const passed: Int16Array[] = [];
  const hold = new InputHold(
    (pcm) => passed.push(pcm.slice()),
    (pcm) => pcm.fill(0),
  );
  let count = 0;
  /** Takes a frame of its own number, and answers the numbers that have gone by then. */
  const take = (decision: HoldDecision): readonly number[] => {
    count += 1;
    hold.take(new Int16Array(FRAME_SAMPLES).fill(count), decision);
    return passed.map((pcm) => pcm[0] ?? Number.NaN);
  };
  return { hold, take, passed };
}

suite('input hold', () => {
  test('[IHD1] what waits goes in order: as it is, or as silence of the same length', () => {
    const { take } = openHold();
    assert.deepEqual([take('wait'), take('wait'), take('pass')], [[], [], [1, 2, 3]]);
    assert.deepEqual([take('wait'), take('silence')].at(-1), [1, 2, 3, 0, 5]);
  });

  test('[IHD1] whatever is decided, all audio goes, and only as silence if that was decided', () => {
    const decision = fc.constantFrom<HoldDecision>('pass', 'wait', 'lag', 'silence');
    fc.assert(
      fc.property(fc.array(decision, { maxLength: 60 }), (decisions) => {
        const { hold, take, passed } = openHold();
        decisions.forEach(take);
        hold.release();
        const numbers = passed.map((pcm) => pcm[0] ?? Number.NaN);
        assert.equal(numbers.length, decisions.length);
        numbers.forEach((number, index) => {
          assert.ok(number === index + 1 || (number === 0 && decisions.includes('silence')));
        });
        assert.equal(
          hold.silencedSamples,
          numbers.filter((number) => number === 0).length * FRAME_SAMPLES,
        );
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  test('[IHD2] what has waited for 2.5 s goes as it is, and is counted', () => {
    const { hold, take } = openHold();
    const framesMax = INPUT_HOLD_MS_MAX / 20;
    for (let frame = 0; frame < framesMax; frame += 1) assert.deepEqual(take('wait'), []);
    assert.deepEqual(take('wait'), [1]);
    assert.equal(hold.overflowSamples, FRAME_SAMPLES);
    assert.equal(hold.waitingSamples, framesMax * FRAME_SAMPLES);
  });
});

/** What becomes of sounds over an answer: each frame loud or not. */
function filtered(toleranceMs: number, frames: readonly boolean[], isOverAnswer = true) {
  const filter = new BackchannelFilter(toleranceMs);
  const passed: Int16Array[] = [];
  const hold = new InputHold(
    (pcm) => passed.push(pcm.slice()),
    (pcm) => pcm.fill(0),
  );
  for (const isLoud of frames) {
    const pcm = new Int16Array(FRAME_SAMPLES).fill(isLoud ? 9 : 1);
    hold.take(pcm, filter.decide({ samples: FRAME_SAMPLES, isLoud, isOverAnswer }));
  }
  hold.release();
  const all = joined(passed);
  return { loudFrames: all.filter((sample) => sample === 9).length / FRAME_SAMPLES, filter, all };
}

const loud = (ms: number): readonly boolean[] => new Array<boolean>(ms / 20).fill(true);
const quiet = (ms: number): readonly boolean[] => new Array<boolean>(ms / 20).fill(false);

suite('backchannels', () => {
  test('[BCK1] a sound shorter than is tolerated reaches nobody, a longer one does from its beginning', () => {
    const short = filtered(400, [...quiet(200), ...loud(380), ...quiet(400)]);
    assert.deepEqual([short.loudFrames, short.filter.count], [0, 1]);
    const long = filtered(400, [...quiet(200), ...loud(400), ...quiet(400)]);
    assert.deepEqual([long.loudFrames, long.filter.count], [20, 0]);
    assert.equal(short.all.length, 49 * FRAME_SAMPLES);
  });

  test('[BCK2] sounds with less than 300 ms between them count together', () => {
    const words = [...loud(200), ...quiet(280), ...loud(200), ...quiet(400)];
    assert.deepEqual(filtered(400, words).loudFrames, 20);
    const apart = [...loud(200), ...quiet(320), ...loud(200), ...quiet(400)];
    assert.deepEqual([filtered(400, apart).loudFrames, filtered(400, apart).filter.count], [0, 2]);
  });

  test('[BCK3] where no answer plays, or nothing is tolerated, everything goes at once', () => {
    for (const [toleranceMs, isOverAnswer] of [
      [400, false],
      [0, true],
    ] as const) {
      const filter = new BackchannelFilter(toleranceMs);
      const frame = { samples: FRAME_SAMPLES, isLoud: true, isOverAnswer };
      assert.equal(filter.decide(frame), 'pass');
    }
  });

  test('[BCK3] the end of the answer lets go what waits', () => {
    const filter = new BackchannelFilter(400);
    const frame = { samples: FRAME_SAMPLES, isLoud: true, isOverAnswer: true };
    assert.equal(filter.decide(frame), 'wait');
    assert.equal(filter.decide({ ...frame, isOverAnswer: false }), 'pass');
    assert.equal(filter.count, 0);
  });
});
