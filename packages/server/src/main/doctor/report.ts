import type { CheckState } from './check.ts';
import type { CheckResult } from './examine.ts';

/** The JSON report of `prism doctor`. Fields and names of checks stay; new ones may come. */
export interface DoctorReport {
  /** Counts up when something here changes its meaning. */
  readonly format: 1;
  readonly prismVersion: string;
  /** `start`: can a server start here? `server`: does the one at `url` work? */
  readonly mode: 'start' | 'server';
  readonly url?: string;
  /** The worst state there is, skipped ones left out. */
  readonly verdict: Exclude<CheckState, 'skipped'>;
  readonly counts: Readonly<Record<CheckState, number>>;
  readonly checks: readonly CheckResult[];
}

export function reportOf(
  checks: readonly CheckResult[],
  about: Pick<DoctorReport, 'prismVersion' | 'mode'> & { readonly url: string | undefined },
): DoctorReport {
  const countOf = (wanted: CheckState): number =>
    checks.filter(({ state }) => state === wanted).length;
  const counts = {
    ok: countOf('ok'),
    warn: countOf('warn'),
    fail: countOf('fail'),
    skipped: countOf('skipped'),
  };
  const { prismVersion, mode, url } = about;
  return {
    format: 1,
    prismVersion,
    mode,
    ...(url === undefined ? {} : { url }),
    verdict: counts.fail > 0 ? 'fail' : counts.warn > 0 ? 'warn' : 'ok',
    counts,
    checks,
  };
}

const MARKS: Readonly<Record<CheckState, string>> = {
  ok: 'ok  ',
  warn: 'WARN',
  fail: 'FAIL',
  skipped: '-   ',
};
const COLOURS: Readonly<Record<CheckState, string>> = {
  ok: '\u001b[32m',
  warn: '\u001b[33m',
  fail: '\u001b[31m',
  skipped: '\u001b[2m',
};
const RESET = '\u001b[0m';
const NAME_WIDTH = 20;
const INDENT = ' '.repeat(2 + 4 + 2 + NAME_WIDTH + 2);

/** A result as lines for people: what was seen, and below it what to do and where to read on. Readable without colour. */
export function linesOf(result: CheckResult, isColoured: boolean): readonly string[] {
  const { state, name, subject, seen, advice, docs } = result;
  const mark = isColoured ? `${COLOURS[state]}${MARKS[state]}${RESET}` : MARKS[state];
  const what = subject === undefined ? seen : `${subject}: ${seen}`;
  const head = `  ${mark}  ${name.padEnd(NAME_WIDTH)}  ${what}`;
  return advice === undefined ? [head] : [head, `${INDENT}> ${advice}`, `${INDENT}  ${docs}`];
}

/** The last line: what it comes to. */
export function verdictLine({ verdict, counts, mode }: DoctorReport): string {
  const { ok, warn, fail, skipped } = counts;
  const tally = `${ok} ok, ${warn} to look at, ${fail} failed, ${skipped} skipped`;
  const sentence = {
    start: {
      ok: 'Prism can start here.',
      warn: 'Prism can start here; see what is marked WARN.',
      fail: "Prism can't serve calls from here until what is marked FAIL is mended.",
    },
    server: {
      ok: 'This server works.',
      warn: 'This server works; see what is marked WARN.',
      fail: 'Not everything works with this server: see what is marked FAIL.',
    },
  }[mode][verdict];
  return `${sentence} (${tally})`;
}
