import type { PrismErrorInfo } from '../codes/error-codes.ts';
import { type SessionConfig, sessionConfigSchema } from './session-config.ts';

/** A session object, or why it isn't one. */
export type ReadSessionConfig =
  | { readonly isValid: true; readonly session: SessionConfig }
  | { readonly isValid: false; readonly error: PrismErrorInfo };

/** Reads a session object from a request; `path` is where it stands there, like `session`. Never throws. */
export function readSessionConfig(value: unknown, path: string): ReadSessionConfig {
  const parsed = sessionConfigSchema.safeParse(value);
  if (parsed.success) return { isValid: true, session: parsed.data };
  const issue = parsed.error.issues[0];
  const param = [path, ...(issue?.path.map(String) ?? [])].join('.');
  const what = param === `${path}.type` ? "must be 'realtime' or 'transcription'" : issue?.message;
  return {
    isValid: false,
    error: { code: 'invalid_session', message: `Field '${param}': ${what ?? 'invalid'}.`, param },
  };
}
