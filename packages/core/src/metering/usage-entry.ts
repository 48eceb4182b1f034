import type { Spending } from './spending.ts';
import { NO_TOKENS, type TokenCounts, totalOf } from './token-counts.ts';

/** Something that a session used, to be counted once and kept. Entries add up. */
export interface UsageEntry {
  /** What it was: a response, a transcription of the user, or audio and time that passed through Prism. */
  readonly kind: 'response' | 'transcription' | 'media';
  readonly model: string | undefined;
  readonly tokens: TokenCounts;
  /** Audio that a transcription is billed for by its length. */
  readonly transcribedMs: number;
  /** Audio of the user that went to the upstream. */
  readonly inputAudioMs: number;
  /** Audio of the model that came from the upstream. */
  readonly outputAudioMs: number;
  /** Time that the session took. */
  readonly sessionMs: number;
  readonly costMicroUsd: number;
  /** False if it costs something and the price table doesn't say what. */
  readonly isPriceKnown: boolean;
  /** True if the upstream told nothing and it is reckoned from the audio that was moved. */
  readonly isEstimated: boolean;
}

/** Nothing of one model. */
export function emptyEntry(kind: UsageEntry['kind'], model: string | undefined): UsageEntry {
  return {
    kind,
    model,
    tokens: NO_TOKENS,
    transcribedMs: 0,
    inputAudioMs: 0,
    outputAudioMs: 0,
    sessionMs: 0,
    costMicroUsd: 0,
    isPriceKnown: true,
    isEstimated: false,
  };
}

/** Two entries of audio and time as one. */
export function plusMedia(first: UsageEntry, second: UsageEntry): UsageEntry {
  return {
    ...first,
    inputAudioMs: first.inputAudioMs + second.inputAudioMs,
    outputAudioMs: first.outputAudioMs + second.outputAudioMs,
    sessionMs: first.sessionMs + second.sessionMs,
  };
}

/** What budgets count of it. */
export function spendingOf(entry: UsageEntry): Spending {
  return {
    costMicroUsd: entry.costMicroUsd,
    tokens: totalOf(entry.tokens),
    audioMs: entry.inputAudioMs + entry.outputAudioMs,
  };
}

/** What a session tells of its spending. */
export type SpendingReport =
  /** It is spent. */
  | { readonly type: 'used'; readonly entry: UsageEntry }
  /** So many responses may be billed, and so much of them is known already. */
  | { readonly type: 'pending'; readonly responseCount: number; readonly known: Spending };
