import { DEFAULT_PRICES } from './default-prices.ts';
import { type PriceInUsd, PriceTable, priceOf } from './price-table.ts';

/** How a session's usage is counted and ended. */
export interface MeteringOptions {
  readonly prices: PriceTable;
  /** The model that the session asks for. */
  readonly model: string | undefined;
  /** Whether budgets want to know what is going on before it is spent. */
  readonly isBudgeted: boolean;
  /** What the model is told to say at a limit, where it may say something. */
  readonly farewell: string;
}

export const DEFAULT_FAREWELL =
  'The conversation must end now. Say goodbye in one short, friendly sentence, in the language that was spoken so far. Ask nothing and start nothing new.';

/** The prices that Prism comes with, and over them those given. */
export function priceTableWith(prices: Readonly<Record<string, PriceInUsd>>): PriceTable {
  const all = Object.entries({ ...DEFAULT_PRICES, ...prices });
  return new PriceTable(Object.fromEntries(all.map(([name, price]) => [name, priceOf(price)])));
}
