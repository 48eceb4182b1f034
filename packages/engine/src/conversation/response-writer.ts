import type { PlannedCall } from '../ports/brain.ts';
import type { ItemStatus } from '../wire/item-object.ts';
import type { ResponseStatusDetails, ResponseUsage } from '../wire/response-object.ts';
import type { IdSource } from './id-source.ts';
import {
  type FunctionCallItem,
  type Item,
  itemObject,
  type MessageItem,
  type OutputAudioPart,
} from './item.ts';
import type { ItemList } from './item-list.ts';
import type { Outbox } from './outbox.ts';
import type { ResponsePlan } from './response-plan.ts';
import type { SpeechSlice } from './speech-slices.ts';
import { base64FromBytes } from './wire-audio.ts';

/** Arguments of a function call are told in pieces of this many characters. */
const ARGUMENTS_DELTA_CHARS = 24;

type FinalStatus = 'completed' | 'cancelled' | 'incomplete' | 'failed';

export interface ResponseWriterOptions {
  readonly outbox: Outbox;
  readonly ids: IdSource;
  /** The conversation that output items join; absent for a response outside of it. */
  readonly conversation: { readonly id: string; readonly items: ItemList } | undefined;
  readonly plan: ResponsePlan;
  /** Called for each item that joins the conversation. */
  readonly onItem: (item: Item) => void;
}

interface OpenMessage {
  readonly item: MessageItem;
  readonly outputIndex: number;
}

/** Writes one response's events in the order that the Realtime API was recorded to use. */
export class ResponseWriter {
  readonly id: string;
  readonly #options: ResponseWriterOptions;
  readonly #output: Item[] = [];
  #message: OpenMessage | undefined;

  constructor(options: ResponseWriterOptions) {
    this.#options = options;
    this.id = options.ids.next('resp');
  }

  get output(): readonly Item[] {
    return this.#output;
  }

  created(): void {
    this.#sendResponse('response.created', { status: 'in_progress', details: null, usage: null });
  }

