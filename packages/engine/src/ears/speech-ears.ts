import { Worker } from 'node:worker_threads';
import {
  ACTIVITY_FRAME_SAMPLES,
  type Ear,
  type EarGrammar,
  type EarListener,
  type Ears,
  PORT_SAMPLE_RATE_HZ,
} from '../ports/ears.ts';
import { type EngineLogger, silentLogger } from '../workers/engine-logger.ts';
import type { ListenReply, ListenRequest } from '../workers/listen-protocol.ts';
import { speechThreadCount } from '../workers/speech-thread-count.ts';
import { SupervisedWorker } from '../workers/supervised-worker.ts';

/** How the built-in ears run. */
export interface SpeechEarsOptions {
  /** Threads that listen; one per core by default, 2 at most. */
  readonly workerCount?: number;
  /** Utterances that each thread recognises at the same time; 4 by default, made as ears are opened. More wait. */
  readonly recogniserCount?: number;
  readonly logger?: EngineLogger;
  /** Starts a worker thread; only tests have a reason to replace it. */
  readonly spawnWorker?: (recogniserCount: number) => Worker;
}

const DEFAULT_RECOGNISER_COUNT = 4;
/** Audio that a worker hasn't taken yet; what comes beyond it is heard as silence. */
const MAX_IN_FLIGHT_SAMPLES = 60 * PORT_SAMPLE_RATE_HZ;

/**
 * Starts the built-in ears: RNNoise for voice activity, soundswallower for the words, in worker threads.
 *
 * @returns The ears, as soon as each thread has its first recogniser. Rejects if a worker can't be started.
 */
export async function createSpeechEars(options: SpeechEarsOptions = {}): Promise<Ears> {
  const ears = new WorkerEars(options);
  try {
    await ears.ready();
  } catch (error) {
    await ears.close();
    throw error;
  }
  return ears;
}

type ListenWorker = SupervisedWorker<ListenRequest, ListenReply>;

class WorkerEars implements Ears {
  readonly #workers: readonly ListenWorker[];
  readonly #ears = new Map<number, WorkerEar>();
  readonly #logger: EngineLogger;
  #nextEarId = 1;

