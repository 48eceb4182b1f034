import type { BrainReply } from '../ports/brain.ts';
import type { SpeechChunk } from '../ports/voice.ts';
import type { ResponseStatusDetails } from '../wire/response-object.ts';
import type { Item } from './item.ts';
import type { Outbox } from './outbox.ts';
import { type ResponsePlan, speechRequestOf } from './response-plan.ts';
import { usageOfResponse } from './response-usage.ts';
import type { ResponseWriter } from './response-writer.ts';
import { type SpeechSlice, SpeechSlicer, wordsOf } from './speech-slices.ts';
import { outputAudioTokens, textTokens, textTokensOfChars } from './token-estimate.ts';
import { msOfSamples } from './wire-audio.ts';

/** Speech may be sent this much ahead of its pace, so that a listener's buffer never runs dry. */
const PACE_LEAD_MS = 400;

/** The most speech of one response; what a reply says beyond it is left out, as at the token limit. */
const SPEECH_MS_MAX = 600_000;

export interface ResponseOptions {
  readonly plan: ResponsePlan;
  readonly writer: ResponseWriter;
  readonly outbox: Outbox;
  /** How many times faster than real time audio is sent; absent for as fast as it is made. */
  readonly outputPaceRatio: number | undefined;
}

type State =
  /** The user's words are still in the ears. */
  | { readonly type: 'waiting' }
  | {
      readonly type: 'speaking';
      readonly slicer: SpeechSlicer;
      /** Made and not yet sent; bounded by {@link SPEECH_MS_MAX}. */
      readonly unsent: SpeechSlice[];
      isFinished: boolean;
      startedMs: number | undefined;
      sentMs: number;
      transcriptChars: number;
    }
  | { readonly type: 'done' };

/** One response, from `response.created` to `response.done`. */
export class Response {
  readonly plan: ResponsePlan;
  readonly #writer: ResponseWriter;
  readonly #outbox: Outbox;
  readonly #paceRatio: number;
  #state: State = { type: 'waiting' };
  #input: readonly Item[] = [];
  #audioMs = 0;
  #totalTokens = 0;

  constructor(options: ResponseOptions) {
    this.plan = options.plan;
    this.#writer = options.writer;
    this.#outbox = options.outbox;
    this.#paceRatio = options.outputPaceRatio ?? Number.POSITIVE_INFINITY;
    this.#writer.created();
  }

  get id(): string {
    return this.#writer.id;
  }

  get isWaiting(): boolean {
    return this.#state.type === 'waiting';
  }

  get isDone(): boolean {
    return this.#state.type === 'done';
  }

  /** How much speech was sent. */
  get audioMs(): number {
    return this.#audioMs;
  }

  /** Tokens of the finished response. */
  get totalTokens(): number {
    return this.#totalTokens;
  }

  /** Says the reply, or begins to. `input` is what it answers, for the usage. */
  begin(reply: BrainReply, input: readonly Item[], nowMs: number): void {
    this.#input = input;
    if (reply.text !== '') {
      this.#writer.openMessage();
    }
    for (const call of reply.calls) {
      this.#writer.functionCall(call);
    }
    if (reply.text === '') {
      this.#finish('completed', null);
    } else if (this.plan.modality === 'text') {
      this.#write(reply.text);
    } else {
      this.#speak(reply, nowMs);
    }
  }

  chunk(chunk: SpeechChunk, nowMs: number): void {
    if (this.#state.type === 'speaking') {
      this.#state.unsent.push(...this.#state.slicer.slice(chunk));
      this.release(nowMs);
    }
  }

  finished(nowMs: number): void {
    if (this.#state.type === 'speaking') {
      this.#state.isFinished = true;
      this.release(nowMs);
    }
  }

  failed(reason: string): void {
    if (this.#state.type === 'speaking') {
      const error = { type: 'server_error', code: 'voice_failed', message: reason };
      this.#writer.closeMessage('incomplete');
      this.#finish('failed', { type: 'failed', error });
    }
  }

