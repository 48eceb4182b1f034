import { OPEN_ACCESS, type SessionAccess, type SessionConfig } from '@prism/protocol';

/** A request on its way through the server. */
export interface RequestArrival {
  /** How long ago it came. */
  readonly elapsedMs: number;
  /** How long after that its caller was known to be allowed in. */
  readonly authorizedAfterMs: number;
}

/** What a caller asks of a session before its first event: how the upstream is dialled and configured. */
export interface SessionRequest {
  /** `realtime`, or `transcription` for sessions without answers (Realtime reference, `intent`). */
  readonly intent: 'realtime' | 'transcription';
  /** The model the caller names; the upstream's configured one if undefined. */
  readonly model: string | undefined;
  /** Sent upstream as the first `session.update`, before any event of the caller; none if undefined. */
  readonly session: SessionConfig | undefined;
  /** Headers of the caller that the upstream may see, in lower case; policy has let them through. */
  readonly upstreamHeaders: Readonly<Record<string, string>>;
  /** How far ahead of real time a WebSocket client gets its audio, in ms; the server's setting if undefined. */
  readonly pacingLeadMs: number | undefined;
  /** Who opens the session, and what that allows. */
  readonly access: SessionAccess;
  /** Whom limits by address count the session against; undefined if that isn't known. */
  readonly countedAddress: string | undefined;
  /** The last event that the caller had of a call before, which it couldn't go on with; it is told so. */
  readonly lastEventId?: string | undefined;
}

/** A request that asks for nothing. */
export const PLAIN_REQUEST: CallRequest = {
  intent: 'realtime',
  model: undefined,
  session: undefined,
  upstreamHeaders: {},
  pacingLeadMs: undefined,
  access: OPEN_ACCESS,
  countedAddress: undefined,
  dataChannelId: undefined,
  clientAddress: undefined,
  isClientFiltered: false,
  expectsEarlyAudio: false,
  isPrepared: false,
};

/** What a WebRTC caller asks besides. */
export interface CallRequest extends SessionRequest {
  /** Stream id of a pre-negotiated data channel (`?dcid=`); undefined if the client opens it in band. */
  readonly dataChannelId: number | undefined;
  /** Where the request came from; undefined if that isn't known, as behind a proxy. */
  readonly clientAddress: string | undefined;
  /** Whether the client is told only what it needs to show a conversation (Azure's `?webrtcfilter=on`). */
  readonly isClientFiltered: boolean;
  /** Whether it hands over what was said before the call (`?early_audio=on`). */
  readonly expectsEarlyAudio: boolean;
  /** Whether it is answered now and begins when the client comes (`?begin=when_reached`). */
  readonly isPrepared: boolean;
}

/** Of a caller's headers those with `names`, in lower case. */
export function forwardedHeadersOf(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  names: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    }),
  );
}
