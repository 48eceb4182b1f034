import type {
  ClientEvent,
  OpaqueClientEvent,
  OtherServerEvent,
  PolicyPreset,
  PrismErrorInfo,
} from '@prism/protocol';

/** What becomes of a client event. */
export type ClientVerdict =
  /** It goes on as it came. */
  | { readonly type: 'pass' }
  /** This goes on in its place; `error`, if there is one, names what was taken out. */
  | {
      readonly type: 'rewrite';
      readonly event: ClientEvent;
      readonly error: PrismErrorInfo | undefined;
    }
  /** A `session.update` of which nothing is left to set. */
  | { readonly type: 'nothing_left'; readonly error: PrismErrorInfo | undefined }
  | { readonly type: 'deny'; readonly error: PrismErrorInfo };

/** What a controller may do, for it to read. */
export interface Permissions {
  readonly preset: PolicyPreset;
  readonly clientEvents: 'all' | readonly string[];
  readonly serverEvents: 'all' | readonly string[];
  /** Paths of the session object. */
  readonly lockedFields: readonly string[];
}

/** What one controller may send and see, ready to be asked for every event. */
export interface CompiledPolicy {
  /** Nothing is held back from it in either direction. */
  readonly isOpen: boolean;
  /** Whether its appended audio passes, which nobody parses. */
  readonly sendsAudio: boolean;
  /** Whether audio deltas reach it, which nobody parses. */
  readonly hearsAudio: boolean;
  /** Of what the user sees, that it may tell the model; 0 for nothing. */
  readonly contextBytesMax: number;
  readonly permissions: Permissions;
  allowsClientType(type: string): boolean;
  clientEvent(event: ClientEvent): ClientVerdict;
  /** Of an event that Prism can't read. */
  opaqueEvent(event: OpaqueClientEvent): Extract<ClientVerdict, { type: 'pass' | 'deny' }>;
  /** What the controller is told of a server event, `text` if that is all of it; `undefined`: nothing. */
  serverEvent(event: OtherServerEvent, text: string): string | undefined;
  /** Whether the calls of a function are hidden from it. */
  hidesTool(name: string | undefined): boolean;
}

export const PASS: ClientVerdict & { readonly type: 'pass' } = { type: 'pass' };

/** Refuses an event for its type, or for what `param` names of it. */
export function notAllowed(
  type: string,
  why: string,
  param = 'type',
): { readonly type: 'deny'; readonly error: PrismErrorInfo } {
  const message = `${type.slice(0, 100)}: ${why}`;
  return { type: 'deny', error: { code: 'event_not_allowed', message, param } };
}
