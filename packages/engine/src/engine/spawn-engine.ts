import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { type EngineLogger, silentLogger } from '../workers/engine-logger.ts';

/** How a spawned engine runs. */
export interface SpawnEngineOptions {
  /** The scenario's YAML file; the built-in assistant by default. */
  readonly scenarioPath?: string;
  readonly logger?: EngineLogger;
  /** The thread has ended without being asked to. Not called before the promise has settled, nor after `close`. */
  readonly onExit?: (reason: string) => void;
  /** Starts the thread; only tests have a reason to replace it. */
  readonly spawnWorker?: (workerData: EngineThreadData) => Worker;
}

/** An engine in a thread of its own. */
export interface SpawnedEngine {
  /** The base URL as official clients take it, `http://127.0.0.1:…/v1`. */
  readonly url: string;
  /** The only key that opens it. */
  readonly apiKey: string;
  /** Ends the thread. Idempotent. */
  close(): Promise<void>;
}

/** What the thread is started with. */
export interface EngineThreadData {
  readonly apiKey: string;
  readonly scenarioPath: string | undefined;
}

/** What the thread tells. */
export type EngineThreadMessage =
  | { readonly type: 'listening'; readonly url: string }
  | { readonly type: 'closed' }
  | {
      readonly type: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly text: string;
      readonly fields: Readonly<Record<string, unknown>>;
    };

/** How long the thread may take to close its sessions; then it is ended. */
const CLOSE_MS_MAX = 5_000;

/**
 * Runs an engine in a worker thread, on a free port of the loopback interface and with a random key, so that speech
 * work never blocks the caller's event loop. Rejects if it can't start.
 */
export async function spawnEngine(options: SpawnEngineOptions = {}): Promise<SpawnedEngine> {
  const logger = options.logger ?? silentLogger;
  const apiKey = `sk-engine-${randomBytes(24).toString('hex')}`;
  const workerData: EngineThreadData = { apiKey, scenarioPath: options.scenarioPath };
  const spawn =
    options.spawnWorker ??
    ((data: EngineThreadData) =>
      new Worker(new URL('./engine-thread.js', import.meta.url), { workerData: data }));
  const worker = spawn(workerData);
  let failure: Error | undefined;
  let onClosed: () => void = () => undefined;
  const exited = new Promise<string>((resolve) => {
    worker.once('error', (error) => {
      failure = error;
    });
    worker.once('exit', (code) => resolve(failure?.message ?? `the thread exited with ${code}`));
  });
  const listening = new Promise<string>((resolve) => {
    worker.on('message', (message: EngineThreadMessage) => {
      if (message.type === 'listening') {
        resolve(message.url);
      } else if (message.type === 'closed') {
        onClosed();
      } else {
        logger[message.level](message.text, message.fields);
      }
    });
  });
  const url = await Promise.race([
    listening,
    exited.then((reason) => {
      throw failure ?? new Error(reason);
    }),
  ]);
  let closing: Promise<void> | undefined;
  void exited.then((reason) => {
    if (closing === undefined) {
      options.onExit?.(reason);
    }
  });
  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      onClosed = resolve;
    });
    worker.postMessage('close');
    const timer = setTimeout(() => onClosed(), CLOSE_MS_MAX);
    await Promise.race([closed, exited]);
    clearTimeout(timer);
    await worker.terminate();
  };
  return {
    url,
    apiKey,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
