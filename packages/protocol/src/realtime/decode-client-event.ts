import type { PrismErrorInfo } from '../codes/error-codes.ts';
import { isPrismEventType, type PrismClientEvent, readPrismEvent } from '../prism/prism-event.ts';
import { type ClientEvent, clientEventSchema } from './client-event.ts';

/** A JSON object with a type, of which Prism reads no more. */
export interface OpaqueClientEvent {
  readonly type: string;
  readonly event_id?: unknown;
  readonly [field: string]: unknown;
}

/**
 * What a message from a client is.
 *
 * `known` has the documented fields, checked. `opaque` is an unknown type, or a known one in an unknown shape: the
 * upstream judges it. `prism` is for Prism alone. `garbage` is no event at all, or a wrong one for Prism, and Prism answers it.
 */
export type DecodedClientEvent =
  | { readonly kind: 'known'; readonly event: ClientEvent }
  | { readonly kind: 'opaque'; readonly event: OpaqueClientEvent }
  | { readonly kind: 'prism'; readonly event: PrismClientEvent }
  | {
      readonly kind: 'garbage';
      readonly error: PrismErrorInfo;
      /** The client's `event_id`, where it could be read. */
      readonly clientEventId: string | undefined;
    };

/** Reads the text of one data-channel message or WebSocket frame. Never throws. */
export function decodeClientEvent(text: string): DecodedClientEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('The message is not JSON.', undefined, undefined);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('The message is not a JSON object.', undefined, undefined);
  if (!hasType(value)) return refuse("Field 'type' is missing.", 'type', eventIdOf(value));
  if (isPrismEventType(value.type)) return decodePrismEvent(value);
  const parsed = clientEventSchema.safeParse(value);
  return parsed.success ? { kind: 'known', event: parsed.data } : { kind: 'opaque', event: value };
}

function decodePrismEvent(value: OpaqueClientEvent): DecodedClientEvent {
  const read = readPrismEvent(value);
  return read.isValid
    ? { kind: 'prism', event: read.event }
    : { kind: 'garbage', error: read.error, clientEventId: eventIdOf(value) };
}

function hasType(value: object): value is OpaqueClientEvent {
  return 'type' in value && typeof value.type === 'string';
}

function eventIdOf(value: object): string | undefined {
  if (!('event_id' in value)) return undefined;
  return typeof value.event_id === 'string' ? value.event_id.slice(0, 512) : undefined;
}

function refuse(
  message: string,
  param: string | undefined,
  clientEventId: string | undefined,
): DecodedClientEvent {
  return {
    kind: 'garbage',
    error: { code: 'invalid_event', message, param },
    clientEventId,
  };
}
