import type { PlayoutReport } from '@prism/protocol';
import { hasDecoded, playedAt, type StreamPlace } from './listener-clock.ts';

/** Reports of an answer that are asked for. */
const REPORT_COUNT = 3;
/** Reports that are further apart than this aren't both right: a browser's figures are wild when it has choked. */
const WILD_MS_MIN = 40;
/** A third report that is further from the mean of the first two tells of a jitter buffer that was stretched since. */
const STRETCHED_MS_MIN = 15;
/** Half of what two reports of one answer differ by as a rule. */
const SINGLE_REPORT_ERROR_MS = 5;

/**
 * When the first sound of an answer left the loudspeaker, on the client's clock: the mean of the first three reports
 * since its packet was decoded.
 *
 * A browser tells which packet was decoded last, and it decodes 20 ms of sound for every second 10 ms of output: each
 * report is off by its place in that grid, and three are less. The third doesn't count where it is further off than a
 * grid, and where the first two contradict each other the one in the middle counts alone.
 */
export class HeardSound {
  readonly #place: StreamPlace;
  /** By each report, in the order in which they came. */
  readonly #atMs: number[] = [];
  /** Of these reports the quickest way here: arrival less the client's time. */
  #quickestMs = Number.POSITIVE_INFINITY;

  constructor(place: StreamPlace) {
    this.#place = place;
  }

  /** `undefined` before a report has said so. */
  get atClientMs(): number | undefined {
    const [first, second = first, third] = this.#atMs;
    if (first === undefined || second === undefined) return undefined;
    const meanMs = (first + second) / 2;
    if (third === undefined) return meanMs;
    if (Math.abs(first - second) < WILD_MS_MIN)
      return Math.abs(third - meanMs) < STRETCHED_MS_MIN ? (first + second + third) / 3 : meanMs;
    return [first, second, third].sort((one, other) => one - other)[1];
  }

  /** How far off that may be: how far each report is from it, the middle one of that. */
  get errorMs(): number {
    const atMs = this.atClientMs;
    if (atMs === undefined) return SINGLE_REPORT_ERROR_MS;
    const offMs = this.#atMs.map((each) => Math.abs(each - atMs)).sort((one, other) => one - other);
    return offMs[1] ?? SINGLE_REPORT_ERROR_MS;
  }

  get quickestMs(): number {
    return this.#quickestMs;
  }

  /** Takes a report that came at `nowMs`. */
  reported(report: PlayoutReport, nowMs: number): void {
    if (report.ssrc !== this.#place.ssrc || this.#atMs.length === REPORT_COUNT) return;
    if (this.#atMs.length === 0 && !hasDecoded(this.#place, report)) return;
    this.#quickestMs = Math.min(this.#quickestMs, nowMs - report.client_time_ms);
    this.#atMs.push(playedAt(this.#place.rtpTimestamp, report));
  }
}
