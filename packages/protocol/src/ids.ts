/** Branded identifiers. They are made by an `IdSource` or taken from the wire by a parser, never by hand. */

type Brand<Name extends string> = string & { readonly __brand: Name };

/** A Prism session, `sess_…`. For a WebRTC call it carries the call's suffix. */
export type SessionId = Brand<'SessionId'>;

/** A WebRTC call, `rtc_…`, in the alphabet that clients check: `[A-Za-z0-9_-]`. */
export type CallId = Brand<'CallId'>;

/** A controller: one attached data channel or WebSocket that may send client events. */
export type ControllerId = Brand<'ControllerId'>;

const CALL_ID_PATTERN = /^rtc_[A-Za-z0-9_-]{1,64}$/;

/** Reads a call id as it comes in a URL; `undefined` if it can't be one. */
export function parseCallId(text: string): CallId | undefined {
  return CALL_ID_PATTERN.test(text) ? (text as CallId) : undefined;
}

/** The three ids of one call; they share a suffix, as OpenAI's do. */
export interface CallIds {
  readonly callId: CallId;
  readonly sessionId: SessionId;
}

/** Makes the ids of a call from a random suffix in `[A-Za-z0-9]`. */
export function callIdsFromSuffix(suffix: string): CallIds {
  return { callId: `rtc_${suffix}` as CallId, sessionId: `sess_${suffix}` as SessionId };
}

/** Makes a controller id from a per-session counter. */
export function controllerIdFromCount(count: number): ControllerId {
  return `ctl_${count}` as ControllerId;
}
