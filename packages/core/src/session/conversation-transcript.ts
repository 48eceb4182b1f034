import type { ItemObject, KnownServerEvent, ResponseObject, SessionObject } from '@prism/protocol';
import { SAMPLES_PER_MS, samplesToMs } from '../audio/pcm.ts';
import type { ConversationRecord, RecordedEntry } from '../handover/conversation-record.ts';
import { type PlayoutLedger, playedSamples } from '../playout/playout-ledger.ts';
import type { AudioSource } from '../playout/playout-queue.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import { HeardTranscript } from '../transcript/heard-transcript.ts';
import { TranscriptOrder, type TranscriptOrderInput } from '../transcript/transcript-order.ts';
import { type AnswerPart, AnswerText } from './answer-text.ts';
import { ItemBodies } from './item-bodies.ts';
import type { OwnDeadlineReason } from './session-contract.ts';
import { roleOf, writtenText } from './transcript-items.ts';
import type { TranscriptTeller } from './transcript-teller.ts';

/** Answers remembered, as many as the playout ledger has parts: a later truncate may shorten what was heard of them. */
const ANSWER_COUNT_MAX = 64;

export interface ConversationTranscriptParts {
  readonly teller: TranscriptTeller;
  readonly ledger: PlayoutLedger;
  readonly deadlines: DeadlineTable<OwnDeadlineReason>;
}

/**
 * What was said, by whom, in order: the user's words as they were transcribed, the assistant's as far as they were
 * heard. An answer is settled by its playout, which ends after its response does.
 */
export class ConversationTranscript {
  readonly #parts: ConversationTranscriptParts;
  readonly #heard = new HeardTranscript();
  readonly #order = new TranscriptOrder();
  readonly #bodies = new ItemBodies();
  /** By item, oldest first. */
  readonly #answers = new Map<string, AnswerText>();
  /** Of those, the ones whose text isn't settled. */
  readonly #open = new Set<AnswerText>();
  #isTranscribing = false;

  constructor(parts: ConversationTranscriptParts) {
    this.#parts = parts;
  }

  /** Audio of an answer, as generated. */
  generated(source: AudioSource, pcm: Int16Array): void {
    this.#answerOf(source).part(source);
    this.#heard.audio(source, pcm);
  }

  observe(event: KnownServerEvent, nowMs: MonotonicMs): void {
    switch (event.type) {
      case 'session.created':
      case 'session.updated':
        return this.#configured(event.session);
      case 'conversation.item.added':
        this.#bodies.take(event.item);
        return this.#added(event, nowMs);
      case 'conversation.item.deleted':
        this.#forget(event.item_id);
        this.#bodies.delete(event.item_id);
        return this.#tell({ type: 'item.deleted', itemId: event.item_id }, nowMs);
      case 'conversation.item.input_audio_transcription.completed': {
        const { item_id: itemId, transcript: text } = event;
        return this.#tell({ type: 'item.text', itemId, text: text.trim() }, nowMs);
      }
      case 'conversation.item.input_audio_transcription.failed':
        return this.#tell({ type: 'item.failed', itemId: event.item_id }, nowMs);
      default:
        this.#observeAnswer(event);
        this.played(nowMs);
    }
  }

  /** Settles the parts that have been sent to their end by now. */
  played(nowMs: MonotonicMs): void {
    for (const answer of this.#open) {
      for (const part of answer.open) {
        if (this.#isPlayed(part)) this.#settle(answer, part, { isCut: false });
      }
      if (answer.isSettled) this.#finish(answer, nowMs);
    }
  }

  /** A part was cut: so much of it was heard, in ms of the audio as generated. */
  cut(source: AudioSource, heardMs: number, nowMs: MonotonicMs): void {
    const answer = this.#answerOf(source);
    answer.isOver = true;
    this.#settle(answer, answer.part(source), { isCut: true, heardMs });
    if (answer.isSettled) this.#finish(answer, nowMs);
  }

  /** The user's transcripts that are overdue no longer count. */
  elapse(nowMs: MonotonicMs): void {
    this.#tell({ type: 'deadline' }, nowMs);
  }

  /** Whether a user's words are still to come. */
  get awaitsUser(): boolean {
    return this.#order.awaitsUser;
  }

  /** The conversation as another process would need it. What isn't settled of an answer must have been cut. */
  record(): Pick<ConversationRecord, 'entries' | 'omittedEntries'> {
    const entries = this.#order.entries.map((entry): RecordedEntry => {
      const item = this.#bodies.get(entry.itemId);
      return item === undefined ? entry : { ...entry, item };
    });
    return { entries, omittedEntries: this.#order.omittedEntries };
  }

  /** Goes on with a conversation from another process, before anything else comes. */
  restore({ entries, omittedEntries }: ConversationRecord, nowMs: MonotonicMs): void {
    const ordered = entries.map(({ item, ...entry }) => {
      if (item !== undefined) this.#bodies.restore(entry.itemId, item);
      return entry;
    });
    this.#order.restore(ordered, omittedEntries, nowMs);
    this.elapse(nowMs);
  }

  /** The conversation is over: what is known is told, and then all of it in order. */
  close(nowMs: MonotonicMs): void {
    this.#tell({ type: 'close' }, nowMs);
  }

