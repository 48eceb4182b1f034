import { parentPort, workerData } from 'node:worker_threads';
import { createEngine } from './create-engine.ts';
import type { EngineThreadData, EngineThreadMessage } from './spawn-engine.ts';

/** The thread of a spawned engine: starts it, tells its address, and closes it when asked to. */

function tell(message: EngineThreadMessage): void {
  parentPort?.postMessage(message);
}

const { apiKey, scenarioPath } = workerData as EngineThreadData;
const engine = await createEngine({
  apiKeys: [apiKey],
  ...(scenarioPath === undefined ? {} : { scenarioPath }),
  logger: {
    info: (text, fields) => tell({ type: 'log', level: 'info', text, fields: fields ?? {} }),
    warn: (text, fields) => tell({ type: 'log', level: 'warn', text, fields: fields ?? {} }),
    error: (text, fields) => tell({ type: 'log', level: 'error', text, fields: fields ?? {} }),
  },
});
parentPort?.once('message', () => {
  void engine.close().then(() => {
    tell({ type: 'closed' });
    parentPort?.close();
  });
});
tell({ type: 'listening', url: engine.url });
