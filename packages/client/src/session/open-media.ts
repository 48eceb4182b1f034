import type { BrowserEnvironment } from '../browser-environment.ts';
import type { CallEndpoint } from '../call.ts';
import type { CallMedia, CallMediaSink } from '../call-media.ts';
import { PrismClientError } from '../client-error.ts';
import { fetchIceServers } from '../ice-servers.ts';
import type { ConnectOptions } from '../session-options.ts';

/** What a session hands to its media besides what the page chose. */
export interface MediaContext {
  readonly environment: BrowserEnvironment;
  readonly endpoint: CallEndpoint;
  /** The call that the session goes on with; a new one if undefined. */
  readonly callId: string | undefined;
  readonly lastEventId: () => string | undefined;
  /** Aborted when the session has ended. */
  readonly signal: AbortSignal;
}

/** Opens a session's media. Rejects with a `PrismClientError`, `connect_aborted` if the session ended meanwhile. */
export async function openMedia(
  { environment, endpoint, callId, lastEventId, signal }: MediaContext,
  options: ConnectOptions,
  sink: CallMediaSink,
): Promise<CallMedia> {
  const { mediaStream, audioElement, microphoneId, transport, path } = options;
  const iceServers = await iceServersOf(options, { environment, endpoint, signal });
  if (signal.aborted) throw new PrismClientError('connect_aborted');
  const media = await environment.openMedia(
    {
      endpoint,
      callId,
      mediaStream,
      audioElement,
      microphoneId,
      iceServers,
      transport: transport ?? 'auto',
      path: path ?? 'any',
      lastEventId,
    },
    sink,
  );
  if (signal.aborted) {
    media.close();
    throw new PrismClientError('connect_aborted');
  }
  return media;
}

async function iceServersOf(
  { iceServers = [] }: ConnectOptions,
  { environment, endpoint, signal }: Omit<MediaContext, 'callId' | 'lastEventId'>,
): Promise<RTCIceServer[]> {
  return iceServers === 'server' ? fetchIceServers(environment, endpoint, signal) : iceServers;
}
