import { ACTIVITY_FRAME_SAMPLES, type EarGrammar } from '../ports/ears.ts';
import type { ListenReply, ListenRequest } from '../workers/listen-protocol.ts';
import type { Denoiser } from './denoiser.ts';
import { EarStream } from './ear-stream.ts';
import { FrameQueue } from './frame-queue.ts';
import type { PreparedGrammarResult } from './prepared-grammar.ts';
import type { RecogniserPool } from './recogniser-pool.ts';
import { Utterance } from './utterance.ts';

/** What a desk works with. */
export interface ListenDeskParts {
  readonly pool: RecogniserPool;
  readonly createDenoiser: () => Denoiser;
  readonly prepare: (grammar: EarGrammar) => PreparedGrammarResult;
  readonly send: (reply: ListenReply) => void;
}

interface OpenEar {
  readonly id: number;
  readonly stream: EarStream;
  readonly queue: FrameQueue;
  readonly startSample: number;
  readonly utterances: Map<string, Utterance>;
  grammar: PreparedGrammarResult;
  /** Frames whose activity the listener knows. */
  toldFrame: number;
}

/** Done for one ear before the next one's turn: 100 ms of audio, about 2 ms of work. */
const ACTIVITY_BATCH_FRAMES = 10;
/** Recognised for one utterance before anything else has its turn: 100 ms of audio, about 5 ms of work. */
const RECOGNITION_BATCH_FRAMES = 10;
/**
 * How far the processing of an ear may be ahead of what its listener was told: 5 s, so that `begin` still finds its
 * beginning among the 15 s that are kept when audio comes faster than real time.
 */
const MAX_UNTOLD_FRAMES = 500;
const MAX_UTTERANCES_PER_EAR = 8;

/** All ears of one thread: takes the requests, and does the work in small steps, in turn. */
export class ListenDesk {
  readonly #parts: ListenDeskParts;
  readonly #ears = new Map<number, OpenEar>();
  /** Utterances that wait for a recogniser, first come first served. */
  readonly #waiting: { readonly ear: OpenEar; readonly id: string }[] = [];
  /** Place of the utterance that was served last. */
  #turn = 0;

  constructor(parts: ListenDeskParts) {
    this.#parts = parts;
  }

  /** Takes a request; the work it causes is done by {@link step}. */
  handle(request: ListenRequest): void {
    if (request.type === 'open') {
      this.#open(request);
      return;
    }
    const ear = this.#ears.get(request.earId);
    // The last messages to an ear may cross its closing.
    if (ear === undefined) return;
    switch (request.type) {
      case 'push':
        ear.queue.push(request.pcm);
        break;
      case 'silence':
        ear.queue.pushSilence(request.sampleCount);
        break;
      case 'told':
        ear.toldFrame = Math.floor((request.sample - ear.startSample) / ACTIVITY_FRAME_SAMPLES);
        break;
      case 'begin':
        this.#begin(ear, request.utteranceId, request.fromSample);
        break;
      case 'end':
        this.#end(ear, request.utteranceId, request.toSample);
        break;
      case 'cancel':
        this.#drop(ear, request.utteranceId);
        break;
      case 'grammar':
        ear.grammar = this.#prepare(request.grammar);
        break;
      case 'close':
        this.#close(ear);
        break;
    }
  }

  /**
   * Does some milliseconds of work: the activity of all ears comes first, since turns are decided by it; then one
   * utterance is recognised a little further.
   *
   * @returns Whether there is more to do now.
   */
  step(): boolean {
    let isBusy = false;
    for (const ear of this.#ears.values()) {
      if (this.#listen(ear)) isBusy = true;
    }
    this.#assign();
    if (this.#recogniseNext()) isBusy = true;
    return isBusy || this.#warmBlank();
  }

  /** When there is nothing else to do, the blank recognisers learn the grammar that came last. */
  #warmBlank(): boolean {
    const ear = [...this.#ears.values()].at(-1);
    if (ear?.grammar.type !== 'prepared') return false;
    return this.#parts.pool.warmBlank(ear.grammar.grammar);
  }

  #open(request: Extract<ListenRequest, { type: 'open' }>): void {
    this.#ears.set(request.earId, {
      id: request.earId,
      stream: new EarStream(this.#parts.createDenoiser()),
      queue: new FrameQueue(ACTIVITY_FRAME_SAMPLES),
      startSample: request.startSample,
      utterances: new Map(),
      grammar: this.#prepare(request.grammar),
      toldFrame: 0,
    });
    // Before they talk.
    this.#parts.pool.ensure(this.#ears.size);
  }

