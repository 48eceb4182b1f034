import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import type { RateLimits } from '../auth/rate-limits.ts';
import { AccessBench } from '../testing/access-bench.ts';
import { MemoryRates } from './memory-rates.ts';

const NONE: RateLimits = {
  sessions_per_key: undefined,
  sessions_per_user: undefined,
  sessions_per_address: undefined,
  secrets_per_key: undefined,
  failures_per_address: undefined,
};

/** Rates under a clock of the test's, which the library reads as the system's. */
function withClock(run: (setMs: (ms: number) => void) => Promise<void>): () => Promise<void> {
  return async () => {
    mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 });
    let nowMs = 0;
    try {
      await run((ms) => {
        mock.timers.tick(ms - nowMs);
        nowMs = ms;
      });
    } finally {
      mock.timers.reset();
    }
  };
}

suite('rates in memory', () => {
  test(
    '[RAT1] within a minute of the first so many are let through, then it begins anew',
    withClock(async (setMs) => {
      let nowMs = 0;
      const limits = { ...NONE, sessions_per_key: 3 };
      const rates = new MemoryRates({ limits, nowMs: () => nowMs });
      const count = async (subject: string): Promise<number> => {
        const verdict = await rates.count('sessions_per_key', subject);
        return verdict.isWithin ? 0 : verdict.retryAfterMs;
      };
      const go = (ms: number): void => {
        nowMs = ms;
        setMs(ms);
      };
      assert.deepEqual([await count('a'), await count('a'), await count('a')], [0, 0, 0]);
      go(20_000);
      assert.equal(await count('a'), 40_000);
      assert.equal(await count('b'), 0);
      assert.equal((await rates.count('sessions_per_user', 'a')).isWithin, true);
      go(60_000);
      assert.equal(await count('a'), 0);
    }),
  );

  test(
    '[RAT4] for more subjects than there is room for one allowance is left',
    withClock(async (setMs) => {
      let nowMs = 0;
      const limits = { ...NONE, sessions_per_address: 2 };
      const rates = new MemoryRates({ limits, nowMs: () => nowMs, subjectCountMax: 3 });
      const isWithin = async (subject: string): Promise<boolean> =>
        (await rates.count('sessions_per_address', subject)).isWithin;
      for (const subject of ['a', 'b', 'c', 'd', 'e']) assert.ok(await isWithin(subject), subject);
      assert.ok(!(await isWithin('f')));
      assert.ok(await isWithin('a'));
      assert.equal(rates.crowdedCount, 3);
      nowMs = 60_000;
      setMs(60_000);
      assert.ok(await isWithin('f'));
      assert.equal(rates.crowdedCount, 3);
    }),
  );

  test(
    '[RAT2] an address that guesses is refused for a minute, with a good key too',
    withClock(async (setMs) => {
      let nowMs = 0;
      const limits = { ...NONE, failures_per_address: 3 };
      const rates = new MemoryRates({ limits, nowMs: () => nowMs });
      const bench = new AccessBench({ serverKeys: ['key'], rates });
      const codeOf = async (
        key: string | undefined,
        remoteAddress = '192.0.2.1',
      ): Promise<string> => {
        const headers = {
          host: 'localhost',
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        };
        const admission = await bench.gate.admit(
          { headers, remoteAddress, isTls: false },
          'any_key',
        );
        return admission.isAdmitted ? 'in' : admission.error.code;
      };
      for (let count = 0; count < 10; count += 1)
        assert.equal(await codeOf(undefined), 'invalid_api_key');
      for (let count = 0; count < 3; count += 1)
        assert.equal(await codeOf('guess'), 'invalid_api_key');
      assert.equal(await codeOf('guess'), 'rate_limit_exceeded');
      assert.equal(await codeOf('key'), 'rate_limit_exceeded');
      assert.equal(await codeOf('key', '192.0.2.2'), 'in');
      nowMs = 60_000;
      setMs(60_000);
      assert.equal(await codeOf('key'), 'in');
    }),
  );
});
