import type { Transferable, Worker } from 'node:worker_threads';
import type { EngineLogger } from './engine-logger.ts';

/** What a worker of the engine says besides its own replies. */
export type WorkerNotice =
  | { readonly type: 'ready' }
  | { readonly type: 'warning'; readonly message: string };

/** Who the worker is, how it is started, and who is told. */
export interface SupervisedWorkerOptions<Reply> {
  readonly name: string;
  readonly spawn: () => Worker;
  readonly logger: EngineLogger;
  /** Called with each message of the worker. */
  readonly reply: (reply: Reply) => void;
  /** The worker is gone with all it knew; a new one is already starting unless `isFinal`. */
  readonly died: (reason: string, isFinal: boolean) => void;
}

/** A worker that dies this often without having become ready in between isn't started again. */
const MAX_FRUITLESS_STARTS = 3;

/** Keeps one worker thread running: starts it, tells of its death, starts it again. */
export class SupervisedWorker<Request, Reply extends { readonly type: string }> {
  readonly #options: SupervisedWorkerOptions<Reply>;
  #worker: Worker | undefined;
  #fruitlessStartCount = 0;
  #isClosed = false;
  readonly #ready: Promise<void>;
  #resolveReady: () => void = () => undefined;
  #rejectReady: (error: Error) => void = () => undefined;

  constructor(options: SupervisedWorkerOptions<Reply>) {
    this.#options = options;
    this.#ready = new Promise((resolve, reject) => {
      this.#resolveReady = resolve;
      this.#rejectReady = reject;
    });
    // Whoever doesn't wait for readiness hears of the death through `died`.
    this.#ready.catch(() => undefined);
    this.#start();
  }

  /** Resolves when the worker first is ready; rejects if it can't be started or is closed before. */
  ready(): Promise<void> {
    return this.#ready;
  }

  /** False once the worker is closed or given up. */
  get isRunning(): boolean {
    return this.#worker !== undefined;
  }

  /** Sends a request; it is dropped if the worker is closed or given up. */
  post(request: Request, transfer: readonly Transferable[] = []): void {
    this.#worker?.postMessage(request, transfer);
  }

  /** Stops the worker for good. Idempotent; resolves when its thread has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#rejectReady(new Error(`${this.#options.name} was closed before it was ready`));
    await worker?.terminate();
  }

  #start(): void {
    const worker = this.#options.spawn();
    this.#worker = worker;
    let failure: Error | undefined;
    worker.on('message', (message: Reply | WorkerNotice) => {
      if (this.#worker === worker) this.#hear(message);
    });
    worker.on('error', (error: Error) => {
      failure = error;
    });
    worker.on('exit', (code) => {
      if (this.#worker === worker) this.#bury(failure ?? new Error(`exit code ${code}`));
    });
  }

  #hear(message: Reply | WorkerNotice): void {
    if (isNotice(message)) {
      if (message.type === 'warning') {
        this.#options.logger.warn(message.message, { worker: this.#options.name });
        return;
      }
      this.#fruitlessStartCount = 0;
      this.#resolveReady();
      return;
    }
    this.#options.reply(message);
  }

  #bury(failure: Error): void {
    this.#worker = undefined;
    const { name, logger, died } = this.#options;
    const text = `${name} died: ${failure.message}`;
    this.#fruitlessStartCount++;
    const isFinal = this.#isClosed || this.#fruitlessStartCount >= MAX_FRUITLESS_STARTS;
    if (isFinal) this.#rejectReady(new Error(text));
    else this.#start();
    logger.error(text, { worker: name, isRestarted: !isFinal, stack: failure.stack });
    died(text, isFinal);
  }
}

function isNotice(message: { readonly type: string }): message is WorkerNotice {
  return message.type === 'ready' || message.type === 'warning';
}
