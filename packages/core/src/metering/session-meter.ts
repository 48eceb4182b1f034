import type { KnownServerEvent } from '@prism/protocol';
import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { PriceTable } from './price-table.ts';
import { readUsage } from './read-usage.ts';
import { ResponseMeter } from './response-meter.ts';
import { NO_SPENDING, plus, type Spending } from './spending.ts';
import { NO_TOKENS, type TokenCounts } from './token-counts.ts';
import { emptyEntry, spendingOf, type UsageEntry } from './usage-entry.ts';

/** How much audio is moved between two entries of it. */
const MEDIA_TICK_SAMPLES = 1_000 * SAMPLES_PER_MS;

export interface SessionMeterOptions {
  readonly prices: PriceTable;
  /** The model that the session is opened with, until the upstream tells which it is. */
  readonly model: string | undefined;
  /** Told of each entry. */
  readonly used: (entry: UsageEntry) => void;
}

/**
 * What one session uses: tokens as the upstream reports them, audio and time as Prism sees them pass. A response whose
 * usage the upstream doesn't tell is reckoned from its audio.
 */
export class SessionMeter {
  readonly #options: SessionMeterOptions;
  readonly #responses = new ResponseMeter();
  #model: string | undefined;
  #transcriptionModel: string | undefined;
  #total: Spending = NO_SPENDING;
  #inputSamples = 0;
  #outputSamples = 0;
  #toldAtMs: MonotonicMs;
  #unpricedCount = 0;

  constructor(options: SessionMeterOptions, nowMs: MonotonicMs) {
    this.#options = options;
    this.#model = options.model;
    this.#toldAtMs = nowMs;
  }

  get model(): string | undefined {
    return this.#model;
  }

  /** Responses that are being made. */
  get activeResponseCount(): number {
    return this.#responses.activeCount;
  }

  /** Entries whose cost isn't known. */
  get unpricedCount(): number {
    return this.#unpricedCount;
  }

  /** All that was used, with what is already known of responses that aren't over. */
  get total(): Spending {
    return plus(plus(this.#total, this.pending), {
      ...NO_SPENDING,
      audioMs: this.#untoldMs(this.#inputSamples) + this.#untoldMs(this.#outputSamples),
    });
  }

  /** What is known of responses that aren't over. */
  get pending(): Spending {
    const audioOut = this.#responses.pendingAudioTokens;
    if (audioOut === 0) return NO_SPENDING;
    const costMicroUsd = this.#costOf({ ...NO_TOKENS, audioOut }) ?? 0;
    return { costMicroUsd, tokens: audioOut, audioMs: 0 };
  }

  /** Audio of the user goes upstream. */
  heard(samples: number, nowMs: MonotonicMs): void {
    this.#responses.heard(samples);
    this.#inputSamples += samples;
    this.#tick(nowMs);
  }

  /** Audio of the model came; `responseId` is `undefined` where the message wasn't read. */
  said(responseId: string | undefined, samples: number, nowMs: MonotonicMs): void {
    if (responseId !== undefined) this.#responses.said(responseId, samples);
    this.#outputSamples += samples;
    this.#tick(nowMs);
  }

  observe(event: KnownServerEvent): void {
    switch (event.type) {
      case 'session.created':
      case 'session.updated':
        this.#model = event.session.model ?? this.#model;
        this.#transcriptionModel = transcriptionModelOf(event.session.audio?.input);
        return;
      case 'response.created':
        return this.#responses.begun(event.response.id);
      case 'response.done': {
        const { id, usage } = event.response;
        const { tokens, isEstimated } = this.#responses.ended(id, readUsage(usage));
        return this.#response(tokens, isEstimated);
      }
      case 'conversation.item.input_audio_transcription.completed':
        return this.#transcribed(event.usage);
      default:
    }
  }

  /** The session is over: what is left is told. */
  end(nowMs: MonotonicMs): void {
    for (const tokens of this.#responses.abandon()) this.#response(tokens, true);
    this.#tellMedia(nowMs);
  }

  #response(tokens: TokenCounts, isEstimated: boolean): void {
    const cost = this.#costOf(tokens);
    this.#tell({
      ...emptyEntry('response', this.#model),
      tokens,
      costMicroUsd: cost ?? 0,
      isPriceKnown: cost !== undefined,
      isEstimated,
    });
  }

  #transcribed(usage: unknown): void {
    const reported = readUsage(usage);
    if (reported === undefined) return;
    const model = this.#transcriptionModel;
    const cost = this.#options.prices.costOf(model, reported);
    this.#tell({
      ...emptyEntry('transcription', model),
      ...reported,
      costMicroUsd: cost ?? 0,
      isPriceKnown: cost !== undefined,
    });
  }

  #costOf(tokens: TokenCounts): number | undefined {
    const { prices, model } = this.#options;
    const usage = { tokens, transcribedMs: 0 };
    // An upstream may name what was asked for in its own way.
    return prices.costOf(this.#model, usage) ?? prices.costOf(model, usage);
  }

  #tick(nowMs: MonotonicMs): void {
    if (this.#inputSamples + this.#outputSamples >= MEDIA_TICK_SAMPLES) this.#tellMedia(nowMs);
  }

  #tellMedia(nowMs: MonotonicMs): void {
    const inputAudioMs = this.#untoldMs(this.#inputSamples);
    const outputAudioMs = this.#untoldMs(this.#outputSamples);
    // What is less than a millisecond stays for the next entry, so that none is lost.
    this.#inputSamples -= inputAudioMs * SAMPLES_PER_MS;
    this.#outputSamples -= outputAudioMs * SAMPLES_PER_MS;
    const sessionMs = Math.floor(nowMs - this.#toldAtMs);
    this.#toldAtMs = (this.#toldAtMs + sessionMs) as MonotonicMs;
    if (inputAudioMs + outputAudioMs + sessionMs === 0) return;
    this.#tell({ ...emptyEntry('media', this.#model), inputAudioMs, outputAudioMs, sessionMs });
  }

  #untoldMs(samples: number): number {
    return Math.floor(samples / SAMPLES_PER_MS);
  }

  #tell(entry: UsageEntry): void {
    if (!entry.isPriceKnown) this.#unpricedCount += 1;
    this.#total = plus(this.#total, spendingOf(entry));
    this.#options.used(entry);
  }
}

function transcriptionModelOf(
  input: Readonly<Record<string, unknown>> | undefined,
): string | undefined {
  const transcription = input?.['transcription'];
  if (typeof transcription !== 'object' || transcription === null) return undefined;
  const { model } = transcription as { readonly model?: unknown };
  return typeof model === 'string' ? model : undefined;
}
