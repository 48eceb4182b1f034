import type { ReportedUsage } from './read-usage.ts';
import { NO_TOKENS, TOKEN_KINDS, type TokenCounts } from './token-counts.ts';

/** What a model costs. Whole numbers, so that prices like $0.40 per million tokens stay exact. */
export interface ModelPrice {
  /** Millionths of a US dollar per million tokens. */
  readonly perMillionTokens: TokenCounts;
  /** Millionths of a US dollar per minute of transcribed audio; `undefined` if it is billed by tokens. */
  readonly perMinute: number | undefined;
}

/** What usage costs in whole millionths of a US dollar, rounded up; `undefined` if the model has no price for it. */
export type Cost = number | undefined;

const MS_PER_MINUTE = 60_000;
/** The user's audio is one token per 100 ms (Realtime guide, costs). */
const MS_PER_INPUT_TOKEN = 100;
const MILLION = 1_000_000;

/** Prices by the beginning of a model's name: the longest one that fits counts. */
export class PriceTable {
  readonly #prices: readonly (readonly [prefix: string, price: ModelPrice])[];

  constructor(prices: Readonly<Record<string, ModelPrice>>) {
    this.#prices = Object.entries(prices).sort(([one], [other]) => other.length - one.length);
  }

  /** The price of a model, whose name may go on, as dated snapshots do. */
  find(model: string): ModelPrice | undefined {
    return this.#prices.find(([prefix]) => model.startsWith(prefix))?.[1];
  }

  /** The cost of what one event reports. */
  costOf(model: string | undefined, usage: ReportedUsage): Cost {
    const price = model === undefined ? undefined : this.find(model);
    if (price === undefined) return undefined;
    const { perMinute, perMillionTokens } = price;
    const { tokens, transcribedMs } = usage;
    if (perMinute !== undefined) {
      const audioMs = transcribedMs + (tokens.audioIn + tokens.audioCachedIn) * MS_PER_INPUT_TOKEN;
      return Math.ceil((audioMs * perMinute) / MS_PER_MINUTE);
    }
    if (transcribedMs > 0) return undefined;
    const sum = TOKEN_KINDS.reduce((cost, kind) => cost + tokens[kind] * perMillionTokens[kind], 0);
    return Math.ceil(sum / MILLION);
  }
}

/** A price in US dollars, as people and `prism.yaml` write it. */
export interface PriceInUsd {
  /** Per million tokens; what is absent costs nothing. */
  readonly perMillionTokens?: Partial<TokenCounts> | undefined;
  readonly perMinute?: number | undefined;
}

/** The same in whole millionths. */
export function priceOf({ perMillionTokens, perMinute }: PriceInUsd): ModelPrice {
  const dollars: TokenCounts = { ...NO_TOKENS, ...perMillionTokens };
  const micros = TOKEN_KINDS.map((kind) => [kind, Math.round(dollars[kind] * MILLION)] as const);
  return {
    perMillionTokens: { ...NO_TOKENS, ...Object.fromEntries(micros) },
    perMinute: perMinute === undefined ? undefined : Math.round(perMinute * MILLION),
  };
}
