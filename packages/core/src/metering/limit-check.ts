import type { SessionLimits } from '@prism/protocol';
import { after, type MonotonicMs } from '../time/clock.ts';
import { WARNING_SHARE } from './budget-account.ts';
import type { Spending } from './spending.ts';

/** What can end a session: its own limits, by member of {@link SessionLimits}, and a budget that it shares. */
export type LimitName = 'session' | 'idle' | 'tokens' | 'audio' | 'cost' | 'budget';

/** What is due now. */
export interface LimitsDue {
  readonly warnings: readonly LimitName[];
  readonly reached: LimitName | undefined;
}

const AMOUNTS = [
  ['tokens', 'tokens', 'tokens'],
  ['audio', 'audioMs', 'audioMs'],
  ['cost', 'costMicroUsd', 'costMicroUsd'],
] as const satisfies readonly (readonly [LimitName, keyof Spending, keyof SessionLimits])[];

/** Holds a session to its limits. Each is warned of once; silence each time that it goes on for so long. */
export class LimitCheck {
  readonly #limits: SessionLimits;
  readonly #openedAtMs: MonotonicMs;
  readonly #warned = new Set<LimitName>();
  /** Since when nobody speaks; `undefined` while somebody does. */
  #idleSinceMs: MonotonicMs | undefined;

  constructor(limits: SessionLimits, nowMs: MonotonicMs) {
    this.#limits = limits;
    this.#openedAtMs = nowMs;
    this.#idleSinceMs = nowMs;
  }

  /** False if nothing is ever due. */
  get isLimited(): boolean {
    return Object.values(this.#limits).some((max) => typeof max === 'number');
  }

  /** When time alone makes something due; `undefined` if it never does. */
  get nextMs(): MonotonicMs | undefined {
    const moments = this.#times().map(({ name, warnAtMs, endAtMs }) =>
      this.#warned.has(name) ? endAtMs : warnAtMs,
    );
    return moments.length === 0 ? undefined : (Math.min(...moments) as MonotonicMs);
  }

  /** What is left of the limits; never nothing, since that would be no limit. */
  left(used: Spending, nowMs: MonotonicMs): SessionLimits {
    const minus = (limit: number | undefined, amount: number): number | undefined =>
      limit === undefined ? undefined : Math.max(1, Math.floor(limit - amount));
    const { sessionMs, tokens, audioMs, costMicroUsd } = this.#limits;
    return {
      ...this.#limits,
      sessionMs: minus(sessionMs, nowMs - this.#openedAtMs),
      tokens: minus(tokens, used.tokens),
      audioMs: minus(audioMs, used.audioMs),
      costMicroUsd: minus(costMicroUsd, used.costMicroUsd),
    };
  }

  /** Somebody speaks. */
  spoken(): void {
    this.#idleSinceMs = undefined;
    this.#warned.delete('idle');
  }

  /** Nobody speaks since then, which may be yet to come. */
  silent(sinceMs: MonotonicMs): void {
    this.#idleSinceMs = sinceMs;
  }

  /** What `used` and the time make due. Warnings are told once. */
  due(used: Spending, nowMs: MonotonicMs): LimitsDue {
    const states = [
      ...AMOUNTS.flatMap(([name, kind, limit]) => {
        const max = this.#limits[limit];
        if (max === undefined) return [];
        return [{ name, isNear: used[kind] >= WARNING_SHARE * max, isReached: used[kind] >= max }];
      }),
      ...this.#times().map(({ name, warnAtMs, endAtMs }) => ({
        name,
        isNear: nowMs >= warnAtMs,
        isReached: nowMs >= endAtMs,
      })),
    ];
    const reached = states.find(({ isReached }) => isReached)?.name;
    if (reached !== undefined) return { warnings: [], reached };
    const warnings = states.flatMap(({ name, isNear }) =>
      isNear && !this.#warned.has(name) ? [name] : [],
    );
    for (const name of warnings) this.#warned.add(name);
    return { warnings, reached };
  }

  #times(): readonly {
    readonly name: LimitName;
    readonly warnAtMs: MonotonicMs;
    readonly endAtMs: MonotonicMs;
  }[] {
    const { sessionMs, idleMs } = this.#limits;
    const since = [
      ['session', this.#openedAtMs, sessionMs],
      ['idle', this.#idleSinceMs, idleMs],
    ] as const;
    return since.flatMap(([name, sinceMs, max]) =>
      sinceMs === undefined || max === undefined
        ? []
        : [{ name, warnAtMs: after(sinceMs, WARNING_SHARE * max), endAtMs: after(sinceMs, max) }],
    );
  }
}
