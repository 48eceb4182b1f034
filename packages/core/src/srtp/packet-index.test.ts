import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RECORD_SEQUENCE_MAX } from '@prism/protocol';
import { Dice } from '../testing/world/dice.ts';
import { estimatePacketIndex, PACKET_INDEX_MAX } from './packet-index.ts';
import { REPEAT_WINDOW_PACKETS, RepeatGuard } from './repeat-guard.ts';
import { REPLAY_WINDOW_PACKETS, ReplayWindow } from './replay-window.ts';

suite('index of a packet', () => {
  test('[SRT3] the number next to the highest is the one that is meant', () => {
    const dice = new Dice(3_711);
    for (let round = 0; round < 20_000; round += 1) {
      const highest = dice.between(0, round % 2 === 0 ? 200_000 : 2 ** 40);
      const meant = highest + dice.between(-32_767, 32_767);
      if (meant < 0) continue;
      // Before the first wrap there is nothing far below.
      if (highest < 65_536 && meant > highest + 32_767) continue;
      assert.equal(estimatePacketIndex(highest, meant % 65_536), meant, `${highest} → ${meant}`);
    }
  });

  test('[SRT3] half of the circle is decided as the RFC has it, and the first packet is of the first round', () => {
    assert.equal(estimatePacketIndex(-1, 65_535), 65_535);
    // s_l < 32768: only what is more than half ahead is of the round before.
    assert.equal(estimatePacketIndex(65_536 + 100, 100 + 32_768), 65_536 + 100 + 32_768);
    assert.equal(estimatePacketIndex(65_536 + 100, 100 + 32_769), 100 + 32_769);
    // s_l ≥ 32768: only what is more than half behind is of the round after.
    assert.equal(estimatePacketIndex(40_000, 40_000 - 32_768), 40_000 - 32_768);
    assert.equal(estimatePacketIndex(40_000, 40_000 - 32_769), 65_536 + 40_000 - 32_769);
    // In the first round nothing is before it.
    assert.equal(estimatePacketIndex(100, 60_000), 60_000);
  });

  test('[SRT3] the last index of a key has none after it', () => {
    assert.equal(estimatePacketIndex(PACKET_INDEX_MAX, 65_535), PACKET_INDEX_MAX);
    assert.ok(estimatePacketIndex(PACKET_INDEX_MAX, 0) > PACKET_INDEX_MAX);
  });
});

suite('replay window', () => {
  test('[SRT4] every index is new once, as a plain set of all of them says', () => {
    const dice = new Dice(4);
    const window = new ReplayWindow();
    const came = new Set<number>();
    let highest = -1;
    for (let round = 0; round < 50_000; round += 1) {
      // Mostly near the highest, now and then a leap longer than the window.
      const leap = dice.chance(0.001) ? 3 * REPLAY_WINDOW_PACKETS : 3;
      const behind = dice.chance(0.05) ? 2 * REPLAY_WINDOW_PACKETS : 40;
      const index = Math.max(0, highest + dice.between(-behind, leap));
      const expected =
        index <= highest - REPLAY_WINDOW_PACKETS ? 'too_old' : came.has(index) ? 'replayed' : 'new';
      assert.equal(window.judge(index), expected, `round ${round}: ${index} of ${highest}`);
      if (expected !== 'new') continue;
      window.accept(index);
      came.add(index);
      highest = Math.max(highest, index);
      assert.equal(window.highestIndex, highest);
    }
    assert.ok(highest > 10 * REPLAY_WINDOW_PACKETS);
  });

  test('[SRT4] nothing is noted before it is accepted', () => {
    const window = new ReplayWindow();
    window.accept(5_000);
    for (const index of [5_001, 4_999, 9_000]) assert.equal(window.judge(index), 'new');
    assert.equal(window.highestIndex, 5_000);
    assert.equal(window.judge(5_000 - REPLAY_WINDOW_PACKETS + 1), 'new');
    assert.equal(window.judge(5_000 - REPLAY_WINDOW_PACKETS), 'too_old');
  });

  test('[DTL30] the largest number of a record is one as well', () => {
    const window = new ReplayWindow();
    window.accept(RECORD_SEQUENCE_MAX);
    assert.equal(window.judge(RECORD_SEQUENCE_MAX), 'replayed');
    assert.equal(window.judge(RECORD_SEQUENCE_MAX - 1), 'new');
    assert.equal(window.judge(0), 'too_old');
  });
});

suite('repeats', () => {
  const tag = (seed: number): Uint8Array => Uint8Array.from({ length: 16 }, (_, at) => seed + at);

  test('[SRT9] an index is admitted again with the same tag alone', () => {
    const guard = new RepeatGuard();
    for (let index = 0; index < 300; index += 1) assert.ok(guard.admits(index, tag(index), 0));
    for (let index = 300 - REPEAT_WINDOW_PACKETS; index < 300; index += 1) {
      assert.ok(guard.admits(index, tag(index), 0), `${index} again`);
      assert.ok(!guard.admits(index, tag(index + 1), 0), `${index} as another`);
      assert.ok(guard.admits(index, tag(index), 0), `${index} once more`);
    }
    assert.equal(guard.highestIndex, 299);
  });

  test('[SRT9] one byte of a tag is enough to tell packets apart', () => {
    for (let at = 0; at < 8; at += 1) {
      const guard = new RepeatGuard();
      const other = tag(1);
      other[at] = 0xff;
      assert.ok(guard.admits(7, tag(1), 0));
      assert.ok(!guard.admits(7, other, 0), `byte ${at}`);
    }
  });

  test('[SRT9] what was skipped may come late; what is too old may not', () => {
    const guard = new RepeatGuard();
    assert.ok(guard.admits(1_000, tag(1), 0));
    assert.ok(guard.admits(1_000 - REPEAT_WINDOW_PACKETS + 1, tag(2), 0));
    assert.ok(!guard.admits(1_000 - REPEAT_WINDOW_PACKETS, tag(3), 0));
  });
});
