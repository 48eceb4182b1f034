import type { PriceInUsd } from './price-table.ts';
import type { TokenCounts } from './token-counts.ts';

/** The day that {@link DEFAULT_PRICES} were read. */
export const DEFAULT_PRICES_DATE = '2026-11-26';

type Rates = readonly [input: number, cachedInput: number, output: number];

function perMillion(text: Rates, audio: Rates, image?: readonly [number, number]): TokenCounts {
  return {
    textIn: text[0],
    textCachedIn: text[1],
    textOut: text[2],
    audioIn: audio[0],
    audioCachedIn: audio[1],
    audioOut: audio[2],
    // Where a model has no price of its own for images they cost what text does.
    imageIn: image?.[0] ?? text[0],
    imageCachedIn: image?.[1] ?? text[1],
  };
}

const FULL_AUDIO: Rates = [32, 0.4, 64];
const MINI = perMillion([0.6, 0.06, 2.4], [10, 0.3, 20], [0.8, 0.08]);

/**
 * US dollars by the beginning of the model's name, from OpenAI's model pages (developers.openai.com, models). They are
 * list prices: discounts, regional surcharges and other providers' prices belong into `prices` of `prism.yaml`.
 */
export const DEFAULT_PRICES: Readonly<Record<string, PriceInUsd>> = {
  'gpt-realtime-2': { perMillionTokens: perMillion([4, 0.4, 24], FULL_AUDIO, [5, 0.5]) },
  'gpt-realtime-2.1-mini': { perMillionTokens: MINI },
  'gpt-realtime-1.5': { perMillionTokens: perMillion([4, 0.4, 16], FULL_AUDIO, [5, 0.5]) },
  'gpt-realtime': { perMillionTokens: perMillion([4, 0.4, 16], FULL_AUDIO, [5, 0.5]) },
  'gpt-realtime-mini': { perMillionTokens: MINI },
  'gpt-realtime-whisper': { perMinute: 0.017 },
  // Not gpt-realtime-2: a snapshot of gpt-realtime.
  'gpt-realtime-2025': { perMillionTokens: perMillion([4, 0.4, 16], FULL_AUDIO, [5, 0.5]) },
  'gpt-realtime-translate': { perMinute: 0.034 },
  'gpt-live-transcribe': { perMinute: 0.017 },
  'whisper-1': { perMinute: 0.006 },
  'gpt-4o-transcribe': { perMillionTokens: perMillion([2.5, 2.5, 10], [6, 6, 0]) },
  'gpt-4o-mini-transcribe': { perMillionTokens: perMillion([1.25, 1.25, 5], [3, 3, 0]) },
  /** The built-in engine, which costs nothing. */
  'prism-': { perMillionTokens: {} },
};
