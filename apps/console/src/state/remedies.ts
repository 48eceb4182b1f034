import type { Settings } from './settings.ts';

/** What a person can do about an error with one press. */
export type RemedyName = 'retry' | 'automatic' | 'system_microphone' | 'setup';

/** A remedy as a button shows it. */
export interface Remedy {
  readonly name: RemedyName;
  readonly label: string;
}

const RETRY: Remedy = { name: 'retry', label: 'Try again' };

/** Errors of the network's way, which another transport may not have. */
const WAY_CODES: ReadonlySet<string> = new Set(['ice_failed', 'socket_failed', 'connect_timeout']);

/** Errors after which a call stands that goes on, or that only a change of the page's address solves. */
const NO_REMEDY_CODES: ReadonlySet<string> = new Set([
  'insecure_context',
  'audio_blocked',
  'audio_suspended',
  'invalid_api_key',
  'realtime_error',
]);

/** The buttons beside an error. */
export function remediesFor(
  code: string,
  { settings, hasCall }: { readonly settings: Settings; readonly hasCall: boolean },
): readonly Remedy[] {
  const isMicrophone = code.startsWith('microphone_');
  const hasChoice = settings.microphoneId !== undefined;
  const remedies: Remedy[] = [];
  if (isMicrophone && hasChoice)
    remedies.push({ name: 'system_microphone', label: 'Use the system’s microphone' });
  if (isMicrophone && code !== 'microphone_denied')
    remedies.push({ name: 'setup', label: 'Choose a microphone' });
  if (WAY_CODES.has(code) && settings.transport !== 'auto')
    remedies.push({ name: 'automatic', label: 'Use the automatic transport' });
  if (!hasCall && !NO_REMEDY_CODES.has(code)) remedies.push(RETRY);
  return remedies;
}
