import type { ObservedSession } from '../../runtime/ports/session-observer.ts';
import { QUANTILES } from './catalogue/media-metrics.ts';
import { SESSION_STATES, TRANSPORTS, type TransportLabel } from './catalogue/session-metrics.ts';
import type { MetricSet } from './metric-set.ts';
import { numberAt, numberOrNothingAt, SNAPSHOT_GAUGES } from './snapshot-counters.ts';

/** What live sessions are at the moment of a scrape. */
export class LiveFigures {
  readonly #sessionCounts = new Map<string, number>();
  readonly #sums = SNAPSHOT_GAUGES.map(() => 0);
  readonly #rttsMs: number[] = [];
  readonly #jittersMs: number[] = [];

  add(session: ObservedSession, snapshot: object): void {
    const { state } = snapshot as { readonly state?: string };
    const key = `${state} ${transportOf(session, snapshot)}`;
    this.#sessionCounts.set(key, (this.#sessionCounts.get(key) ?? 0) + 1);
    for (const [index, { path }] of SNAPSHOT_GAUGES.entries())
      this.#sums[index] = (this.#sums[index] ?? 0) + numberAt(snapshot, path);
    push(this.#rttsMs, numberOrNothingAt(snapshot, 'media.rttMs'));
    if (numberAt(snapshot, 'media.inbound.packets') > 0)
      push(this.#jittersMs, numberOrNothingAt(snapshot, 'media.inbound.jitterMs'));
  }

  setOn(set: MetricSet): void {
    for (const state of SESSION_STATES) {
      for (const transport of TRANSPORTS) {
        const count = this.#sessionCounts.get(`${state} ${transport}`) ?? 0;
        set.set('prism_sessions', { state, transport }, count);
      }
    }
    for (const [index, { metric, scale }] of SNAPSHOT_GAUGES.entries())
      set.set(metric, {}, (this.#sums[index] ?? 0) * scale);
    this.#rttsMs.sort(ascending);
    this.#jittersMs.sort(ascending);
    for (const quantile of QUANTILES) {
      const share = Number(quantile);
      const rttS = quantileOf(this.#rttsMs, share) / 1_000;
      set.set('prism_live_client_rtt_seconds', { quantile }, rttS);
      const jitterS = quantileOf(this.#jittersMs, share) / 1_000;
      set.set('prism_live_client_jitter_seconds', { quantile }, jitterS);
    }
  }
}

/** A call may have moved between WebRTC and the media WebSocket. */
function transportOf({ transport }: ObservedSession, snapshot: object): TransportLabel {
  const { peer } = snapshot as { readonly peer?: { readonly ice?: object } };
  if (peer === undefined) return transport;
  return peer.ice === undefined ? 'media_websocket' : 'webrtc';
}

/** NaN where there is none. */
function quantileOf(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

function push(values: number[], value: number | undefined): void {
  if (value !== undefined) values.push(value);
}

function ascending(one: number, other: number): number {
  return one - other;
}
