import type { Settings } from '../config/settings.ts';
import type { Health } from '../http/routes/health.ts';
import type { CallService } from '../runtime/call-service.ts';
import type { LoadWatch } from '../runtime/load-watch.ts';
import type { ServerCapacity } from '../runtime/ports/server-capacity.ts';
import { mergedCapacity, mergedReadiness } from '../workers/merge-statuses.ts';
import type { WorkerStatus } from '../workers/messages.ts';
import type { WorkerSeat } from '../workers/worker-seat.ts';
import type { Access } from './open-access.ts';
import type { OpenUpstream } from './open-upstream.ts';

export interface ServerConditionParts {
  readonly settings: Settings;
  readonly calls: CallService;
  readonly load: LoadWatch;
  readonly upstream: OpenUpstream;
  readonly access: Pick<Access, 'warnings'>;
  readonly seat: WorkerSeat | undefined;
}

/** How the server is: of this process, and where there are several workers of all of them. */
export class ServerCondition implements Health {
  readonly #parts: ServerConditionParts;

  constructor(parts: ServerConditionParts) {
    this.#parts = parts;
  }

  notReadyBecause(): readonly string[] {
    return this.#readiness().notReadyBecause;
  }

  warnings(): readonly string[] {
    return this.#readiness().warnings;
  }

  eventLoopDelayMs(): number {
    return this.#parts.load.eventLoopDelayMs;
  }

  capacity(): ServerCapacity {
    return this.#parts.seat === undefined ? this.#capacityHere() : mergedCapacity(this.#all());
  }

  /** Live sessions, and as many as there may be. */
  sessions(): { readonly live: number; readonly max: number } {
    const { seat, calls, settings } = this.#parts;
    if (seat === undefined) return { live: calls.liveCount, max: settings.sessionCountMax };
    const total = (of: (status: WorkerStatus) => number): number =>
      this.#all().reduce((sum, status) => sum + of(status), 0);
    return { live: total(({ liveCount }) => liveCount), max: total(({ placeMax }) => placeMax) };
  }

  /** Of this process, as it tells the other workers. */
  status(): WorkerStatus {
    const { calls, settings } = this.#parts;
    const capacity = this.#capacityHere();
    const notReadyBecause = this.#notReadyHere();
    return {
      ...capacity,
      placeCount: calls.placeCount,
      placeMax: settings.sessionCountMax,
      liveCount: calls.liveCount,
      isTaking: capacity.reasons.length === 0 && notReadyBecause.length === 0,
      notReadyBecause,
      warnings: this.#warningsHere(),
    };
  }

  #all(): readonly WorkerStatus[] {
    return [this.status(), ...(this.#parts.seat?.others.values() ?? [])];
  }

  #readiness(): ReturnType<typeof mergedReadiness> {
    const { seat } = this.#parts;
    if (seat === undefined)
      return { notReadyBecause: this.#notReadyHere(), warnings: this.#warningsHere() };
    const { index, workerCount } = seat.facts;
    return mergedReadiness(new Map([[index, this.status()], ...seat.others]), workerCount);
  }

  #notReadyHere(): readonly string[] {
    const { calls, upstream } = this.#parts;
    return [calls.isDraining ? 'draining' : undefined, upstream.notReadyBecause()].filter(
      (reason) => reason !== undefined,
    );
  }

  /** A server that is full is ready all the same: those who are in a call need it. */
  #warningsHere(): readonly string[] {
    const { access, load } = this.#parts;
    const { isOverloaded, reasons } = load.capacity();
    const full = isOverloaded ? [`no new sessions: ${reasons.join(', ')}`] : [];
    return [...access.warnings(), ...full];
  }

  #capacityHere(): ServerCapacity {
    const { settings, calls, load } = this.#parts;
    const { sessionCountMax: max } = settings;
    const { placeCount: live, isDraining } = calls;
    const { reasons, ...measured } = load.capacity();
    return {
      ...measured,
      live,
      max,
      isDraining,
      reasons: [
        ...(isDraining ? ['draining'] : []),
        ...(live >= max ? ['sessions'] : []),
        ...reasons,
      ],
    };
  }
}
