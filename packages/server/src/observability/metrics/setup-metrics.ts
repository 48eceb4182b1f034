import { measureSetup, SETUP_PARTS, type SetupPart } from '@prism/core';
import type { ObservedSession } from '../../runtime/ports/session-observer.ts';
import type { MetricSet } from './metric-set.ts';

/** The set-up of one session: each part of it is observed once, when it is asked for and known. */
export class SetupMetrics {
  readonly #set: MetricSet;
  readonly #session: ObservedSession;
  readonly #observed = new Set<SetupPart>();

  constructor(set: MetricSet, session: ObservedSession) {
    this.#set = set;
    this.#session = session;
  }

  observe(): void {
    const setup = this.#session.timeline()?.setup;
    if (setup === undefined) return;
    const durations = measureSetup(setup);
    for (const part of SETUP_PARTS) {
      const durationMs = durations[part];
      if (durationMs === undefined || this.#observed.has(part)) continue;
      this.#observed.add(part);
      this.#set.observe('prism_session_setup_seconds', { part }, durationMs / 1_000);
    }
  }
}
