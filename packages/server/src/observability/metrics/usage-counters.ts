import { NO_TOKENS, TOKEN_KINDS, type TokenCounts, type UsageEntry } from '@prism/core';
import type { UsageRecord } from '../../runtime/ports/usage-store.ts';
import { NO_AGENT } from './catalogue/definition.ts';
import type { MetricSet } from './metric-set.ts';

const MICRO_USD_PER_USD = 1_000_000;
const MS_PER_S = 1_000;

const TOKEN_LABELS = TOKEN_KINDS.map((kind) => [kind, labelOf(kind)] as const);

type Tokens = { -readonly [Kind in keyof TokenCounts]: TokenCounts[Kind] };

/** What was used since the last scrape, of one agent. */
interface Sums {
  readonly entries: Record<UsageEntry['kind'], number>;
  readonly tokens: Tokens;
  costMicroUsd: number;
  inputAudioMs: number;
  outputAudioMs: number;
  unpriced: number;
  estimated: number;
}

/**
 * Counts entries of usage, as the ledger gets them. Every session tells one a second, and a counter with labels costs
 * microseconds: what is used is added up as numbers, and counted when somebody asks.
 */
export class UsageCounters {
  /** By agent: names of the configuration, and none. */
  readonly #sums = new Map<string, Sums>();

  used({ entry, agent = NO_AGENT }: UsageRecord): void {
    const sums = this.#sumsOf(agent);
    sums.entries[entry.kind] += 1;
    sums.costMicroUsd += entry.costMicroUsd;
    sums.inputAudioMs += entry.inputAudioMs;
    sums.outputAudioMs += entry.outputAudioMs;
    if (!entry.isPriceKnown) sums.unpriced += 1;
    if (entry.isEstimated) sums.estimated += 1;
    // Audio and time have none.
    if (entry.kind === 'media') return;
    for (const kind of TOKEN_KINDS) sums.tokens[kind] += entry.tokens[kind];
  }

  #sumsOf(agent: string): Sums {
    const known = this.#sums.get(agent);
    if (known !== undefined) return known;
    const sums = noSums();
    this.#sums.set(agent, sums);
    return sums;
  }

  /** Adds what was used since to the metrics. */
  collect(set: MetricSet): void {
    for (const [agent, sums] of this.#sums) {
      for (const kind of ['response', 'transcription', 'media'] as const)
        set.add('prism_usage_entries_total', { kind }, sums.entries[kind]);
      for (const [kind, label] of TOKEN_LABELS)
        set.add('prism_tokens_total', { kind: label, agent }, sums.tokens[kind]);
      set.add('prism_cost_usd_total', { agent }, sums.costMicroUsd / MICRO_USD_PER_USD);
      const audio = 'prism_usage_audio_seconds_total';
      set.add(audio, { direction: 'in', agent }, sums.inputAudioMs / MS_PER_S);
      set.add(audio, { direction: 'out', agent }, sums.outputAudioMs / MS_PER_S);
      set.add('prism_usage_uncertain_total', { kind: 'unpriced' }, sums.unpriced);
      set.add('prism_usage_uncertain_total', { kind: 'estimated' }, sums.estimated);
    }
    this.#sums.clear();
  }
}

function noSums(): Sums {
  return {
    entries: { response: 0, transcription: 0, media: 0 },
    tokens: { ...NO_TOKENS },
    costMicroUsd: 0,
    inputAudioMs: 0,
    outputAudioMs: 0,
    unpriced: 0,
    estimated: 0,
  };
}

/** `textCachedIn` is `text_cached_in`. */
function labelOf(kind: string): string {
  return kind.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
