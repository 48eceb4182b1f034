import { type AssertionResult, tallyOf } from '../kit/run-kit.ts';

/** A report for programs. Counts, then every assertion with its verdict. */
export function jsonReport(
  results: readonly AssertionResult[],
  about: { readonly url: string; readonly transport: string },
): string {
  const { passedCount, failedCount, skippedCount } = tallyOf(results);
  return JSON.stringify(
    {
      ...about,
      passed: passedCount,
      failed: failedCount,
      skipped: skippedCount,
      assertions: results.map(
        ({ id, group, statement, reference, needs, verdict, durationMs }) => ({
          id,
          group,
          statement,
          reference,
          needs,
          duration_ms: durationMs,
          verdict,
        }),
      ),
    },
    null,
    2,
  );
}
