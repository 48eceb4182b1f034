import type { Hearing } from '../ports/ears.ts';
import type { TranscriptionUsage } from '../wire/server-event.ts';
import type { Transcription } from '../wire/session-object.ts';
import type { InputAudioPart } from './item.ts';
import type { Outbox } from './outbox.ts';
import { inputAudioTokens, textTokens } from './token-estimate.ts';

/** How long the ears may take after the end of an utterance; then it counts as failed. */
const HEARING_MS_MAX = 10_000;

/** Utterances in the ears at the same time; beyond it new audio counts as failed. */
const HEARING_COUNT_MAX = 32;

/** Models whose transcription streams while the user is still speaking; others start after the commit. */
const LIVE_MODELS: readonly string[] = ['gpt-realtime-whisper', 'gpt-live-transcribe'];

interface OpenHearing {
  readonly itemId: string;
  readonly contentIndex: number;
  /** Set once the audio is committed. */
  part: InputAudioPart | undefined;
  overdueMs: number;
  /** False for a recording that is only a response's input: it is heard without transcription events. */
  readonly isTold: boolean;
  /** The transcript as far as deltas have told it. */
  toldText: string;
}

export interface HearingsOptions {
  readonly outbox: Outbox;
  readonly canHear: boolean;
  /** The transcription that the session asks for now. A transcription session always asks. */
  readonly transcription: () => Transcription | null;
}

/** What is in the ears: from the start of an utterance to its transcript, with the transcription events. */
export class Hearings {
  readonly #open = new Map<string, OpenHearing>();
  readonly #options: HearingsOptions;

  constructor(options: HearingsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#open.size;
  }

  isOpen(utteranceId: string): boolean {
    return this.#open.has(utteranceId);
  }

  /** The user has begun to speak; the item's id is reserved and doubles as the utterance's. */
  begin(itemId: string, fromSample: number): void {
    if (this.#options.canHear && this.#open.size < HEARING_COUNT_MAX) {
      this.#add(itemId, { itemId, contentIndex: 0, part: undefined, isTold: true });
      this.#options.outbox.push({ type: 'ear_begin', utteranceId: itemId, fromSample });
    }
  }

  /** The utterance is committed as an item's first part. It may have begun before, or not at all. */
  end(at: {
    readonly itemId: string;
    readonly part: InputAudioPart;
    readonly fromSample: number;
    readonly toSample: number;
    readonly nowMs: number;
  }): void {
    if (!this.#open.has(at.itemId)) {
      this.begin(at.itemId, at.fromSample);
    }
    const open = this.#open.get(at.itemId);
    if (open === undefined) {
      this.#fail({ itemId: at.itemId, contentIndex: 0, part: at.part, isTold: true });
      return;
    }
    open.part = at.part;
    open.overdueMs = at.nowMs + HEARING_MS_MAX;
    const { itemId: utteranceId, toSample } = at;
    this.#options.outbox.push({ type: 'ear_end', utteranceId, toSample });
  }

  /** Hears a finished recording. */
  hearClip(at: {
    readonly itemId: string;
    readonly contentIndex: number;
    readonly part: InputAudioPart;
    readonly pcm: Int16Array;
    readonly isTold: boolean;
    readonly nowMs: number;
  }): void {
    const { itemId, contentIndex, part, pcm, isTold } = at;
    if (!this.#options.canHear || this.#open.size >= HEARING_COUNT_MAX || pcm.length === 0) {
      this.#fail({ itemId, contentIndex, part, isTold });
      return;
    }
    const utteranceId = `${itemId}#${contentIndex}`;
    this.#add(utteranceId, { itemId, contentIndex, part, isTold });
    const open = this.#open.get(utteranceId);
    if (open !== undefined) {
      open.overdueMs = at.nowMs + HEARING_MS_MAX;
    }
    this.#options.outbox.push({ type: 'ear_clip', utteranceId, pcm });
  }

  /** Forgets an utterance: its audio was cleared, or its item deleted. */
  cancel(utteranceId: string): void {
    if (this.#open.delete(utteranceId)) {
      this.#options.outbox.push({ type: 'ear_cancel', utteranceId });
    }
  }

  partial(utteranceId: string, text: string): void {
    const open = this.#open.get(utteranceId);
    const transcription = this.#options.transcription();
    const mayTell =
      transcription !== null &&
      (open?.part !== undefined || LIVE_MODELS.includes(transcription.model));
    if (open?.isTold === true && mayTell) {
      this.#tellUpTo(open, text);
    }
  }

