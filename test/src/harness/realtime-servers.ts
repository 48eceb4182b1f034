import { createEngine, type EngineOptions, spawnEngine } from '@prism/engine';
import { startPrism } from './prism-under-test.ts';

/** A Realtime server that official clients talk to. */
export interface RealtimeServer {
  /** The base URL, `http://127.0.0.1:…/v1`. */
  readonly url: string;
  readonly apiKey: string;
  close(): Promise<void>;
}

export interface RealtimeServerKind {
  readonly name: string;
  /** Whether a client may read what its client secret has set. */
  readonly showsBoundSession: boolean;
  /** Starts one on its own; at the pace of speech if asked for, so that an answer can be interrupted while it is sent. */
  start(options?: Pick<EngineOptions, 'scenarioPath' | 'outputPaceRatio'>): Promise<RealtimeServer>;
}

const KEY = 'sk-prism-test';

/** The same clients, unchanged, against the engine itself and through Prism. */
export const REALTIME_SERVERS: readonly RealtimeServerKind[] = [
  {
    name: 'the engine',
    showsBoundSession: true,
    start: async (options = {}) => {
      if (options.outputPaceRatio === undefined) return spawnEngine(options);
      const engine = await createEngine({ ...options, apiKeys: [KEY] });
      return { url: engine.url, apiKey: KEY, close: () => engine.close() };
    },
  },
  {
    name: 'Prism',
    showsBoundSession: false,
    start: async ({ scenarioPath, outputPaceRatio } = {}) => {
      const engine =
        outputPaceRatio === undefined ? undefined : await createEngine({ outputPaceRatio });
      const { prism, url } = await startPrism({
        apiKeys: [KEY],
        ...(scenarioPath === undefined ? {} : { engineScenarioPath: scenarioPath }),
        ...(engine === undefined ? {} : { upstreamKind: 'realtime', upstreamBaseUrl: engine.url }),
      });
      return {
        url: `${url}/v1`,
        apiKey: KEY,
        close: async () => {
          await prism.close();
          await engine?.close();
        },
      };
    },
  },
];
