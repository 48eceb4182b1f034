import { after } from '@prism/core';
import {
  type Check,
  type CheckId,
  type CheckState,
  type Finding,
  milliseconds,
  rounded,
  skipped,
} from './check.ts';
import type { DoctorEnvironment } from './environment.ts';

/** One check of the report. */
export interface CheckResult extends Finding {
  readonly id: CheckId;
  readonly name: string;
  readonly subject?: string;
  /** Where its section is, from the top of the repository. */
  readonly docs: string;
  readonly tookMs: number;
}

export interface ExamineOptions {
  readonly environment: DoctorEnvironment;
  /** Values that never appear in a result. */
  readonly secrets: readonly string[];
  /** Told before a check runs, and of each result as it comes. */
  readonly onBegin?: (check: Check) => void;
  readonly onResult?: (result: CheckResult) => void;
}

const GUIDE_PATH = 'docs/guides/doctor.md';
const OVERDUE_ADVICE =
  "Find out what drops packets on the way: a firewall, a proxy or a wrong address doesn't answer at all.";

/** Runs the checks one after the other, each within its time. Never rejects for what a check finds. */
export async function examine(
  checks: readonly Check[],
  { environment, secrets, onBegin, onResult }: ExamineOptions,
): Promise<readonly CheckResult[]> {
  const results: CheckResult[] = [];
  const redact = redactor(secrets);
  for (const check of checks) {
    onBegin?.(check);
    const missing = missingNeed(check, results);
    const startMs = environment.clock.nowMs();
    const finding =
      missing === undefined
        ? await runWithin(check, environment)
        : skipped(`not tried: see ${missing}`);
    const { state, seen, advice, figures } = finding;
    const result: CheckResult = {
      id: check.id,
      name: check.name,
      ...(check.subject === undefined ? {} : { subject: redact(check.subject) }),
      state,
      seen: redact(seen),
      ...(advice === undefined ? {} : { advice: redact(advice) }),
      ...(figures === undefined ? {} : { figures }),
      docs: `${GUIDE_PATH}#${anchorOf(check.name)}`,
      tookMs: rounded(environment.clock.nowMs() - startMs),
    };
    results.push(result);
    onResult?.(result);
  }
  return results;
}

/** The name of a check that had to be good before this one, and wasn't. */
function missingNeed(check: Check, results: readonly CheckResult[]): string | undefined {
  const isBad = ({ state }: { readonly state: CheckState }): boolean =>
    state === 'fail' || state === 'skipped';
  return check.needs
    ?.map((id) => results.find((result) => result.id === id))
    .find((result) => result !== undefined && isBad(result))?.name;
}

async function runWithin(check: Check, environment: DoctorEnvironment): Promise<Finding> {
  const { clock } = environment;
  const abort = new AbortController();
  let cancel: () => void = () => undefined;
  const overdue = new Promise<Finding>((resolve) => {
    const timer = clock.setTimer(after(clock.nowMs(), check.limitMs), () => {
      abort.abort();
      const seen = `no answer within ${milliseconds(check.limitMs)}`;
      resolve({ state: 'fail', seen, advice: OVERDUE_ADVICE });
    });
    cancel = () => timer.cancel();
  });
  try {
    return await Promise.race([check.run(environment, abort.signal), overdue]);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return {
      state: 'fail',
      seen: `the check itself failed: ${detail}`,
      advice: 'Report this as a bug of prism doctor.',
    };
  } finally {
    cancel();
    abort.abort();
  }
}

/** The anchor that GitHub gives a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

/** Secrets shorter than this would take ordinary words out of the text. */
const SECRET_CHARS_MIN = 6;

function redactor(secrets: readonly string[]): (text: string) => string {
  const long = secrets.filter((secret) => secret.length >= SECRET_CHARS_MIN);
  return (text) => long.reduce((left, secret) => left.replaceAll(secret, '[secret]'), text);
}