  final(utteranceId: string, hearing: Hearing): void {
    const open = this.#open.get(utteranceId);
    if (open?.part === undefined) {
      return;
    }
    this.#open.delete(utteranceId);
    const { text, isAccepted } = hearing;
    open.part.hearing = { state: 'heard', text, isAccepted };
    const transcription = this.#options.transcription();
    if (transcription !== null && open.isTold) {
      this.#tellUpTo(open, text);
      this.#complete(open, open.part, transcription);
    }
  }

  failed(utteranceId: string): void {
    const open = this.#open.get(utteranceId);
    if (open?.part !== undefined) {
      this.#open.delete(utteranceId);
      this.#fail({ ...open, part: open.part });
    }
  }

  /** Forgets all utterances of an item. A response that refers to it no longer waits. */
  cancelItem(itemId: string): void {
    for (const [utteranceId, open] of this.#open) {
      if (open.itemId === itemId) {
        this.cancel(utteranceId);
        if (open.part !== undefined) {
          open.part.hearing = { state: 'failed' };
        }
      }
    }
  }

  /** A turn in which nothing was said: it needs no ears. */
  completeSilence(itemId: string, part: InputAudioPart): void {
    part.hearing = { state: 'silence' };
    const transcription = this.#options.transcription();
    if (transcription !== null) {
      part.transcript = '';
      const usage: TranscriptionUsage = { type: 'duration', seconds: 0 };
      this.#options.outbox.send({
        type: 'conversation.item.input_audio_transcription.completed',
        item_id: itemId,
        content_index: 0,
        transcript: '',
        usage,
      });
    }
  }

  /** When the first utterance becomes overdue. */
  get overdueMs(): number | undefined {
    const times = [...this.#open.values()].map((open) => open.overdueMs);
    const first = Math.min(...times);
    return Number.isFinite(first) ? first : undefined;
  }

  failOverdue(nowMs: number): void {
    for (const [utteranceId, open] of this.#open) {
      if (open.overdueMs <= nowMs) {
        this.#options.outbox.push({ type: 'ear_cancel', utteranceId });
        this.failed(utteranceId);
      }
    }
  }

  #add(utteranceId: string, of: Omit<OpenHearing, 'overdueMs' | 'toldText'>): void {
    const overdueMs = Number.POSITIVE_INFINITY;
    this.#open.set(utteranceId, { ...of, overdueMs, toldText: '' });
  }

  #tellUpTo(open: OpenHearing, text: string): void {
    if (!text.startsWith(open.toldText) || text.length === open.toldText.length) {
      return;
    }
    this.#options.outbox.send({
      type: 'conversation.item.input_audio_transcription.delta',
      item_id: open.itemId,
      content_index: open.contentIndex,
      delta: text.slice(open.toldText.length),
    });
    open.toldText = text;
  }

  #complete(open: OpenHearing, part: InputAudioPart, transcription: Transcription): void {
    const text = part.hearing.state === 'heard' ? part.hearing.text : '';
    part.transcript = text;
    this.#options.outbox.send({
      type: 'conversation.item.input_audio_transcription.completed',
      item_id: open.itemId,
      content_index: open.contentIndex,
      transcript: text,
      usage: usageOf(transcription.model, text, part.durationMs),
    });
  }

  #fail(
    at: Pick<OpenHearing, 'itemId' | 'contentIndex' | 'isTold'> & { readonly part: InputAudioPart },
  ): void {
    at.part.hearing = { state: 'failed' };
    if (this.#options.transcription() === null || !at.isTold) {
      return;
    }
    const message = this.#options.canHear
      ? 'The audio could not be transcribed.'
      : 'This engine runs without speech recognition.';
    this.#options.outbox.send({
      type: 'conversation.item.input_audio_transcription.failed',
      item_id: at.itemId,
      content_index: at.contentIndex,
      error: { type: 'server_error', code: 'transcription_failed', message },
    });
  }
}

/** The `gpt-4o-*` transcription models are billed by tokens, all others by length. */
function usageOf(model: string, text: string, durationMs: number): TranscriptionUsage {
  if (!model.startsWith('gpt-4o')) {
    return { type: 'duration', seconds: Math.round(durationMs) / 1_000 };
  }
  const input = inputAudioTokens(durationMs);
  const output = textTokens(text);
  return {
    type: 'tokens',
    total_tokens: input + output,
    input_tokens: input,
    output_tokens: output,
    input_token_details: { text_tokens: 0, audio_tokens: input },
  };
}
