import { METERED_RESPONSE_COUNT_MAX } from '@prism/protocol';
import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import type { ReportedUsage } from './read-usage.ts';
import { NO_TOKENS, type TokenCounts } from './token-counts.ts';

/** The user's audio is one token per 100 ms, the model's one per 50 ms (Realtime guide, costs). */
const SAMPLES_PER_INPUT_TOKEN = 100 * SAMPLES_PER_MS;
const SAMPLES_PER_OUTPUT_TOKEN = 50 * SAMPLES_PER_MS;

/**
 * The responses that are being made, and what each of them probably costs as far as its audio tells: that is what is
 * counted until the upstream says what it was, and in its place if it never does.
 */
export class ResponseMeter {
  /** Samples of audio so far, by response. */
  readonly #active = new Map<string, number>();
  #inputSamples = 0;
  /** What the next response reads again: all of the conversation that the last one knew. */
  #context: TokenCounts = NO_TOKENS;

  get activeCount(): number {
    return this.#active.size;
  }

  /** The user's audio that goes into the next response. */
  heard(samples: number): void {
    this.#inputSamples += samples;
  }

  /** Audio of a response. */
  said(responseId: string, samples: number): void {
    const known = this.#active.get(responseId);
    if (known !== undefined) this.#active.set(responseId, known + samples);
  }

  begun(responseId: string): void {
    if (this.#active.size < METERED_RESPONSE_COUNT_MAX) this.#active.set(responseId, 0);
  }

  /** What a response that is over cost, by the upstream's word or else by its audio. */
  ended(
    responseId: string,
    reported: ReportedUsage | undefined,
  ): { readonly tokens: TokenCounts; readonly isEstimated: boolean } {
    const tokens = reported?.tokens ?? this.#estimate(this.#active.get(responseId) ?? 0);
    this.#active.delete(responseId);
    this.#inputSamples = 0;
    if (reported !== undefined) this.#context = contextAfter(reported.tokens);
    return { tokens, isEstimated: reported === undefined };
  }

  /** Responses that will never be told the end of: the session ends before they do. */
  abandon(): readonly TokenCounts[] {
    return [...this.#active.keys()].map((id) => this.ended(id, undefined).tokens);
  }

  /** Tokens of audio that has come of responses that aren't over. */
  get pendingAudioTokens(): number {
    let samples = 0;
    for (const count of this.#active.values()) samples += count;
    return Math.ceil(samples / SAMPLES_PER_OUTPUT_TOKEN);
  }

  #estimate(outputSamples: number): TokenCounts {
    return {
      ...this.#context,
      audioIn: Math.ceil(this.#inputSamples / SAMPLES_PER_INPUT_TOKEN),
      audioOut: Math.ceil(outputSamples / SAMPLES_PER_OUTPUT_TOKEN),
    };
  }
}

/** The conversation as the next response finds it: cached, as far as that is known. */
function contextAfter(tokens: TokenCounts): TokenCounts {
  return {
    ...NO_TOKENS,
    textCachedIn: tokens.textIn + tokens.textCachedIn + tokens.textOut,
    audioCachedIn: tokens.audioIn + tokens.audioCachedIn + tokens.audioOut,
    imageCachedIn: tokens.imageIn + tokens.imageCachedIn,
  };
}
