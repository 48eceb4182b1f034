import type { Verdict } from '../kit/exchange.ts';
import { type AssertionResult, tallyOf } from '../kit/run-kit.ts';
import { excerptOf } from './plain.ts';

/** A report in JUnit's XML, one suite per group, as CI systems read it. */
export function junitReport(results: readonly AssertionResult[]): string {
  const groups = [...new Set(results.map(({ group }) => group))];
  const suites = groups.map((group) =>
    suiteOf(
      group,
      results.filter((result) => result.group === group),
    ),
  );
  const { failedCount, skippedCount } = tallyOf(results);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="conformance" tests="${results.length}" failures="${failedCount}" skipped="${skippedCount}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteOf(group: string, results: readonly AssertionResult[]): string {
  const { failedCount, skippedCount } = tallyOf(results);
  return [
    `  <testsuite name="${group}" tests="${results.length}" failures="${failedCount}" skipped="${skippedCount}">`,
    ...results.map(caseOf),
    '  </testsuite>',
  ].join('\n');
}

function caseOf({ id, group, statement, reference, verdict, durationMs }: AssertionResult): string {
  const head = `    <testcase classname="${group}" name="${escaped(`${id}: ${statement}`)}" time="${(durationMs / 1_000).toFixed(3)}"`;
  const inner = innerOf(verdict, reference);
  return inner === undefined ? `${head}/>` : `${head}>\n      ${inner}\n    </testcase>`;
}

function innerOf(verdict: Verdict, reference: string): string | undefined {
  switch (verdict.type) {
    case 'passed':
      return undefined;
    case 'skipped':
      return `<skipped message="${escaped(verdict.reason)}"/>`;
    case 'failed': {
      const message = `expected ${verdict.expected}, got ${verdict.got}`;
      const detail = [
        message,
        ...(verdict.excerpt === undefined ? [] : [`in ${excerptOf(verdict.excerpt)}`]),
        `reference: ${reference}`,
      ].join('\n');
      return `<failure message="${escaped(message)}">${escaped(detail)}</failure>`;
    }
  }
}

/** Text for XML. Characters that XML can't hold become question marks. */
function escaped(text: string): string {
  return Array.from(text)
    .map((character) => (isAllowed(character.codePointAt(0) ?? 0) ? character : '?'))
    .join('')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function isAllowed(code: number): boolean {
  return (
    code === 9 || code === 10 || code === 13 || (code >= 32 && (code < 0xd800 || code > 0xdfff))
  );
}
