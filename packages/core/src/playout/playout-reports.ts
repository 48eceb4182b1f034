import type { PlayoutReport } from '@prism/protocol';
import type { MonotonicMs } from '../time/clock.ts';

/** A client's report of what it plays, with the time at which it reached Prism. */
export interface ReceivedReport {
  readonly report: PlayoutReport;
  readonly receivedAtMs: MonotonicMs;
}

/** The newest playout report of a session's client. Reports that arrive out of order are counted and left. */
export class PlayoutReports {
  #latest: ReceivedReport | undefined;
  #receivedCount = 0;
  #staleCount = 0;

  /** `undefined` for a client that doesn't report. */
  get latest(): ReceivedReport | undefined {
    return this.#latest;
  }

  get receivedCount(): number {
    return this.#receivedCount;
  }

  /** Reports left because a later one had come before them. */
  get staleCount(): number {
    return this.#staleCount;
  }

  receive(report: PlayoutReport, nowMs: MonotonicMs): void {
    this.#receivedCount += 1;
    const latest = this.#latest?.report;
    if (latest !== undefined && report.client_time_ms < latest.client_time_ms) {
      this.#staleCount += 1;
      return;
    }
    this.#latest = { report, receivedAtMs: nowMs };
  }
}
