import type { Clock } from '@prism/core';
import type { DecodedServerEvent } from '@prism/protocol';
import { createRealtimeDialer } from '../../../upstream/realtime-dialer.ts';
import { realtimeUrl, type UpstreamServer } from '../../choose-upstream.ts';
import type { EngineTrial, UpstreamDialled, UpstreamRefusal } from '../environment.ts';
import { outcomeOf } from './attempt.ts';

/** The check's own limit is shorter. */
const HANDSHAKE_MS_MAX = 60_000;

/** Opens a session with the dialer that serves calls, waits for `session.created`, and closes it. */
export async function dialUpstream(
  { server, model }: { readonly server: UpstreamServer; readonly model: string },
  signal: AbortSignal,
  clock: Clock,
): Promise<UpstreamDialled | UpstreamRefusal> {
  const dialer = createRealtimeDialer({
    url: realtimeUrl(server.baseUrl, model),
    headers: server.headers,
    handshakeTimeoutMs: HANDSHAKE_MS_MAX,
  });
  let refusal: UpstreamRefusal = { errorCode: 'upstream_unreachable', message: 'no session came' };
  const outcome = await outcomeOf<UpstreamDialled>(signal, (settle) => {
    const startMs = clock.nowMs();
    let acceptedMs = 0;
    const fail = (errorCode: string, message: string): void => {
      refusal = { errorCode, message };
      settle({ isOk: false, code: errorCode });
    };
    const upstream = dialer.dial(
      {
        ready: () => {
          acceptedMs = clock.nowMs() - startMs;
        },
        event: (decoded) => {
          const said = readFirst(decoded);
          if (said.type === 'error') fail('upstream_error', said.message);
          if (said.type !== 'session') return;
          const sessionMs = clock.nowMs() - startMs;
          settle({ isOk: true, value: { acceptedMs, sessionMs, model: said.model } });
        },
        audio: () => undefined,
        delta: () => undefined,
        failed: ({ error }) => fail(error.code, error.message),
      },
      { intent: 'realtime', model: undefined, headers: {}, audio: 'decoded' },
    );
    return () => upstream.close();
  });
  return outcome.isOk ? outcome.value : refusal;
}

type FirstWords =
  | { readonly type: 'session'; readonly model: string | undefined }
  | { readonly type: 'error'; readonly message: string }
  | { readonly type: 'else' };

function readFirst(decoded: DecodedServerEvent): FirstWords {
  if (decoded.kind !== 'known') return { type: 'else' };
  const { event } = decoded;
  if (event.type === 'error')
    return { type: 'error', message: String(event.error.message).slice(0, 300) };
  if (event.type !== 'session.created') return { type: 'else' };
  const { model } = event.session;
  return { type: 'session', model: typeof model === 'string' ? model.slice(0, 100) : undefined };
}

/** Starts the engine in its thread, opens one session as a call would, and ends both. */
export async function tryEngine(
  scenarioPath: string | undefined,
  signal: AbortSignal,
  clock: Clock,
): Promise<EngineTrial> {
  const startMs = clock.nowMs();
  let engine: { readonly url: string; readonly apiKey: string; close(): Promise<void> };
  try {
    const { spawnEngine } = await import('@prism/engine');
    engine = await spawnEngine(scenarioPath === undefined ? {} : { scenarioPath });
  } catch (error) {
    return { isOk: false, message: error instanceof Error ? error.message : String(error) };
  }
  const startedMs = clock.nowMs();
  const headers = { authorization: `Bearer ${engine.apiKey}` };
  const target = { server: { baseUrl: engine.url, headers }, model: 'prism-engine' };
  const dialled = await dialUpstream(target, signal, clock);
  await engine.close();
  if ('errorCode' in dialled) return { isOk: false, message: dialled.message };
  return { isOk: true, startMs: startedMs - startMs, sessionMs: dialled.sessionMs };
}
