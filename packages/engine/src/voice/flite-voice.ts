import { Worker } from 'node:worker_threads';
import type { SpeechListener, SpeechRequest, Utterance, Voice } from '../ports/voice.ts';
import { type EngineLogger, silentLogger } from '../workers/engine-logger.ts';
import type { SpeakReply, SpeakRequest } from '../workers/speak-protocol.ts';
import { speechThreadCount } from '../workers/speech-thread-count.ts';
import { SupervisedWorker } from '../workers/supervised-worker.ts';

/** How the built-in voice runs. */
export interface FliteVoiceOptions {
  /** Threads that speak, each about fifty times faster than real time; one per core by default, 2 at most. */
  readonly workerCount?: number;
  /** Utterances that are spoken or wait for it; more are refused with `failed`. 64 by default. */
  readonly maxUtteranceCount?: number;
  /** Longer texts are refused with `failed`. 20,000 by default. */
  readonly maxTextChars?: number;
  readonly logger?: EngineLogger;
  /** Starts a worker thread; only tests have a reason to replace it. */
  readonly spawnWorker?: () => Worker;
}

const DEFAULT_MAX_UTTERANCE_COUNT = 64;
const DEFAULT_MAX_TEXT_CHARS = 20_000;
/** Announcements whose thread is remembered; of older ones nothing but the work is lost. */
const MAX_ANNOUNCED_COUNT = 64;

/**
 * Starts the built-in voice: CMU Flite in worker threads.
 *
 * @returns The voice, ready to speak at once. Rejects if no worker can be started.
 */
export async function createFliteVoice(options: FliteVoiceOptions = {}): Promise<Voice> {
  const voice = new WorkerVoice(options);
  try {
    await voice.ready();
  } catch (error) {
    await voice.close();
    throw error;
  }
  return voice;
}

interface Pending {
  readonly listener: SpeechListener;
  readonly lane: Lane;
}

interface Lane {
  readonly worker: SupervisedWorker<SpeakRequest, SpeakReply>;
  utteranceCount: number;
}

class WorkerVoice implements Voice {
  readonly #lanes: readonly Lane[];
  readonly #pending = new Map<number, Pending>();
  /** Who has been told of what will probably be asked for. */
  readonly #announced = new Map<string, Lane>();
  readonly #maxUtteranceCount: number;
  readonly #maxTextChars: number;
  #nextId = 1;
  #isClosed = false;

  constructor(options: FliteVoiceOptions) {
    this.#maxUtteranceCount = options.maxUtteranceCount ?? DEFAULT_MAX_UTTERANCE_COUNT;
    this.#maxTextChars = options.maxTextChars ?? DEFAULT_MAX_TEXT_CHARS;
    const spawn =
      options.spawnWorker ??
      // The flags of the main thread aren't for it.
      (() => new Worker(new URL('../workers/speak-worker.js', import.meta.url), { execArgv: [] }));
    this.#lanes = Array.from({ length: options.workerCount ?? speechThreadCount() }, (_, index) => {
      const lane: Lane = {
        worker: new SupervisedWorker<SpeakRequest, SpeakReply>({
          name: `speak-worker-${index}`,
          spawn,
          logger: options.logger ?? silentLogger,
          reply: (reply) => this.#hear(reply),
          died: (reason) => this.#failAll(reason, lane),
        }),
        utteranceCount: 0,
      };
      return lane;
    });
  }

  async ready(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.worker.ready()));
  }

  speak(request: SpeechRequest, listener: SpeechListener): Utterance {
    const id = this.#nextId++;
    const refusal = this.#refusal(request);
    const lane = this.#takeAnnounced(request) ?? this.#idlestLane();
    if (refusal !== undefined || lane === undefined) {
      const reason = refusal ?? 'the voice has no worker left';
      let isCancelled = false;
      // As every other answer, a refusal comes after this call has returned.
      queueMicrotask(() => {
        if (!isCancelled && !this.#isClosed) listener.failed(reason);
      });
      return {
        cancel: () => {
          isCancelled = true;
        },
      };
    }
    this.#pending.set(id, { listener, lane });
    lane.utteranceCount++;
    const { text, voice, speedRatio } = request;
    lane.worker.post({ type: 'speak', id, request: { text, voice, speedRatio } });
    return {
      cancel: () => {
        if (this.#forget(id)) lane.worker.post({ type: 'cancel', id });
      },
    };
  }

  announce(request: SpeechRequest): void {
    const key = keyOf(request);
    const lane = this.#idlestLane();
    const isRefused = this.#refusal(request) !== undefined || this.#announced.has(key);
    if (lane === undefined || isRefused) return;
    this.#announced.set(key, lane);
    if (this.#announced.size > MAX_ANNOUNCED_COUNT) {
      const [oldest = ''] = this.#announced.keys();
      this.#announced.delete(oldest);
    }
    const { text, voice, speedRatio } = request;
    lane.worker.post({ type: 'announce', request: { text, voice, speedRatio } });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#pending.clear();
    await Promise.all(this.#lanes.map((lane) => lane.worker.close()));
  }

  #refusal(request: SpeechRequest): string | undefined {
    if (this.#isClosed) return 'the voice is closed';
    if (request.text.length > this.#maxTextChars) return 'the text is too long to be spoken';
    if (this.#pending.size >= this.#maxUtteranceCount) return 'the voice is busy';
    return undefined;
  }

  /** The thread that has made the beginning of a request already; it is forgotten, as the answer is asked for once. */
  #takeAnnounced(request: SpeechRequest): Lane | undefined {
    const key = keyOf(request);
    const lane = this.#announced.get(key);
    this.#announced.delete(key);
    return lane?.worker.isRunning === true ? lane : undefined;
  }

  #idlestLane(): Lane | undefined {
    const announced = [...this.#announced.values()];
    const load = (lane: Lane): number =>
      lane.utteranceCount + announced.filter((other) => other === lane).length;
    return this.#lanes
      .filter((lane) => lane.worker.isRunning)
      .reduce<Lane | undefined>(
        (best, lane) => (best && load(best) <= load(lane) ? best : lane),
        undefined,
      );
  }

  #hear(reply: SpeakReply): void {
    const pending = this.#pending.get(reply.id);
    // What was cancelled meanwhile stays silent.
    if (pending === undefined) return;
    switch (reply.type) {
      case 'chunk':
        pending.listener.chunk({ text: reply.text, pcm: reply.pcm });
        break;
      case 'finished':
        this.#forget(reply.id);
        pending.listener.finished();
        break;
      case 'failed':
        this.#forget(reply.id);
        pending.listener.failed(reply.reason);
        break;
    }
  }

  #forget(id: number): boolean {
    const pending = this.#pending.get(id);
    if (pending === undefined) return false;
    pending.lane.utteranceCount--;
    return this.#pending.delete(id);
  }

  #failAll(reason: string, lane: Lane): void {
    for (const [id, pending] of [...this.#pending]) {
      if (pending.lane !== lane) continue;
      this.#forget(id);
      pending.listener.failed(reason);
    }
  }
}

function keyOf({ text, voice, speedRatio }: SpeechRequest): string {
  return JSON.stringify([text, voice, speedRatio]);
}
