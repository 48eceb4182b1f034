import type { Verdict } from '../kit/exchange.ts';
import type { AssertionResult, Tally } from '../kit/run-kit.ts';

const MARKS: Readonly<Record<Verdict['type'], string>> = { passed: '✔', failed: '✗', skipped: '–' };

/** The most characters of an excerpt of the wire. */
const EXCERPT_CHARS_MAX = 1_200;

/** An assertion as lines of text: one, and three or four more where it failed. */
export function plainLines(result: AssertionResult): readonly string[] {
  const { id, statement, verdict, reference } = result;
  const line = `${MARKS[verdict.type]} ${id}  ${statement}`;
  switch (verdict.type) {
    case 'passed':
      return [line];
    case 'skipped':
      return [`${line}  (${verdict.reason})`];
    case 'failed':
      return [
        line,
        `    expected   ${verdict.expected}`,
        `    got        ${verdict.got}`,
        ...(verdict.excerpt === undefined ? [] : [`    in         ${excerptOf(verdict.excerpt)}`]),
        `    reference  ${reference}`,
      ];
  }
}

/** The last line of a report. */
export function tallyLine({ passedCount, failedCount, skippedCount }: Tally): string {
  return `${passedCount} passed, ${failedCount} failed, ${skippedCount} skipped`;
}

/** A part of the wire on one line, shortened. */
export function excerptOf(excerpt: unknown): string {
  const text = JSON.stringify(excerpt) ?? 'nothing';
  return text.length > EXCERPT_CHARS_MAX ? `${text.slice(0, EXCERPT_CHARS_MAX)}…` : text;
}
