import type { SessionFact } from '@prism/core';
import type { MetricSet } from './metric-set.ts';
import { countTurn } from './turn-metrics.ts';

const MS_PER_S = 1_000;

/** What of a session its facts are counted by. */
export interface SessionProgress {
  isUpstreamReady: boolean;
}

/** Counts one fact of a session. */
export function countFact(set: MetricSet, fact: SessionFact, progress: SessionProgress): void {
  switch (fact.type) {
    case 'upstream.ready':
      progress.isUpstreamReady = true;
      return set.add('prism_upstream_dials_total', { outcome: 'ready' });
    case 'turn.measured':
      return countTurn(set, fact.turn);
    case 'upstream.failed':
      if (progress.isUpstreamReady)
        return set.add('prism_upstream_losses_total', { code: fact.code });
      return set.add('prism_upstream_dials_total', { outcome: fact.code });
    case 'upstream.error_event':
      return set.add('prism_upstream_errors_total', { code: fact.code });
    case 'upstream.garbage':
      return set.add('prism_upstream_garbage_total', {});
    case 'upstream.own_event_refused':
      return set.add('prism_own_events_refused_total', {});
    case 'controller.event_refused':
      return set.add('prism_events_refused_total', { code: fact.code });
    case 'response.sequenced':
      return set.add('prism_response_sequencing_total', { action: fact.action });
    case 'limit.warning':
      return set.add('prism_limit_events_total', { limit: fact.limit, event: 'warning' });
    case 'limit.reached':
      return set.add('prism_limit_events_total', { limit: fact.limit, event: 'reached' });
    case 'tool.finished':
      set.add('prism_tool_calls_total', { outcome: fact.outcome });
      return set.observe(
        'prism_tool_duration_seconds',
        { outcome: fact.outcome },
        fact.durationMs / MS_PER_S,
      );
    default:
      return countAnswerFact(set, fact);
  }
}

function countAnswerFact(set: MetricSet, fact: SessionFact): void {
  switch (fact.type) {
    case 'answer.started':
      set.add('prism_answers_total', { event: 'started' });
      if (fact.sinceSpeechStoppedMs !== undefined)
        set.observe('prism_turn_response_seconds', {}, fact.sinceSpeechStoppedMs / MS_PER_S);
      return;
    case 'answer.interrupted':
      set.add('prism_answers_total', { event: 'interrupted' });
      set.add('prism_interruptions_total', { trigger: fact.trigger });
      return set.add(
        'prism_answer_dropped_seconds_total',
        { reason: 'interrupted' },
        fact.droppedMs / MS_PER_S,
      );
    case 'playout.overflow':
      return set.add(
        'prism_answer_dropped_seconds_total',
        { reason: 'overflow' },
        fact.refusedMs / MS_PER_S,
      );
    default:
    // The other facts are counted by the session itself, and read from its snapshot.
  }
}
