import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 10;

/** Waits until `probe` answers something, at most `withinMs`; then fails naming `what` was awaited. */
export async function eventually<Value>(
  what: string,
  probe: () => Value | undefined | false,
  withinMs = 10_000,
): Promise<Value> {
  return eventuallyAsync(what, async () => probe(), withinMs);
}

/** {@link eventually} for a probe that has to ask somebody. */
export async function eventuallyAsync<Value>(
  what: string,
  probe: () => Promise<Value | undefined | false>,
  withinMs = 10_000,
): Promise<Value> {
  const endMs = performance.now() + withinMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > endMs) throw new Error(`Within ${withinMs} ms there was no ${what}.`);
    await delay(POLL_MS);
  }
}
