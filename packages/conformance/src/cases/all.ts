import type { Exchange } from '../kit/exchange.ts';
import { CONNECTION_EXCHANGES } from './connection.ts';
import { ERROR_EXCHANGES } from './errors.ts';
import { SESSION_EXCHANGES } from './session.ts';
import { SESSION_UPDATE_EXCHANGES } from './session-update.ts';

/** Every exchange of the kit, in the order of reports. */
export const EXCHANGES: readonly Exchange[] = [
  ...CONNECTION_EXCHANGES,
  ...SESSION_EXCHANGES,
  ...SESSION_UPDATE_EXCHANGES,
  ...ERROR_EXCHANGES,
];