  cancel(reason: 'turn_detected' | 'client_cancelled'): void {
    if (this.#state.type === 'done') {
      return;
    }
    this.#stopVoice();
    this.#writer.closeMessage('incomplete');
    this.#finish('cancelled', { type: 'cancelled', reason });
  }

  /** When the next audio delta is due, if the pace holds one back. */
  get nextReleaseMs(): number | undefined {
    const state = this.#state;
    return state.type === 'speaking' && state.unsent.length > 0 ? this.#dueMs(state) : undefined;
  }

  /** Sends the audio deltas that are due. */
  release(nowMs: number): void {
    const state = this.#state;
    if (state.type !== 'speaking') {
      return;
    }
    let slice = state.unsent[0];
    while (slice !== undefined) {
      state.startedMs ??= nowMs;
      if (this.#dueMs(state) > nowMs) {
        return;
      }
      if (this.#isOverLimit(slice, state.transcriptChars)) {
        this.#stopAtLimit();
        return;
      }
      state.unsent.shift();
      state.sentMs += slice.durationMs;
      state.transcriptChars += slice.words.join('').length;
      this.#writer.speech(slice);
      slice = state.unsent[0];
    }
    if (state.isFinished) {
      this.#writer.closeMessage('completed');
      this.#finish('completed', null);
    }
  }

  #dueMs(state: Extract<State, { type: 'speaking' }>): number {
    const aheadMs = Math.max(0, state.sentMs - PACE_LEAD_MS);
    return (state.startedMs ?? 0) + aheadMs / this.#paceRatio;
  }

  #speak(reply: BrainReply, nowMs: number): void {
    this.#state = {
      type: 'speaking',
      slicer: new SpeechSlicer(this.plan.format),
      unsent: [],
      isFinished: false,
      startedMs: undefined,
      sentMs: 0,
      transcriptChars: 0,
    };
    const request = speechRequestOf(this.plan, reply);
    this.#outbox.push({ type: 'voice_speak', speechId: this.id, request });
    this.release(nowMs);
  }

  #write(text: string): void {
    let length = 0;
    for (const word of wordsOf(text)) {
      length += word.length;
      const { maxOutputTokens } = this.plan;
      if (maxOutputTokens !== 'inf' && textTokens(text.slice(0, length)) > maxOutputTokens) {
        this.#stopAtLimit();
        return;
      }
      this.#writer.text(word);
    }
    this.#writer.closeMessage('completed');
    this.#finish('completed', null);
  }

  #isOverLimit(slice: SpeechSlice, transcriptChars: number): boolean {
    const spokenMs = msOfSamples(this.#writer.audioSamples + slice.pcm.length);
    if (spokenMs > SPEECH_MS_MAX) {
      return true;
    }
    const { maxOutputTokens } = this.plan;
    if (maxOutputTokens === 'inf') {
      return false;
    }
    const chars = transcriptChars + slice.words.join('').length;
    return outputAudioTokens(spokenMs) + textTokensOfChars(chars) > maxOutputTokens;
  }

  #stopAtLimit(): void {
    this.#stopVoice();
    this.#writer.closeMessage('incomplete');
    this.#finish('incomplete', { type: 'incomplete', reason: 'max_output_tokens' });
  }

  #stopVoice(): void {
    if (this.#state.type === 'speaking' && !this.#state.isFinished) {
      this.#outbox.push({ type: 'voice_cancel', speechId: this.id });
    }
  }

  #finish(
    status: 'completed' | 'cancelled' | 'incomplete' | 'failed',
    details: ResponseStatusDetails | null,
  ): void {
    this.#audioMs = this.#state.type === 'speaking' ? this.#state.sentMs : 0;
    this.#state = { type: 'done' };
    const usage = usageOfResponse(this.plan, this.#input, this.#writer.output);
    this.#totalTokens = usage.total_tokens;
    this.#writer.done(status, details, usage);
  }
}
