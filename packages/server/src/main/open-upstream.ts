import type { Logger } from '../observability/logger.ts';
import type { UpstreamDialer } from '../runtime/ports/upstream.ts';
import { createRealtimeDialer } from '../upstream/realtime-dialer.ts';
import { realtimeUrl, type UpstreamChoice } from './choose-upstream.ts';
import { StartError } from './start-error.ts';

/** The way to the chosen upstream, with what has to be closed at the end. */
export interface OpenUpstream {
  readonly dialer: UpstreamDialer;
  /** Why no session can be served right now; `undefined` when it can. */
  notReadyBecause(): string | undefined;
  close(): Promise<void>;
}

export interface OpenUpstreamOptions {
  readonly handshakeTimeoutMs: number;
  readonly scenarioPath: string | undefined;
  /** Called before each message of the upstream. */
  readonly beforeMessage: () => void;
  readonly logger: Logger;
}

/** Starts the built-in engine, or points at the configured server. Throws {@link StartError} if the engine can't run. */
export async function openUpstream(
  choice: UpstreamChoice,
  options: OpenUpstreamOptions,
): Promise<OpenUpstream> {
  const { server, model } = choice;
  if (server === undefined) return openEngine(model, options);
  return {
    dialer: createRealtimeDialer({
      url: realtimeUrl(server.baseUrl, model),
      headers: server.headers,
      handshakeTimeoutMs: options.handshakeTimeoutMs,
      beforeMessage: options.beforeMessage,
    }),
    notReadyBecause: () => undefined,
    close: async () => undefined,
  };
}

async function openEngine(model: string, options: OpenUpstreamOptions): Promise<OpenUpstream> {
  // Loaded only when it answers: with OpenAI as the upstream no speech model is read.
  const { spawnEngine } = await import('@prism/engine');
  let exitReason: string | undefined;
  const engine = await spawnEngine({
    ...(options.scenarioPath === undefined ? {} : { scenarioPath: options.scenarioPath }),
    onExit: (reason) => {
      exitReason = reason;
      options.logger.error({ reason }, 'the built-in engine has stopped');
    },
  }).catch((cause: unknown) => {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`The built-in engine can't start: ${detail}`, { cause });
  });
  const dialer = createRealtimeDialer({
    url: realtimeUrl(engine.url, model),
    headers: { authorization: `Bearer ${engine.apiKey}` },
    handshakeTimeoutMs: options.handshakeTimeoutMs,
    beforeMessage: options.beforeMessage,
  });
  return {
    dialer,
    notReadyBecause: () =>
      exitReason === undefined ? undefined : `the built-in engine has stopped: ${exitReason}`,
    close: () => engine.close(),
  };
}
