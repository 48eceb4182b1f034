import { SAMPLES_PER_MS } from '../../audio/pcm.ts';
import type { Agenda } from './agenda.ts';
import type { Dice } from './dice.ts';

/** An item of the upstream's conversation. */
export interface ModelItem {
  readonly id: string;
  readonly type: 'message' | 'function_call' | 'function_call_output';
  readonly role: 'user' | 'assistant' | undefined;
  /** Of an assistant's: all that was ever generated, cut or not. */
  readonly words: { readonly text: string; readonly endSamples: number }[];
  generatedSamples: number;
  /** What the upstream takes for heard. */
  audioSamples: number;
}

interface ModelResponse {
  readonly id: string;
  readonly isOutOfBand: boolean;
  readonly level: number;
  item: ModelItem | undefined;
  itemsLeft: number;
  chunksLeft: number;
  hasCall: boolean;
  isActive: boolean;
}

export interface ModelDelta {
  readonly responseId: string;
  readonly itemId: string;
  readonly level: number;
  readonly samples: number;
}

export type UpstreamMessage =
  | { readonly type: 'event'; readonly event: Record<string, unknown> & { readonly type: string } }
  | { readonly type: 'audio'; readonly delta: ModelDelta };

const LETTER_MS = 85;

/**
 * A Realtime server over WebSocket as its documents and recordings have it: one response at a time in the
 * conversation, items in order, and a truncate that is refused when the item is unknown, has no audio, or is shorter.
 */
export class ModelUpstream {
  /** The conversation, in order. */
  readonly items: ModelItem[] = [];
  /** Items beside it. */
  readonly itemsOutside: ModelItem[] = [];
  /** Refused truncates that should never have come: Prism's own, and a controller's for another reason than length. */
  readonly refusedTruncates: string[] = [];
  /** Truncates of controllers beyond all that was generated, or beyond an earlier one of a controller. */
  refusedAsLonger = 0;
  readonly #cutByController = new Set<string>();
  readonly #agenda: Agenda;
  readonly #dice: Dice;
  readonly #send: (message: UpstreamMessage) => void;
  readonly #responses: ModelResponse[] = [];
  #count = 0;
  isInterrupting = true;

  constructor(agenda: Agenda, dice: Dice, send: (message: UpstreamMessage) => void) {
    this.#agenda = agenda;
    this.#dice = dice;
    this.#send = send;
  }

  /** Every item there has been audio of, whatever became of it. */
  find(itemId: string): ModelItem | undefined {
    return [...this.items, ...this.itemsOutside].find(({ id }) => id === itemId);
  }

  /** Takes an event of the client. */
  take(event: Readonly<Record<string, unknown>>): void {
    switch (event['type']) {
      case 'response.create':
        return this.#create(event);
      case 'response.cancel':
        return this.#cancelAsked(event);
      case 'conversation.item.truncate':
        return this.#truncate(event);
      case 'conversation.item.delete':
        return this.#delete(event);
      case 'conversation.item.create':
        this.#append(event['item'] as { type: ModelItem['type']; role?: 'user' });
        return;
      case 'input_audio_buffer.commit':
        return this.#commit();
      default:
    }
  }

