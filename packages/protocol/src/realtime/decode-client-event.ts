import type { PrismErrorInfo } from '../codes/error-codes.ts';
import { type ClientEvent, clientEventSchema } from './client-event.ts';

/** A client event, or why it isn't one, with the client's `event_id` when it could be read. */
export type DecodedClientEvent =
  | { readonly isValid: true; readonly event: ClientEvent }
  | {
      readonly isValid: false;
      readonly error: PrismErrorInfo;
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
  const parsed = clientEventSchema.safeParse(value);
  if (parsed.success) return { isValid: true, event: parsed.data };
  const issue = parsed.error.issues[0];
  const path = issue?.path.map(String).join('.') ?? '';
  return refuse(
    messageOf(value, path, issue?.message ?? 'invalid'),
    path || undefined,
    eventIdOf(value),
  );
}

function messageOf(value: unknown, path: string, what: string): string {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return 'The message is not a JSON object.';
  if (path === 'type') {
    const type = 'type' in value ? value.type : undefined;
    return typeof type === 'string'
      ? `Unknown client event type '${type.slice(0, 100)}'.`
      : "Field 'type' is missing.";
  }
  return `Field '${path}': ${what}.`;
}

function eventIdOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('event_id' in value)) return undefined;
  return typeof value.event_id === 'string' ? value.event_id.slice(0, 512) : undefined;
}

function refuse(
  message: string,
  param: string | undefined,
  clientEventId: string | undefined,
): DecodedClientEvent {
  return { isValid: false, error: { code: 'invalid_event', message, param }, clientEventId };
}
