import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MonotonicMs } from '../time/clock.ts';
import { IcePaths, PATH_COUNT_MAX, PATH_SILENCE_MS } from './ice-paths.ts';

const LOW = { priority: 10, isNominating: true, isProven: true };
const HIGH = { priority: 20, isNominating: true, isProven: true };
const UNNOMINATED = { priority: 90, isNominating: false };
const UNPROVEN = { priority: 30, isNominating: true };

function at(ms: number): MonotonicMs {
  return ms as MonotonicMs;
}

suite("a client's paths", () => {
  test('[ICE5] the first checked path carries media, nominated or not', () => {
    const paths = new IcePaths();
    assert.equal(paths.check('udp', UNNOMINATED, at(0)).selected, 'udp');
    assert.equal(paths.selectedKey, 'udp');
  });

  test('[ICE5] a nominated path of higher priority takes over, one of lower doesn’t', () => {
    const paths = new IcePaths();
    paths.check('tcp', LOW, at(0));
    assert.equal(paths.check('udp', HIGH, at(10)).selected, 'udp');
    assert.equal(paths.check('tcp', LOW, at(20)).selected, undefined);
    assert.equal(paths.check('other', UNNOMINATED, at(30)).selected, undefined);
    assert.equal(paths.selectedKey, 'udp');
  });

  test('[ICE5] a nominated path of lower priority takes over once the better one is silent', () => {
    const paths = new IcePaths();
    paths.check('udp', HIGH, at(0));
    assert.equal(paths.check('tcp', LOW, at(PATH_SILENCE_MS - 1)).selected, undefined);
    assert.equal(paths.check('tcp', LOW, at(PATH_SILENCE_MS)).selected, 'tcp');
  });

  test('[ICE11] the same priority from another address is the client whose address changed', () => {
    const paths = new IcePaths();
    paths.check('old', HIGH, at(0));
    assert.equal(paths.check('new', HIGH, at(10)).selected, 'new');
  });

  test('[ICE12] media from an unknown address is tried while the path is silent, and taken when verified twice', () => {
    const paths = new IcePaths();
    assert.equal(paths.admitsStranger('new', at(0)), false, 'nobody is there yet');
    paths.check('old', HIGH, at(0));
    assert.equal(paths.admitsStranger('new', at(100)), false, 'the path was just heard');
    assert.equal(paths.admitsStranger('new', at(200)), true);
    assert.equal(paths.admitsStranger('another', at(210)), false, 'one at a time');
    assert.equal(paths.verified('new', at(220)).unproven, undefined);
    assert.equal(paths.verified('new', at(240)).unproven, 'new');
    assert.equal(paths.selectedKey, 'old');
    assert.equal(paths.proven('new', at(260)).selected, 'new');
    assert.equal(paths.selectedKey, 'new');
    assert.equal(paths.heardAtMs, at(240));
  });

  test('[ICE12] an address whose media is not verified gives way to the next after 500 ms and 50 packets', () => {
    const paths = new IcePaths();
    paths.check('old', HIGH, at(0));
    const admitted = Array.from({ length: 80 }, (_, index) =>
      paths.admitsStranger('liar', at(300 + index)),
    );
    assert.equal(admitted.filter(Boolean).length, 50);
    assert.equal(paths.admitsStranger('client', at(700)), false);
    assert.equal(paths.admitsStranger('client', at(801)), true);
    paths.verified('client', at(830));
    assert.equal(paths.verified('client', at(831)).unproven, 'client');
  });

  test('[ICE12] what is verified on another path doesn’t count for the address that is tried', () => {
    const paths = new IcePaths();
    paths.check('client', HIGH, at(0));
    assert.equal(paths.admitsStranger('liar', at(300)), true);
    for (let ms = 320; ms < 400; ms += 20) {
      paths.heard('client', at(ms));
      const { selected, unproven } = paths.verified('client', at(ms));
      assert.deepEqual([selected, unproven], [undefined, undefined]);
    }
    assert.equal(paths.selectedKey, 'client');
  });

  test('[ICE18] the first path is taken as it comes, another one once somebody there has answered', () => {
    const paths = new IcePaths();
    assert.equal(paths.check('first', UNPROVEN, at(0)).selected, 'first');
    assert.deepEqual(paths.check('other', UNPROVEN, at(10)), {
      selected: undefined,
      evicted: undefined,
      unproven: 'other',
    });
    assert.equal(paths.check('other', UNPROVEN, at(500)).unproven, 'other', 'silence or not');
    assert.equal(paths.proven('other', at(600)).selected, 'other');
    // Back where it began, which hasn't answered yet.
    assert.equal(paths.check('first', UNPROVEN, at(700)).unproven, 'first');
    assert.equal(paths.check('other', UNPROVEN, at(710)).unproven, undefined);
    assert.equal(paths.selectedKey, 'other');
  });

  test('[ICE18] an answer that comes long after the wish, to no wish, or for a worse path moves nothing', () => {
    const paths = new IcePaths();
    paths.check('first', HIGH, at(0));
    paths.check('other', UNPROVEN, at(0));
    assert.equal(paths.proven('other', at(2_001)).selected, undefined);
    paths.check('unasked', UNNOMINATED, at(2_001));
    assert.equal(paths.proven('unasked', at(2_002)).selected, undefined);
    assert.equal(paths.proven('unknown', at(2_003)).selected, undefined);
    assert.equal(paths.check('worse', { ...LOW, isProven: false }, at(2_300)).unproven, 'worse');
    paths.heard('first', at(2_310));
    assert.equal(paths.proven('worse', at(2_320)).selected, undefined);
    assert.equal(paths.selectedKey, 'first');
  });

  test('[ICE18] nor is a path taken unasked because the one before has ended', () => {
    const paths = new IcePaths();
    paths.check('tcp', HIGH, at(0));
    paths.remove('tcp');
    assert.equal(paths.check('udp', UNPROVEN, at(1)).unproven, 'udp');
    assert.equal(paths.proven('udp', at(2)).selected, 'udp');
  });

  test('[ICE5] paths are bounded: the one that was silent longest goes, never the selected one', () => {
    const paths = new IcePaths();
    paths.check('selected', { priority: 99, isNominating: true }, at(0));
    for (let index = 1; index < PATH_COUNT_MAX; index += 1)
      paths.check(`p${index}`, UNNOMINATED, at(index));
    assert.equal(paths.check('one more', UNNOMINATED, at(100)).evicted, 'p1');
    assert.equal(paths.size, PATH_COUNT_MAX);
    assert.ok(paths.has('selected'));
  });

  test('[ICE5] a path that is gone leaves room for the next check, whatever its priority', () => {
    const paths = new IcePaths();
    paths.check('udp', HIGH, at(0));
    paths.remove('udp');
    const check = { priority: 1, isNominating: false, isProven: true };
    assert.equal(paths.check('tcp', check, at(1)).selected, 'tcp');
  });
});
