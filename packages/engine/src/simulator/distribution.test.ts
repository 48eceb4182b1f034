import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  type Distribution,
  DURATION_MS_MAX,
  distributionSchema,
  sampleMs,
} from './distribution.ts';
import { derivedSeed, seededRandom } from './seeded-random.ts';

function samples(distribution: Distribution, count = 20_000): number[] {
  const random = seededRandom(5);
  return Array.from({ length: count }, () => sampleMs(distribution, random)).sort(
    (left, right) => left - right,
  );
}

function quantile(sorted: readonly number[], ratio: number): number {
  return sorted[Math.floor(sorted.length * ratio)] ?? Number.NaN;
}

function near(actual: number, expected: number, ratio = 0.03): void {
  assert.ok(Math.abs(actual - expected) <= expected * ratio, `${actual} is not about ${expected}`);
}

test('[SIM4] lengths follow their distribution', () => {
  assert.deepEqual(samples({ type: 'const', ms: 7 }, 3), [7, 7, 7]);
  const uniform = samples({ type: 'uniform', from_ms: 100, to_ms: 300 });
  near(quantile(uniform, 0.5), 200);
  assert.ok(quantile(uniform, 0) >= 100 && (uniform.at(-1) ?? 0) <= 300);
  const normal = samples({ type: 'normal', mean_ms: 500, deviation_ms: 50 });
  near(quantile(normal, 0.5), 500);
  near(quantile(normal, 0.8413), 550);
  const lognormal = samples({ type: 'lognormal', p50_ms: 420, p95_ms: 1_100 });
  near(quantile(lognormal, 0.5), 420);
  near(quantile(lognormal, 0.95), 1_100, 0.06);
});

test('[SIM4] a length is never negative nor longer than ten minutes', () => {
  const wild: Distribution = { type: 'normal', mean_ms: 100, deviation_ms: 600_000 };
  const drawn = samples(wild, 1_000);
  assert.equal(drawn[0], 0);
  assert.equal(drawn.at(-1), DURATION_MS_MAX);
});

test('[SIM4] a bare number is a constant, and nonsense is refused', () => {
  assert.deepEqual(distributionSchema.parse(40), { type: 'const', ms: 40 });
  assert.equal(distributionSchema.safeParse(-1).success, false);
  assert.equal(distributionSchema.safeParse({ type: 'poisson', ms: 1 }).success, false);
});

test('[SIM1] the same seed gives the same numbers, another one others', () => {
  const take = (seed: number): number[] => {
    const random = seededRandom(seed);
    return Array.from({ length: 50 }, () => random.next());
  };
  fc.assert(
    fc.property(fc.nat(), fc.nat(10_000), (seed, index) => {
      const derived = derivedSeed(seed, index);
      assert.deepEqual(take(derived), take(derived));
      assert.notDeepEqual(take(derived), take(derivedSeed(seed, index + 1)));
      assert.ok(take(derived).every((number) => number >= 0 && number < 1));
    }),
    { numRuns: 100, seed: 1 },
  );
});
