import {
  AUDIO_FORMAT_TYPES,
  type AudioFormat,
  type ErrorObject,
  type KnownServerEvent,
  PCM_RATE_HZ,
  type PrismErrorInfo,
  readAudioFormat,
  type SessionConfig,
} from '@prism/protocol';
import { invariant } from '../errors/invariant.ts';
import type { ToldEvent } from './told-event.ts';

/** Updates on their way; the upstream answers within moments. At the bound the oldest counts as answered. */
const SENT_COUNT_MAX = 64;

/** Formats by direction; one that is absent was not named. */
interface NamedFormats {
  readonly input?: AudioFormat;
  readonly output?: AudioFormat;
}

/** What a client's session or response says of formats. */
export type FormatsReading<Value> =
  /** `value` has none of them; it is the same object if it never had. */
  | { readonly type: 'usable'; readonly value: Value; readonly formats: NamedFormats }
  | { readonly type: 'refused'; readonly error: PrismErrorInfo };

interface SentUpdate {
  readonly eventId: string | undefined;
  readonly formats: NamedFormats;
}

/** A server event that tells the session. */
type SessionEvent = Extract<KnownServerEvent, { type: 'session.created' | 'session.updated' }>;

/**
 * The audio formats of a session with media, of which Prism is the owner: the SDP says what the client's audio is, and
 * the upstream speaks PCM at 24 kHz with Prism. What a client names is kept from the upstream and told back, as the API
 * does over WebRTC, where it has no effect either.
 *
 * Rule REL4 in spec/session.md.
 */
export class SessionFormats {
  #told: NamedFormats;
  readonly #sent: SentUpdate[] = [];

  /** @param initial - The formats that the session was asked for with. */
  constructor(initial: NamedFormats) {
    this.#told = initial;
  }

  /** A `session.update` goes upstream; each of them is answered there, in this order. */
  sent(eventId: string | undefined, formats: NamedFormats): void {
    this.#sent.push({ eventId, formats });
    if (this.#sent.length > SENT_COUNT_MAX) this.#answered();
  }

  /** The upstream refused an event; if it was an update, its formats don't count. */
  refused(error: ErrorObject): void {
    const eventId = error.event_id ?? undefined;
    const isOfSession = error.param?.startsWith('session') === true;
    if (eventId === undefined && !isOfSession) return;
    const index = this.#sent.findIndex((update) => update.eventId === eventId);
    if (index >= 0) this.#sent.splice(index, 1);
  }

  /** An event as the controllers are told it; the upstream's own where it says the same. */
  toldOf(event: SessionEvent, text: string): ToldEvent {
    if (event.type === 'session.updated') this.#answered();
    const session = withFormats(event.session, this.#told);
    if (session === event.session) return { event, text };
    const told = { ...event, session };
    return { event: told, text: JSON.stringify(told) };
  }

  #answered(): void {
    this.#told = { ...this.#told, ...this.#sent.shift()?.formats };
  }
}

/** What the session is asked for with, as the upstream is told it, and who owns its formats if Prism does. */
export function initialFormats(
  session: SessionConfig | undefined,
  hasMedia: boolean,
): { readonly session: SessionConfig | undefined; readonly formats: SessionFormats | undefined } {
  if (!hasMedia) return { session, formats: undefined };
  const read = takeFormats(session, 'session');
  invariant(read.type === 'usable', 'the formats of a session that is asked for have been checked');
  return { session: read.value, formats: new SessionFormats(read.formats) };
}

/**
 * Takes `audio.input.format` and `audio.output.format` out of a session or response.
 *
 * @param path - What `param` of a refusal begins with.
 */
export function takeFormats<Value>(value: Value, path: string): FormatsReading<Value> {
  const none = { type: 'usable', value, formats: {} } as const;
  if (!isRecord(value) || !isRecord(value['audio'])) return none;
  const { audio } = value;
  const formats: { input?: AudioFormat; output?: AudioFormat } = {};
  const rest: Record<string, unknown> = {};
  for (const direction of ['input', 'output'] as const) {
    const part = audio[direction];
    if (!isRecord(part) || part['format'] === undefined) continue;
    const read = readAudioFormat(part['format']);
    if (!read.ok) {
      const member = read.member === '' ? '' : `.${read.member}`;
      return refusal(`${path}.audio.${direction}.format${member}`, read);
    }
    formats[direction] = read.format;
    rest[direction] = { ...part, format: undefined };
  }
  if (Object.keys(rest).length === 0) return none;
  return { type: 'usable', value: { ...value, audio: { ...audio, ...rest } }, formats };
}

function refusal(
  param: string,
  { member, value }: { readonly member: string; readonly value: unknown },
): { readonly type: 'refused'; readonly error: PrismErrorInfo } {
  const supported =
    member === 'rate'
      ? String(PCM_RATE_HZ)
      : AUDIO_FORMAT_TYPES.map((type) => `'${type}'`).join(', ');
  const got = (JSON.stringify(value) ?? 'nothing').slice(0, 100);
  const message = `Invalid value: ${got}. Supported values are: ${supported}.`;
  return { type: 'refused', error: { code: 'invalid_value', message, param } };
}

/** A session object that names these formats; the same object if it does already. */
function withFormats(session: unknown, formats: NamedFormats): unknown {
  if (!isRecord(session) || !isRecord(session['audio'])) return session;
  const { audio } = session;
  const changed: Record<string, unknown> = {};
  for (const direction of ['input', 'output'] as const) {
    const part = audio[direction];
    const format = formats[direction];
    if (format === undefined || !isRecord(part)) continue;
    if (JSON.stringify(part['format']) !== JSON.stringify(format))
      changed[direction] = { ...part, format };
  }
  return Object.keys(changed).length === 0
    ? session
    : { ...session, audio: { ...audio, ...changed } };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
