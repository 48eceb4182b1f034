import { z } from 'zod';
import type { SeededRandom } from './seeded-random.ts';

/** The longest time that a script may ask for: ten minutes. */
export const DURATION_MS_MAX = 600_000;

const ms = z.number().min(0).max(DURATION_MS_MAX);

/** A length of time, or how lengths are spread. A bare number is always the same. */
export const distributionSchema = z.union([
  ms.transform((value) => ({ type: 'const' as const, ms: value })),
  z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('const'), ms }),
    z.strictObject({ type: z.literal('uniform'), from_ms: ms, to_ms: ms }),
    z.strictObject({ type: z.literal('normal'), mean_ms: ms, deviation_ms: ms }),
    z.strictObject({ type: z.literal('lognormal'), p50_ms: ms.min(1), p95_ms: ms.min(1) }),
  ]),
]);

export type Distribution = z.infer<typeof distributionSchema>;

/** The 95th percentile of the normal distribution, in deviations. */
const Z95 = 1.644_853_627;

/** A normally distributed number of mean 0 and deviation 1 (Box and Muller). */
function gaussian(random: SeededRandom): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
  return radius * Math.cos(2 * Math.PI * random.next());
}

function draw(distribution: Distribution, random: SeededRandom): number {
  switch (distribution.type) {
    case 'const':
      return distribution.ms;
    case 'uniform': {
      const { from_ms: fromMs, to_ms: toMs } = distribution;
      return fromMs + (toMs - fromMs) * random.next();
    }
    case 'normal':
      return distribution.mean_ms + distribution.deviation_ms * gaussian(random);
    case 'lognormal': {
      const deviation = Math.log(distribution.p95_ms / distribution.p50_ms) / Z95;
      return distribution.p50_ms * Math.exp(deviation * gaussian(random));
    }
  }
}

/** Draws a length in milliseconds, never negative and at most {@link DURATION_MS_MAX}. */
export function sampleMs(distribution: Distribution, random: SeededRandom): number {
  return Math.min(DURATION_MS_MAX, Math.max(0, draw(distribution, random)));
}
