import { PrismSession } from '../prism-session.ts';
import type { ConnectOptions, SessionListeners } from '../session-options.ts';
import type { WireEvent } from '../wire-event.ts';
import { type FakePage, settle } from './fake-page.ts';

/** Where the Prism of a test is, behind a path prefix. */
export const PRISM_URL = 'http://prism.test/below';
/** How its session begins: with a tool of the server. */
export const CREATED: WireEvent = {
  type: 'session.created',
  session: { tools: [{ type: 'function', name: 'theirs' }] },
};

/** Connects, without an answer of the server so far. */
export function begin(
  page: FakePage,
  options: Partial<ConnectOptions> = {},
  listeners: SessionListeners = {},
): Promise<PrismSession> {
  return PrismSession.connect({ url: PRISM_URL, ...options }, listeners, page.environment);
}

/** A session that is live. */
export async function connect(
  page: FakePage,
  options: Partial<ConnectOptions> = {},
  listeners: SessionListeners = {},
): Promise<PrismSession> {
  const connecting = begin(page, options, listeners);
  await settle();
  page.call.receive(CREATED);
  return connecting;
}