  /** Somebody speaks for a while, and is answered. */
  hearSpeech(speechMs: number): void {
    const itemId = this.#id('item');
    this.#event('input_audio_buffer.speech_started', { item_id: itemId, audio_start_ms: 0 });
    if (this.isInterrupting) this.#cancel(this.#active, 'turn_detected');
    this.#agenda.in(speechMs, () => {
      this.#event('input_audio_buffer.speech_stopped', { item_id: itemId, audio_end_ms: 1 });
      this.#commit(itemId);
      if (this.#active === undefined) this.#start(false);
    });
  }

  #commit(itemId = this.#id('item')): void {
    this.#event('input_audio_buffer.committed', { item_id: itemId });
    this.#append({ type: 'message', role: 'user' }, itemId);
    this.#transcribe(itemId);
  }

  #transcribe(itemId: string): void {
    const fate = this.#dice.ratio();
    if (fate < 0.1) return;
    const what = fate < 0.2 ? 'failed' : 'completed';
    this.#agenda.in(this.#dice.between(100, 6_000), () => {
      this.#event(`conversation.item.input_audio_transcription.${what}`, {
        item_id: itemId,
        content_index: 0,
        ...(what === 'failed' ? { error: { type: 'x', message: 'x' } } : { transcript: itemId }),
      });
    });
  }

  get #active(): ModelResponse | undefined {
    return this.#responses.find(({ isActive, isOutOfBand }) => isActive && !isOutOfBand);
  }

  #create(event: Readonly<Record<string, unknown>>): void {
    const params = event['response'] as { conversation?: string } | undefined;
    const isOutOfBand = params?.conversation === 'none';
    if (!isOutOfBand && this.#active !== undefined)
      return this.#refuse(event, 'conversation_already_has_active_response', 'active');
    this.#start(isOutOfBand);
  }

  #start(isOutOfBand: boolean): void {
    const id = this.#id('resp');
    const response: ModelResponse = {
      id,
      isOutOfBand,
      level: 1_000 + this.#count,
      item: undefined,
      itemsLeft: this.#dice.pick([0, 1, 1, 1, 2]) ?? 1,
      chunksLeft: 0,
      hasCall: this.#dice.chance(0.3),
      isActive: true,
    };
    this.#responses.push(response);
    const conversation_id = isOutOfBand ? null : 'conv_1';
    const { level } = response;
    this.#event('response.created', {
      response: { id, status: 'in_progress', conversation_id, level },
    });
    this.#continueSoon(response);
  }

  #continueSoon(response: ModelResponse): void {
    this.#agenda.in(this.#dice.between(1, 120), () => this.#continue(response));
  }

  #continue(response: ModelResponse): void {
    if (!response.isActive) return;
    if (response.item !== undefined && response.chunksLeft > 0)
      this.#chunk(response, response.item);
    else if (response.item !== undefined) this.#endItem(response, response.item, 'completed');
    else if (response.itemsLeft > 0) this.#beginItem(response);
    else return this.#finish(response);
    this.#continueSoon(response);
  }

  #beginItem(response: ModelResponse): void {
    response.itemsLeft -= 1;
    response.chunksLeft = this.#dice.between(0, 8);
    const item = this.#newItem({ type: 'message', role: 'assistant' });
    response.item = item;
    const wire = { id: item.id, type: 'message', role: 'assistant', status: 'in_progress' };
    this.#event('response.output_item.added', { ...this.#part(response, item), item: wire });
    this.#place(item, response.isOutOfBand, wire);
    const part = { type: 'audio', transcript: '' };
    const { level } = response;
    this.#event('response.content_part.added', { ...this.#part(response, item), part, level });
  }

  #chunk(response: ModelResponse, item: ModelItem): void {
    response.chunksLeft -= 1;
    let text = '';
    let samples = 0;
    for (let words = this.#dice.between(1, 3); words > 0; words -= 1) {
      const word = 'abcdefghij'.slice(0, this.#dice.between(1, 9));
      samples +=
        Math.round(word.length * LETTER_MS * (0.9 + this.#dice.ratio() / 5)) * SAMPLES_PER_MS;
      item.words.push({ text: word, endSamples: item.generatedSamples + samples });
      text += `${item.words.length === 1 ? '' : ' '}${word}`;
    }
    const where = this.#part(response, item);
    this.#event('response.output_audio_transcript.delta', { ...where, delta: text });
    item.generatedSamples += samples;
    item.audioSamples += samples;
    const delta = { responseId: response.id, itemId: item.id, level: response.level, samples };
    this.#send({ type: 'audio', delta });
  }

  #endItem(response: ModelResponse, item: ModelItem, status: string): void {
    response.item = undefined;
    const where = this.#part(response, item);
    const transcript = item.words.map(({ text }) => text).join(' ');
    this.#event('response.output_audio.done', where);
    this.#event('response.output_audio_transcript.done', { ...where, transcript });
    const wire = { id: item.id, type: 'message', role: 'assistant', status };
    if (!response.isOutOfBand) this.#event('conversation.item.done', { item: wire });
    this.#event('response.output_item.done', { ...where, item: wire });
  }

  #finish(response: ModelResponse): void {
    if (response.hasCall && !response.isOutOfBand) this.#append({ type: 'function_call' });
    this.#done(response, 'completed');
  }

  #done(response: ModelResponse, status: string): void {
    response.isActive = false;
    this.#event('response.done', { response: { id: response.id, status } });
  }

  #cancelAsked(event: Readonly<Record<string, unknown>>): void {
    const id = event['response_id'];
    const response =
      id === undefined ? this.#active : this.#responses.find((each) => each.id === id);
    if (response?.isActive !== true)
      return this.#refuse(event, 'response_cancel_not_active', 'no active response found');
    this.#cancel(response, 'client_cancelled');
  }

  /** Some servers end what is open, others only say that the response is over. */
  #cancel(response: ModelResponse | undefined, _reason: string): void {
    if (response === undefined) return;
    if (response.item !== undefined && this.#dice.chance(0.7))
      this.#endItem(response, response.item, 'incomplete');
    this.#done(response, 'cancelled');
  }

  #truncate(event: Readonly<Record<string, unknown>>): void {
    const item = this.items.find(({ id }) => id === event['item_id']);
    const audioEndMs = Number(event['audio_end_ms']);
    const lengthMs = (item?.audioSamples ?? 0) / SAMPLES_PER_MS;
    const isOfController = event['event_id'] === undefined;
    const problem =
      item === undefined
        ? 'item_truncate_invalid_item_id'
        : item.generatedSamples === 0
          ? 'unsupported_content_type'
          : audioEndMs > Math.ceil(lengthMs)
            ? 'invalid_value'
            : undefined;
    if (item === undefined || problem !== undefined) {
      // A controller that truncates what it has deleted, or asks for more than there is, is told so.
      const isLonger =
        problem === 'invalid_value' &&
        (this.#cutByController.has(String(event['item_id'])) ||
          audioEndMs > (item?.generatedSamples ?? 0) / SAMPLES_PER_MS);
      if (isOfController && isLonger) this.refusedAsLonger += 1;
      else if (!isOfController || item !== undefined)
        this.refusedTruncates.push(`${String(event['item_id'])} ${audioEndMs}: ${problem}`);
      const message = `Audio content of ${Math.floor(lengthMs)}ms is already shorter than ${audioEndMs}ms`;
      return this.#refuse(event, problem ?? '', message);
    }
    if (isOfController) this.#cutByController.add(item.id);
    item.audioSamples = Math.min(item.audioSamples, audioEndMs * SAMPLES_PER_MS);
    const { item_id, content_index, audio_end_ms } = event;
    this.#event('conversation.item.truncated', { item_id, content_index, audio_end_ms });
  }

  #delete(event: Readonly<Record<string, unknown>>): void {
    const index = this.items.findIndex(({ id }) => id === event['item_id']);
    if (index < 0) return this.#refuse(event, 'item_delete_invalid_item_id', 'unknown');
    this.items.splice(index, 1);
    this.#event('conversation.item.deleted', { item_id: event['item_id'] });
  }

  #append(from: Pick<ModelItem, 'type'> & { readonly role?: 'user' }, id?: string): void {
    const item = this.#newItem({ type: from.type, role: from.role }, id);
    const content = from.role === 'user' ? [{ type: 'input_audio', transcript: null }] : undefined;
    this.#place(item, false, { id: item.id, type: item.type, role: item.role, content });
  }

  #place(item: ModelItem, isOutOfBand: boolean, wire: object): void {
    if (isOutOfBand) {
      this.itemsOutside.push(item);
      return;
    }
    const previous_item_id = this.items.at(-1)?.id ?? null;
    this.items.push(item);
    this.#event('conversation.item.added', { previous_item_id, item: wire });
  }

  #newItem(from: Pick<ModelItem, 'type' | 'role'>, id = this.#id('item')): ModelItem {
    return { id, ...from, words: [], generatedSamples: 0, audioSamples: 0 };
  }

  #part(response: ModelResponse, item: ModelItem): Record<string, unknown> {
    return { response_id: response.id, item_id: item.id, output_index: 0, content_index: 0 };
  }

  #refuse(event: Readonly<Record<string, unknown>>, code: string, message: string): void {
    const error = { type: 'invalid_request_error', code, message, event_id: event['event_id'] };
    this.#event('error', { error });
  }

  #event(type: string, fields: Record<string, unknown>): void {
    this.#send({ type: 'event', event: { type, event_id: 'event_up', ...fields } });
  }

  #id(kind: string): string {
    this.#count += 1;
    return `${kind}_${this.#count}`;
  }
}