  #prepare(grammar: EarGrammar): PreparedGrammarResult {
    const result = this.#parts.prepare(grammar);
    if (result.type === 'refused') return result;
    const reason = this.#parts.pool.warm(result.grammar);
    return reason === undefined ? result : { type: 'refused', reason };
  }

  #begin(ear: OpenEar, utteranceId: string, fromSample: number): void {
    if (ear.grammar.type === 'refused') {
      this.#fail(ear, utteranceId, `the grammar can't be heard: ${ear.grammar.reason}`);
      return;
    }
    if (ear.utterances.size >= MAX_UTTERANCES_PER_EAR) {
      this.#fail(ear, utteranceId, 'too many utterances at once');
      return;
    }
    const frame = Math.floor((fromSample - ear.startSample) / ACTIVITY_FRAME_SAMPLES);
    const utterance = new Utterance(ear.stream, ear.grammar.grammar, Math.max(0, frame));
    ear.utterances.set(utteranceId, utterance);
    this.#waiting.push({ ear, id: utteranceId });
  }

  #end(ear: OpenEar, utteranceId: string, toSample: number): void {
    const knownFrames = ear.stream.activityFrameCount + ear.queue.frameCount;
    const frame = Math.ceil((toSample - ear.startSample) / ACTIVITY_FRAME_SAMPLES);
    ear.utterances.get(utteranceId)?.end(Math.min(frame, knownFrames));
  }

  #drop(ear: OpenEar, utteranceId: string): void {
    const recogniser = ear.utterances.get(utteranceId)?.release();
    ear.utterances.delete(utteranceId);
    const place = this.#waiting.findIndex((entry) => entry.ear === ear && entry.id === utteranceId);
    if (place >= 0) this.#waiting.splice(place, 1);
    if (recogniser === undefined) return;
    recogniser.abandon();
    this.#parts.pool.release(recogniser);
  }

  #close(ear: OpenEar): void {
    for (const id of [...ear.utterances.keys()]) this.#drop(ear, id);
    ear.stream.close();
    this.#ears.delete(ear.id);
  }

  #fail(ear: OpenEar, utteranceId: string, reason: string): void {
    this.#parts.send({ type: 'failed', earId: ear.id, utteranceId, reason });
  }

  #listen(ear: OpenEar): boolean {
    const firstFrame = ear.stream.activityFrameCount;
    const frameCount = Math.min(
      ACTIVITY_BATCH_FRAMES,
      ear.queue.frameCount,
      ear.toldFrame + MAX_UNTOLD_FRAMES - firstFrame,
    );
    if (frameCount <= 0) return false;
    const probabilities = new Float32Array(frameCount);
    for (let i = 0; i < frameCount; i++) probabilities[i] = ear.stream.process(ear.queue.take());
    const firstSample = ear.startSample + firstFrame * ACTIVITY_FRAME_SAMPLES;
    this.#parts.send({ type: 'activity', earId: ear.id, firstSample, probabilities });
    return true;
  }

  #assign(): void {
    while (true) {
      const next = this.#waiting[0];
      const utterance = next?.ear.utterances.get(next.id);
      if (next === undefined || utterance === undefined) return;
      if (utterance.isTooLate) {
        this.#drop(next.ear, next.id);
        this.#fail(next.ear, next.id, 'no recogniser was free in time');
        continue;
      }
      const acquired = this.#parts.pool.acquire(utterance.grammar);
      if (acquired.type === 'busy') return;
      this.#waiting.shift();
      if (acquired.type === 'recogniser') {
        utterance.start(acquired.recogniser);
      } else {
        this.#drop(next.ear, next.id);
        this.#fail(next.ear, next.id, `the grammar can't be heard: ${acquired.reason}`);
      }
    }
  }

  /** Serves the next utterance that has something to recognise. */
  #recogniseNext(): boolean {
    const all = [...this.#ears.values()].flatMap((ear) =>
      [...ear.utterances].map(([id, utterance]) => ({ ear, id, utterance })),
    );
    for (let count = 0; count < all.length; count++) {
      this.#turn = (this.#turn + 1) % all.length;
      const next = all[this.#turn];
      if (next !== undefined && this.#recognise(next.ear, next.id, next.utterance)) return true;
    }
    return false;
  }

  #recognise(ear: OpenEar, utteranceId: string, utterance: Utterance): boolean {
    const isDrained = ear.queue.frameCount === 0;
    const step = utterance.step(ear.toldFrame, RECOGNITION_BATCH_FRAMES, isDrained);
    const earId = ear.id;
    switch (step.type) {
      case 'waiting':
        return false;
      case 'progressed':
        return true;
      case 'partial':
        this.#parts.send({ type: 'partial', earId, utteranceId, text: step.text });
        return true;
      case 'final': {
        const recogniser = utterance.release();
        ear.utterances.delete(utteranceId);
        if (recogniser !== undefined) this.#parts.pool.release(recogniser);
        this.#parts.send({ type: 'final', earId, utteranceId, hearing: step.hearing });
        return true;
      }
    }
  }
}
