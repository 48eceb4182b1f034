import { type ClientEvent, clientEventSchema } from './client-event.ts';
import { schemaError } from './schema-error.ts';
import { invalidRequest, type WireError } from './wire-error.ts';

export type DecodedClientEvent =
  | { readonly ok: true; readonly event: ClientEvent }
  | { readonly ok: false; readonly error: WireError };

/** How deep an event may be nested; deeper ones would be too much for what reads them next. */
const DEPTH_MAX = 64;

function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) {
    return false;
  }
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}

const CLIENT_EVENT_TYPES: readonly string[] = clientEventSchema.options.map(
  (option) => option.shape.type.value,
);

function failed(error: WireError, eventId: string | null): DecodedClientEvent {
  return { ok: false, error: { ...error, event_id: eventId } };
}

/**
 * Reads one client event from its JSON text, strictly. An event that can't be read becomes the error that answers
 * it, with the client's `event_id` if there was one.
 */
export function decodeClientEvent(text: string): DecodedClientEvent {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    // The parser's message names offsets of text that may be private; the wire says only that it isn't JSON.
    return failed(invalidRequest('invalid_event', 'The event is not valid JSON.'), null);
  }
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    return failed(invalidRequest('invalid_event', 'The event is not a JSON object.'), null);
  }
  const { type, event_id } = root as { readonly type?: unknown; readonly event_id?: unknown };
  const eventId = typeof event_id === 'string' && event_id.length <= 512 ? event_id : null;
  if (typeof type === 'string' && !CLIENT_EVENT_TYPES.includes(type)) {
    const supported = CLIENT_EVENT_TYPES.map((one) => `'${one}'`).join(', ');
    const message = `Invalid value: '${type.slice(0, 64)}'. Supported values are: ${supported}.`;
    return failed(invalidRequest('invalid_value', message, 'type'), eventId);
  }
  if (isDeeperThan(root, DEPTH_MAX)) {
    const message = `The event is nested deeper than ${DEPTH_MAX} levels.`;
    return failed(invalidRequest('invalid_event', message), eventId);
  }
  const read = clientEventSchema.safeParse(root);
  return read.success
    ? { ok: true, event: read.data }
    : failed(schemaError(root, read.error), eventId);
}