  /** Opens the assistant's message with its one content part. */
  openMessage(): void {
    const isAudio = this.#options.plan.modality === 'audio';
    const item: MessageItem = {
      type: 'message',
      id: this.#options.ids.next('item'),
      role: 'assistant',
      status: 'in_progress',
      wasTruncated: false,
      content: [],
    };
    const outputIndex = this.#addItem(item);
    item.content.push(
      isAudio
        ? { type: 'output_audio', transcript: '', audioSamples: 0, pieces: [], pcm: [] }
        : { type: 'output_text', text: '' },
    );
    this.#options.outbox.send({
      type: 'response.content_part.added',
      ...this.#part({ item, outputIndex }),
      part: isAudio ? { type: 'audio', transcript: '' } : { type: 'text', text: '' },
    });
    this.#message = { item, outputIndex };
  }

  /** Adds to a text message. */
  text(delta: string): void {
    const message = this.#message;
    const content = message?.item.content[0];
    if (message === undefined || content?.type !== 'output_text') {
      return;
    }
    content.text += delta;
    const type = 'response.output_text.delta';
    this.#options.outbox.send({ type, ...this.#part(message), delta });
  }

  /** Adds to an audio message: its words first, then the audio that says them. */
  speech(slice: SpeechSlice): void {
    const message = this.#message;
    const content = message?.item.content[0];
    if (message === undefined || content?.type !== 'output_audio') {
      return;
    }
    for (const delta of slice.words) {
      content.transcript += delta;
      const type = 'response.output_audio_transcript.delta';
      this.#options.outbox.send({ type, ...this.#part(message), delta });
    }
    content.audioSamples += slice.pcm.length;
    content.pieces.push({ text: slice.words.join(''), samples: slice.pcm.length });
    content.pcm?.push(slice.pcm);
    if (slice.bytes.length > 0) {
      const delta = base64FromBytes(slice.bytes);
      this.#options.outbox.send({
        type: 'response.output_audio.delta',
        ...this.#part(message),
        delta,
      });
    }
  }

  /** Samples of speech written so far. */
  get audioSamples(): number {
    return this.#audio()?.audioSamples ?? 0;
  }

  /** Closes the message, if one is open: its `*.done` events, innermost first. */
  closeMessage(status: ItemStatus): void {
    const message = this.#message;
    const content = message?.item.content[0];
    if (message === undefined || content === undefined) {
      return;
    }
    this.#message = undefined;
    const { outbox } = this.#options;
    const part = this.#part(message);
    if (content.type === 'output_audio') {
      const { transcript } = content;
      outbox.send({ type: 'response.output_audio.done', ...part });
      outbox.send({ type: 'response.output_audio_transcript.done', ...part, transcript });
      const done = { type: 'audio', transcript } as const;
      outbox.send({ type: 'response.content_part.done', ...part, part: done });
    } else if (content.type === 'output_text') {
      const { text } = content;
      outbox.send({ type: 'response.output_text.done', ...part, text });
      const done = { type: 'text', text } as const;
      outbox.send({ type: 'response.content_part.done', ...part, part: done });
    }
    message.item.status = status;
    this.#itemDone(message.item, message.outputIndex);
  }

  /** Writes a whole function call. A message may be open meanwhile. */
  functionCall(call: PlannedCall): void {
    const { outbox, ids } = this.#options;
    const item: FunctionCallItem = {
      type: 'function_call',
      id: ids.next('item'),
      status: 'in_progress',
      name: call.name,
      callId: ids.next('call'),
      argumentsJson: '',
    };
    const outputIndex = this.#addItem(item);
    const of = {
      response_id: this.id,
      item_id: item.id,
      output_index: outputIndex,
      call_id: item.callId,
    };
    for (let at = 0; at < call.argumentsJson.length; at += ARGUMENTS_DELTA_CHARS) {
      const delta = call.argumentsJson.slice(at, at + ARGUMENTS_DELTA_CHARS);
      outbox.send({ type: 'response.function_call_arguments.delta', ...of, delta });
    }
    item.argumentsJson = call.argumentsJson;
    item.status = 'completed';
    outbox.send({
      type: 'response.function_call_arguments.done',
      ...of,
      name: item.name,
      arguments: item.argumentsJson,
    });
    this.#itemDone(item, outputIndex);
  }

  done(
    status: FinalStatus,
    details: ResponseStatusDetails | null,
    usage: ResponseUsage | null,
  ): void {
    this.#sendResponse('response.done', { status, details, usage });
  }

  #audio(): OutputAudioPart | undefined {
    const content = this.#message?.item.content[0];
    return content?.type === 'output_audio' ? content : undefined;
  }

  #part(message: OpenMessage): {
    readonly response_id: string;
    readonly item_id: string;
    readonly output_index: number;
    readonly content_index: number;
  } {
    return {
      response_id: this.id,
      item_id: message.item.id,
      output_index: message.outputIndex,
      content_index: 0,
    };
  }

  #addItem(item: Item): number {
    const { outbox, conversation } = this.#options;
    const outputIndex = this.#output.push(item) - 1;
    outbox.send({
      type: 'response.output_item.added',
      response_id: this.id,
      output_index: outputIndex,
      item: itemObject(item),
    });
    if (conversation !== undefined) {
      conversation.items.append(item);
      this.#options.onItem(item);
      outbox.send({
        type: 'conversation.item.added',
        previous_item_id: conversation.items.previousIdOf(item),
        item: itemObject(item),
      });
    }
    return outputIndex;
  }

  #itemDone(item: Item, outputIndex: number): void {
    const { outbox, conversation } = this.#options;
    if (conversation !== undefined) {
      const previousId = conversation.items.previousIdOf(item);
      outbox.send({
        type: 'conversation.item.done',
        // As recorded: the done event of an answer to the conversation's first item names no predecessor.
        previous_item_id: conversation.items.isFirst(previousId) ? null : previousId,
        item: itemObject(item),
      });
    }
    outbox.send({
      type: 'response.output_item.done',
      response_id: this.id,
      output_index: outputIndex,
      item: itemObject(item),
    });
  }

  #sendResponse(
    type: 'response.created' | 'response.done',
    at: {
      readonly status: FinalStatus | 'in_progress';
      readonly details: ResponseStatusDetails | null;
      readonly usage: ResponseUsage | null;
    },
  ): void {
    const { plan, conversation } = this.#options;
    this.#options.outbox.send({
      type,
      response: {
        object: 'realtime.response',
        id: this.id,
        status: at.status,
        status_details: at.details,
        output: this.#output.map(itemObject),
        conversation_id: conversation?.id ?? null,
        output_modalities: plan.modality === 'audio' ? ['audio'] : ['text'],
        max_output_tokens: plan.maxOutputTokens,
        audio: { output: { format: plan.format, voice: plan.voiceName } },
        usage: at.usage,
        metadata: plan.metadata,
      },
    });
  }
}
