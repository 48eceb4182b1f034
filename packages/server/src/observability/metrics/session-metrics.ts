import type { MonotonicMs, SessionFact } from '@prism/core';
import type { CloseReason, ErrorCode } from '@prism/protocol';
import type {
  ObservedSession,
  ObserverFactory,
  SessionObserver,
} from '../../runtime/ports/session-observer.ts';
import { NO_AGENT } from './catalogue/definition.ts';
import { countFact } from './fact-counters.ts';
import { LiveFigures } from './live-figures.ts';
import type { MetricSet } from './metric-set.ts';
import { SetupMetrics } from './setup-metrics.ts';
import {
  numberAt,
  numberOrNothingAt,
  PEER_COUNTERS,
  SNAPSHOT_COUNTERS,
  type SnapshotCounter,
} from './snapshot-counters.ts';

const MS_PER_S = 1_000;
/** Sessions read in one turn of the event loop. */
const SLICE_SESSION_COUNT = 10;

/**
 * The metrics of sessions. What a session counts itself is read from its snapshot: at a scrape while it lives, and
 * once when it ends. Only facts, a few for each turn, are counted as they come; packets never are.
 */
export class SessionMetrics implements ObserverFactory {
  readonly #set: MetricSet;
  readonly #nowMs: () => MonotonicMs;
  readonly #live = new Set<ObservedSession>();
  /** Sessions whose peer was replaced since a scrape began: what it has read of them is old. */
  readonly #replaced = new Set<ObservedSession>();
  /** Sums of what sessions had counted that are over, and peers that were replaced; by place in the table. */
  readonly #past = SNAPSHOT_COUNTERS.map(() => 0);
  /** The most that was told of each. */
  readonly #told = SNAPSHOT_COUNTERS.map(() => 0);

  constructor(set: MetricSet, nowMs: () => MonotonicMs) {
    this.#set = set;
    this.#nowMs = nowMs;
  }

  observe(session: ObservedSession): SessionObserver {
    const { transport } = session;
    const beganAtMs = this.#nowMs();
    this.#live.add(session);
    this.#set.add('prism_sessions_started_total', { transport, agent: session.agent ?? NO_AGENT });
    const progress = { isUpstreamReady: false };
    const setup = new SetupMetrics(this.#set, session);
    return {
      fact: (fact: SessionFact) => {
        countFact(this.#set, fact, progress);
        if (fact.type === 'session.ready') setup.observe();
      },
      fault: () => this.#set.add('prism_session_faults_total', {}),
      toolFault: () => this.#set.add('prism_tool_anomalies_total', { kind: 'thrown' }),
      peerReplaced: (last: object) => {
        this.#replaced.add(session);
        this.#keep(last, PEER_COUNTERS);
      },
      closed: (reason: CloseReason, lastWords: object) => {
        this.#live.delete(session);
        this.#replaced.delete(session);
        setup.observe();
        this.#keep(lastWords, SNAPSHOT_COUNTERS);
        this.#set.add('prism_sessions_ended_total', { reason });
        const lastedS = (this.#nowMs() - beganAtMs) / MS_PER_S;
        this.#set.observe('prism_session_duration_seconds', { transport }, lastedS);
        this.#observeNetwork(lastWords);
      },
    };
  }

  refused(code: ErrorCode): void {
    this.#set.add('prism_session_refusals_total', { code });
  }

  /**
   * Brings what is counted in sessions up to date. Some are read, then whatever waits has its turn, and so on.
   *
   * @param pause - Resolves when others have had theirs.
   */
  async collect(pause: () => Promise<void>): Promise<void> {
    const figures = new LiveFigures();
    const read = new Map<ObservedSession, readonly number[]>();
    this.#replaced.clear();
    for (const session of [...this.#live]) {
      if (read.size > 0 && read.size % SLICE_SESSION_COUNT === 0) await pause();
      if (!this.#live.has(session)) continue;
      const snapshot = session.describe();
      read.set(session, countsOf(snapshot));
      figures.add(session, snapshot);
    }
    const totals = [...this.#past];
    for (const [session, counts] of read) {
      // Who has ended meanwhile is in the past already, as is a peer that was replaced.
      if (!this.#live.has(session)) continue;
      const now = this.#replaced.has(session) ? countsOf(session.describe()) : counts;
      addTo(totals, now);
    }
    for (const [index, { metric, labels, scale }] of SNAPSHOT_COUNTERS.entries()) {
      // A late packet takes a loss back. Prometheus would take that for a new process, and count everything again.
      const total = Math.max(totals[index] ?? 0, this.#told[index] ?? 0);
      this.#told[index] = total;
      this.#set.setTotal(metric, labels, total * scale);
    }
    figures.setOn(this.#set);
  }

  #keep(snapshot: object, counters: readonly SnapshotCounter[]): void {
    for (const counter of counters) {
      const index = SNAPSHOT_COUNTERS.indexOf(counter);
      this.#past[index] = (this.#past[index] ?? 0) + countAt(snapshot, counter.path);
    }
  }

  #observeNetwork(lastWords: object): void {
    const at = (path: string): number | undefined => numberOrNothingAt(lastWords, path);
    const rttMs = at('media.rttMs');
    if (rttMs !== undefined) this.#set.observe('prism_client_rtt_seconds', {}, rttMs / MS_PER_S);
    for (const [direction, side] of [
      ['in', 'media.inbound'],
      ['out', 'media.outbound'],
    ] as const) {
      const packets = at(`${side}.packets`) ?? 0;
      const lost = at(`${side}.packetsLost`);
      const jitterMs = at(`${side}.jitterMs`);
      if (packets === 0) continue;
      if (lost !== undefined) {
        // What is sent counts what was lost of it; what is received doesn't.
        const expected = direction === 'in' ? packets + Math.max(0, lost) : packets;
        const share = Math.max(0, lost) / expected;
        this.#set.observe('prism_client_packet_loss_ratio', { direction }, share);
      }
      if (jitterMs !== undefined)
        this.#set.observe('prism_client_jitter_seconds', { direction }, jitterMs / MS_PER_S);
    }
  }
}

function countsOf(snapshot: object): readonly number[] {
  return SNAPSHOT_COUNTERS.map(({ names }) => countAt(snapshot, names));
}

/** Losses are below zero where packets came twice (RFC 3550, section 6.4.1): others' losses they don't make good. */
function countAt(snapshot: object, path: Parameters<typeof numberAt>[1]): number {
  return Math.max(0, numberAt(snapshot, path));
}

/** Adds one row to another. A scrape adds one of each session, and is too seldom to be compiled well: no iterator. */
function addTo(totals: number[], counts: readonly number[]): void {
  for (let index = 0; index < counts.length; index += 1)
    totals[index] = (totals[index] ?? 0) + (counts[index] ?? 0);
}
