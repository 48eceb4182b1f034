import type { Attempt } from '../environment.ts';

/** The name of what went wrong, as the system has it, or else the first words of the message. */
export function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 100);
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error.message.slice(0, 100);
}

export function refused(error: unknown): { readonly isOk: false; readonly code: string } {
  return { isOk: false, code: codeOf(error) };
}

/** What an attempt has come to when its time is up. */
const ABORTED: { readonly isOk: false; readonly code: string } = { isOk: false, code: 'silent' };

/**
 * Waits for one outcome of something that has to be freed. `begin` starts it and answers how it is freed, which
 * happens once: after the outcome, or when the signal aborts.
 */
export async function outcomeOf<Value>(
  signal: AbortSignal,
  begin: (settle: (outcome: Attempt<Value>) => void) => () => void,
): Promise<Attempt<Value>> {
  if (signal.aborted) return ABORTED;
  let free: () => void = () => undefined;
  let abort: () => void = () => undefined;
  try {
    return await new Promise<Attempt<Value>>((resolve) => {
      abort = () => resolve(ABORTED);
      signal.addEventListener('abort', abort);
      free = begin(resolve);
    });
  } finally {
    signal.removeEventListener('abort', abort);
    free();
  }
}
