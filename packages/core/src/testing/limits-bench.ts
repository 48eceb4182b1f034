import { controllerIdFromCount, NO_LIMITS, OPEN_ACCESS, type SessionLimits } from '@prism/protocol';
import { DEFAULT_FAREWELL, priceTableWith } from '../metering/metering-options.ts';
import type { SpendingReport, UsageEntry } from '../metering/usage-entry.ts';
import type { SessionOptions } from '../session/session-contract.ts';
import { SessionBench, serverEvent } from './session-bench.ts';

/** The client of a session under test. */
export const CONTROLLER_ID = controllerIdFromCount(1);

/** A token of audio that comes out costs 10 millionths, one that goes in 1. */
const PRICES = priceTableWith({ m: { perMillionTokens: { audioIn: 1, audioOut: 10, textIn: 1 } } });

/** A live session with limits, whose usage has a price. */
export function bench(
  limits: Partial<SessionLimits>,
  options: Partial<SessionOptions> = {},
  isBudgeted = false,
): SessionBench {
  const metering = { prices: PRICES, model: 'm', isBudgeted, farewell: DEFAULT_FAREWELL };
  const access = { ...OPEN_ACCESS, limits: { ...NO_LIMITS, ...limits } };
  return SessionBench.live({ access, metering, ...options });
}

/** What the session has told of its spending. */
export function reports(test_: SessionBench): readonly SpendingReport[] {
  return test_.effects.flatMap((effect) => (effect.type === 'spending' ? [effect.report] : []));
}

/** What it has used, in the order told. */
export function entries(test_: SessionBench, kind?: UsageEntry['kind']): readonly UsageEntry[] {
  return reports(test_).flatMap((report) =>
    report.type === 'used' && (kind === undefined || report.entry.kind === kind)
      ? [report.entry]
      : [],
  );
}

/** A response of so many tokens of audio, and nothing else. */
export function respond(test_: SessionBench, id: string, audioOut: number): void {
  test_.responseCreated(id);
  test_.post(
    serverEvent({
      type: 'response.done',
      response: {
        id,
        status: 'completed',
        usage: {
          input_tokens: 0,
          output_tokens: audioOut,
          output_token_details: { audio_tokens: audioOut },
        },
      },
    }),
  );
}