  constructor(options: SpeechEarsOptions) {
    this.#logger = options.logger ?? silentLogger;
    const recogniserCount = options.recogniserCount ?? DEFAULT_RECOGNISER_COUNT;
    const spawn =
      options.spawnWorker ??
      ((count: number) =>
        new Worker(new URL('../workers/listen-worker.js', import.meta.url), {
          // The flags of the main thread aren't for it.
          execArgv: [],
          workerData: { recogniserCount: count },
        }));
    this.#workers = Array.from(
      { length: options.workerCount ?? speechThreadCount() },
      (_, index) => {
        const worker: ListenWorker = new SupervisedWorker<ListenRequest, ListenReply>({
          name: `listen-worker-${index}`,
          spawn: () => spawn(recogniserCount),
          logger: this.#logger,
          reply: (reply) => this.#ears.get(reply.earId)?.hear(reply),
          died: (reason, isFinal) => this.#recover(worker, reason, isFinal),
        });
        return worker;
      },
    );
  }

  async ready(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.ready()));
  }

  open(grammar: EarGrammar, listener: EarListener): Ear {
    const id = this.#nextEarId++;
    const ear = new WorkerEar({
      id,
      grammar,
      listener,
      logger: this.#logger,
      closed: () => this.#ears.delete(id),
    });
    this.#ears.set(id, ear);
    ear.attach(this.#idlestWorker());
    return ear;
  }

  async close(): Promise<void> {
    for (const ear of [...this.#ears.values()]) ear.close();
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }

  #idlestWorker(): ListenWorker | undefined {
    const running = this.#workers.filter((worker) => worker.isRunning);
    const load = (worker: ListenWorker): number =>
      [...this.#ears.values()].filter((ear) => ear.worker === worker).length;
    return running.sort((a, b) => load(a) - load(b))[0];
  }

  #recover(worker: ListenWorker, reason: string, isFinal: boolean): void {
    for (const ear of [...this.#ears.values()]) {
      if (ear.worker === worker) ear.moveTo(isFinal ? this.#idlestWorker() : worker, reason);
    }
  }
}

interface WorkerEarOptions {
  readonly id: number;
  readonly grammar: EarGrammar;
  readonly listener: EarListener;
  readonly logger: EngineLogger;
  readonly closed: () => void;
}

class WorkerEar implements Ear {
  readonly #options: WorkerEarOptions;
  readonly #utteranceIds = new Set<string>();
  #worker: ListenWorker | undefined;
  #grammar: EarGrammar;
  #pushedSamples = 0;
  #toldSamples = 0;
  /** Samples given to the worker; at most {@link MAX_IN_FLIGHT_SAMPLES} more than it has told of. */
  #sentSamples = 0;
  /** Samples after those that came too fast and are replaced by silence. */
  #unsentSilenceSamples = 0;
  #isClosed = false;

  constructor(options: WorkerEarOptions) {
    this.#options = options;
    this.#grammar = options.grammar;
  }

  /** The worker that listens for it. */
  get worker(): ListenWorker | undefined {
    return this.#worker;
  }

  attach(worker: ListenWorker | undefined): void {
    this.#worker = worker;
    this.#post({
      type: 'open',
      earId: this.#options.id,
      grammar: this.#grammar,
      startSample: this.#toldSamples,
    });
    const lostSamples = this.#pushedSamples - this.#toldSamples;
    this.#sentSamples = this.#pushedSamples;
    this.#unsentSilenceSamples = 0;
    // What the dead worker had not told of is gone; the positions after it stay true.
    if (lostSamples > 0) {
      this.#post({ type: 'silence', earId: this.#options.id, sampleCount: lostSamples });
    }
  }

  moveTo(worker: ListenWorker | undefined, reason: string): void {
    const failed = [...this.#utteranceIds];
    this.#utteranceIds.clear();
    this.attach(worker);
    for (const utteranceId of failed) this.#options.listener.failed(utteranceId, reason);
  }

  push(pcm: Int16Array): void {
    if (this.#isClosed || pcm.length === 0) return;
    this.#pushedSamples += pcm.length;
    if (this.#sentSamples - this.#toldSamples + pcm.length > MAX_IN_FLIGHT_SAMPLES) {
      this.#silence(pcm.length);
      return;
    }
    this.#sendSilence();
    this.#sentSamples += pcm.length;
    const copy = pcm.slice();
    this.#worker?.post({ type: 'push', earId: this.#options.id, pcm: copy }, [copy.buffer]);
  }

  begin(utteranceId: string, fromSample: number): void {
    if (this.#isClosed) return;
    if (this.#utteranceIds.has(utteranceId)) {
      throw new RangeError(`the utterance ${utteranceId} has begun already`);
    }
    this.#utteranceIds.add(utteranceId);
    if (this.#worker === undefined) {
      // As every other answer, this one comes after the call has returned.
      queueMicrotask(() => {
        if (this.#utteranceIds.delete(utteranceId)) {
          this.#options.listener.failed(utteranceId, 'the ears have no worker left');
        }
      });
      return;
    }
    this.#post({ type: 'begin', earId: this.#options.id, utteranceId, fromSample });
  }

  end(utteranceId: string, toSample: number): void {
    if (!this.#utteranceIds.has(utteranceId)) return;
    this.#post({ type: 'end', earId: this.#options.id, utteranceId, toSample });
  }

  cancel(utteranceId: string): void {
    if (!this.#utteranceIds.delete(utteranceId)) return;
    this.#post({ type: 'cancel', earId: this.#options.id, utteranceId });
  }

  setGrammar(grammar: EarGrammar): void {
    this.#grammar = grammar;
    this.#post({ type: 'grammar', earId: this.#options.id, grammar });
  }

  close(): void {
    if (this.#isClosed) return;
    this.#post({ type: 'close', earId: this.#options.id });
    this.#isClosed = true;
    this.#utteranceIds.clear();
    this.#options.closed();
  }

  /** Tells the listener what the worker says, unless it is no longer wanted. */
  hear(reply: ListenReply): void {
    if (this.#isClosed) return;
    const { listener } = this.#options;
    switch (reply.type) {
      case 'activity':
        this.#toldSamples = reply.firstSample + reply.probabilities.length * ACTIVITY_FRAME_SAMPLES;
        listener.activity(reply.firstSample, reply.probabilities);
        this.#post({ type: 'told', earId: this.#options.id, sample: this.#toldSamples });
        this.#sendSilence();
        break;
      case 'partial':
        if (this.#utteranceIds.has(reply.utteranceId)) {
          listener.partial(reply.utteranceId, reply.text);
        }
        break;
      case 'final':
        if (this.#utteranceIds.delete(reply.utteranceId)) {
          listener.final(reply.utteranceId, reply.hearing);
        }
        break;
      case 'failed':
        if (this.#utteranceIds.delete(reply.utteranceId)) {
          listener.failed(reply.utteranceId, reply.reason);
        }
        break;
    }
  }

  /** Sends what was silenced, once there is room; its length counts little, as silence is only a number. */
  #sendSilence(): void {
    if (this.#unsentSilenceSamples === 0) return;
    const sampleCount = this.#unsentSilenceSamples;
    this.#post({ type: 'silence', earId: this.#options.id, sampleCount });
    this.#sentSamples += sampleCount;
    this.#unsentSilenceSamples = 0;
  }

  #silence(sampleCount: number): void {
    if (this.#unsentSilenceSamples === 0) {
      this.#options.logger.warn('an ear falls behind: audio is heard as silence', {
        earId: this.#options.id,
      });
    }
    this.#unsentSilenceSamples += sampleCount;
  }

  #post(request: ListenRequest): void {
    if (!this.#isClosed) this.#worker?.post(request);
  }
}
