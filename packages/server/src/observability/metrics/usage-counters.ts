import { TOKEN_KINDS } from '@prism/core';
import type { UsageRecord } from '../../runtime/ports/usage-store.ts';
import { NO_AGENT } from './catalogue/definition.ts';
import type { MetricSet } from './metric-set.ts';

const MICRO_USD_PER_USD = 1_000_000;

const TOKEN_LABELS = TOKEN_KINDS.map((kind) => [kind, labelOf(kind)] as const);

/** Counts one entry of usage, as the ledger gets it. */
export function countUsage(set: MetricSet, { entry, agent: agentName }: UsageRecord): void {
  const agent = agentName ?? NO_AGENT;
  set.add('prism_usage_entries_total', { kind: entry.kind });
  for (const [kind, label] of TOKEN_LABELS) {
    const tokens = entry.tokens[kind];
    // Each session tells every second, as a rule of its audio alone.
    if (tokens > 0) set.add('prism_tokens_total', { kind: label, agent }, tokens);
  }
  set.add('prism_cost_usd_total', { agent }, entry.costMicroUsd / MICRO_USD_PER_USD);
  const { inputAudioMs, outputAudioMs } = entry;
  set.add('prism_usage_audio_seconds_total', { direction: 'in', agent }, inputAudioMs / 1_000);
  set.add('prism_usage_audio_seconds_total', { direction: 'out', agent }, outputAudioMs / 1_000);
  if (!entry.isPriceKnown) set.add('prism_usage_uncertain_total', { kind: 'unpriced' });
  if (entry.isEstimated) set.add('prism_usage_uncertain_total', { kind: 'estimated' });
}

/** `textCachedIn` is `text_cached_in`. */
function labelOf(kind: string): string {
  return kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