  #configured({ audio }: SessionObject): void {
    this.#isTranscribing = (audio?.input?.['transcription'] ?? null) !== null;
    const speedRatio = audio?.output?.['speed'];
    if (typeof speedRatio === 'number') this.#heard.setSpeed(speedRatio);
  }

  #added({ item, previous_item_id: previousItemId }: AddedEvent, nowMs: MonotonicMs): void {
    const role = roleOf(item);
    const isGrowing = role === 'assistant' && item.status === 'in_progress';
    const text = isGrowing ? undefined : this.#knownText(item);
    this.#tell({ type: 'item.added', itemId: item.id, previousItemId, role, text }, nowMs);
  }

  /** What is known of an item's text when it is added; of what nobody transcribes it is nothing. */
  #knownText(item: ItemObject): string | undefined {
    const written = writtenText(item);
    return written === undefined && !this.#isTranscribing ? '' : written;
  }

  #observeAnswer(event: KnownServerEvent): void {
    switch (event.type) {
      case 'response.output_item.added': {
        const { item, response_id: responseId } = event;
        if (roleOf(item) === 'assistant')
          this.#answerOf({ responseId, itemId: item.id, contentIndex: 0 });
        return;
      }
      case 'response.content_part.added':
        if (event.part.type.includes('audio')) this.#partOf(event);
        return;
      case 'response.output_audio_transcript.delta':
        if (this.#isOpen(event)) this.#heard.text(this.#partOf(event).source, event.delta);
        return;
      case 'response.output_audio_transcript.done': {
        if (!this.#isOpen(event)) return;
        const part = this.#partOf(event);
        part.isTextOver = true;
        return this.#heard.textDone(part.source, event.transcript);
      }
      case 'response.output_audio.done': {
        if (!this.#isOpen(event)) return;
        const part = this.#partOf(event);
        part.isAudioOver = true;
        return this.#heard.audioDone(part.source);
      }
      case 'response.output_item.done':
        // Of responses beside the conversation nothing is in the order, and so in no record.
        return this.#bodies.take(event.item);
      case 'response.output_text.done':
        return this.#answerOf(sourceOf(event)).write(event.content_index, event.text);
      case 'conversation.item.done': {
        this.#bodies.take(event.item);
        const answer = this.#answers.get(event.item.id);
        if (answer !== undefined) answer.isOver = true;
        return;
      }
      case 'response.done':
        return this.#responseDone(event.response);
      default:
    }
  }

  /** Nothing more comes of these answers, whatever is missing of them. */
  #responseDone(response: ResponseObject): void {
    for (const answer of this.#open) {
      if (answer.responseId !== response.id) continue;
      answer.isOver = true;
      answer.isIncomplete ||= response.status !== 'completed';
      for (const part of answer.open) {
        part.isTextOver = true;
        part.isAudioOver = true;
      }
    }
  }

  /** Whether more of a part may be heard. What still comes of one that was cut says nothing of what was heard. */
  #isOpen(event: { readonly item_id: string; readonly content_index: number }): boolean {
    return this.#parts.ledger.find(event.item_id, event.content_index)?.isClosed !== true;
  }

  #isPlayed({ source, isTextOver, isAudioOver }: AnswerPart): boolean {
    if (!isTextOver || !isAudioOver) return false;
    const entry = this.#parts.ledger.entry(source);
    if (entry === undefined) return true;
    return !entry.isClosed && playedSamples(entry) >= entry.generatedSamples;
  }

  #settle(
    answer: AnswerText,
    part: AnswerPart,
    end: { readonly isCut: boolean; readonly heardMs?: number },
  ): void {
    const { ledger, teller } = this.#parts;
    const entry = ledger.entry(part.source);
    const sentSamples = entry === undefined ? 0 : playedSamples(entry);
    const heardSamples =
      end.heardMs === undefined ? sentSamples : Math.min(sentSamples, end.heardMs * SAMPLES_PER_MS);
    const text =
      heardSamples === 0 ? '' : (this.#heard.heard(part.source, heardSamples)?.text ?? '');
    answer.settle(part, text, end.isCut);
    teller.heard(part.source, { text, heardMs: samplesToMs(heardSamples), isCut: end.isCut });
  }

  #finish(answer: AnswerText, nowMs: MonotonicMs): void {
    this.#open.delete(answer);
    const { itemId, text, isCut } = answer;
    this.#tell({ type: 'item.text', itemId, text, isCut }, nowMs);
  }

  #partOf(event: PartEvent): AnswerPart {
    const source = sourceOf(event);
    return this.#answerOf(source).part(source);
  }

  #answerOf({ itemId, responseId }: AudioSource): AnswerText {
    const known = this.#answers.get(itemId);
    if (known !== undefined) return known;
    const answer = new AnswerText(itemId, responseId);
    this.#answers.set(itemId, answer);
    this.#open.add(answer);
    if (this.#answers.size > ANSWER_COUNT_MAX) {
      const oldest = this.#answers.keys().next();
      if (oldest.done !== true) this.#forget(oldest.value);
    }
    return answer;
  }

  #forget(itemId: string): void {
    const answer = this.#answers.get(itemId);
    if (answer !== undefined) this.#open.delete(answer);
    this.#answers.delete(itemId);
  }

  #tell(input: TranscriptOrderInput, nowMs: MonotonicMs): void {
    const { deadlines, teller } = this.#parts;
    this.#order.handle(input, nowMs);
    for (let told = this.#order.poll(); told !== undefined; told = this.#order.poll())
      teller.tell(told);
    const next = this.#order.deadline();
    if (next === undefined) deadlines.clear('transcript.hold');
    else deadlines.set('transcript.hold', next.atMs);
  }
}

interface AddedEvent {
  readonly item: ItemObject;
  readonly previous_item_id?: string | null;
}

interface PartEvent {
  readonly response_id: string;
  readonly item_id: string;
  readonly content_index: number;
}

function sourceOf(event: PartEvent): AudioSource {
  return {
    responseId: event.response_id,
    itemId: event.item_id,
    contentIndex: event.content_index,
  };
}
