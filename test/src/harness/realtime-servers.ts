import { type EngineOptions, spawnEngine } from '@prism/engine';
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
  start(options?: Pick<EngineOptions, 'scenarioPath'>): Promise<RealtimeServer>;
}

/** The same clients, unchanged, against the engine itself and through Prism. */
export const REALTIME_SERVERS: readonly RealtimeServerKind[] = [
  { name: 'the engine', start: (options) => spawnEngine(options) },
  {
    name: 'Prism',
    start: async ({ scenarioPath } = {}) => {
      const { prism, url } = await startPrism({
        apiKeys: ['sk-prism-test'],
        ...(scenarioPath === undefined ? {} : { engineScenarioPath: scenarioPath }),
      });
      return { url: `${url}/v1`, apiKey: 'sk-prism-test', close: () => prism.close() };
    },
  },
];
