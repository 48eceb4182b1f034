import { type Spread, spreadOf } from './spread.ts';
import type { TrialNetwork } from './trial-ear.ts';

/** What a report ends with whose trial was stopped. */
export const STOPPED_LINE = 'stopped   by a signal: this is what was measured until then';

/** Jitter of each call that anything came of: where nothing came it isn't 0, but unknown. */
export function jitterOf(
  networks: readonly Pick<TrialNetwork, 'packetsReceived' | 'jitterMs'>[],
): Spread | undefined {
  return spreadOf(
    networks.flatMap(({ packetsReceived, jitterMs }) => (packetsReceived === 0 ? [] : [jitterMs])),
  );
}
