import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AssertionResult } from '../kit/run-kit.ts';
import { jsonReport } from './json.ts';
import { junitReport } from './junit.ts';
import { plainLines, tallyLine } from './plain.ts';

const heading = {
  group: 'items',
  statement: 'is "so" & <so>',
  reference: 'page',
  needs: [],
} as const;

const RESULTS: readonly AssertionResult[] = [
  { ...heading, id: 'items.a', verdict: { type: 'passed' }, durationMs: 5 },
  {
    ...heading,
    id: 'items.b',
    verdict: { type: 'failed', expected: 'x 1', got: '2', excerpt: { type: 'e\u0001' } },
    durationMs: 1_234,
  },
  { ...heading, id: 'items.c', verdict: { type: 'skipped', reason: 'none' }, durationMs: 0 },
];

test('[KIT7] each assertion is a line with its mark; a failed one says what, where and by which page', () => {
  assert.deepEqual(RESULTS.flatMap(plainLines), [
    '✔ items.a  is "so" & <so>',
    '✗ items.b  is "so" & <so>',
    '    expected   x 1',
    '    got        2',
    '    in         {"type":"e\\u0001"}',
    '    reference  page',
    '– items.c  is "so" & <so>  (none)',
  ]);
  const tally = { passedCount: 1, failedCount: 1, skippedCount: 1 };
  assert.equal(tallyLine(tally), '1 passed, 1 failed, 1 skipped');
});

test('[KIT8] the JUnit report has a suite for each group, and is well-formed whatever came', () => {
  const name = 'is &quot;so&quot; &amp; &lt;so&gt;';
  assert.equal(
    junitReport(RESULTS),
    [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites name="conformance" tests="3" failures="1" skipped="1">',
      '  <testsuite name="items" tests="3" failures="1" skipped="1">',
      `    <testcase classname="items" name="items.a: ${name}" time="0.005"/>`,
      `    <testcase classname="items" name="items.b: ${name}" time="1.234">`,
      '      <failure message="expected x 1, got 2">expected x 1, got 2',
      'in {&quot;type&quot;:&quot;e\\u0001&quot;}',
      'reference: page</failure>',
      '    </testcase>',
      `    <testcase classname="items" name="items.c: ${name}" time="0.000">`,
      '      <skipped message="none"/>',
      '    </testcase>',
      '  </testsuite>',
      '</testsuites>',
      '',
    ].join('\n'),
  );
  const odd: AssertionResult = {
    ...heading,
    id: 'items.d',
    verdict: { type: 'skipped', reason: 'a\u0000b' },
    durationMs: 0,
  };
  assert.match(junitReport([odd]), /message="a\?b"/);
});

test('[KIT8] the JSON report has the counts and every verdict', () => {
  const report: unknown = JSON.parse(jsonReport(RESULTS, { url: 'u', transport: 'websocket' }));
  assert.ok(typeof report === 'object' && report !== null && 'assertions' in report);
  const { assertions, ...counts } = report;
  assert.deepEqual(counts, { url: 'u', transport: 'websocket', passed: 1, failed: 1, skipped: 1 });
  assert.ok(Array.isArray(assertions));
  assert.deepEqual(assertions[1], {
    id: 'items.b',
    group: 'items',
    statement: heading.statement,
    reference: 'page',
    needs: [],
    duration_ms: 1_234,
    verdict: RESULTS[1]?.verdict,
  });
});
