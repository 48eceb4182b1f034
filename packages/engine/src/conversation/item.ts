import type { ItemContentObject, ItemObject, ItemStatus } from '../wire/item-object.ts';

/** Conversation items as the conversation keeps them: with their audio, and what was heard in it. */

/** What became of the user's audio. */
export type HearingState =
  | { readonly state: 'pending' }
  | { readonly state: 'heard'; readonly text: string; readonly isAccepted: boolean }
  | { readonly state: 'failed' }
  /** The server's own turn for a user who says nothing. */
  | { readonly state: 'silence' };

export interface InputAudioPart {
  readonly type: 'input_audio';
  hearing: HearingState;
  /** Null on the wire until transcription has completed, and always when it is off. */
  transcript: string | null;
  readonly durationMs: number;
  /** Absent when the client gave none, or when the session's store of audio was full. */
  pcm: Int16Array | undefined;
}

/** A piece of the assistant's speech: the words and the samples that say them. */
export interface SpokenPiece {
  readonly text: string;
  readonly samples: number;
}

export interface OutputAudioPart {
  readonly type: 'output_audio';
  transcript: string;
  /** How much of it exists, or is left of it after truncation. */
  audioSamples: number;
  readonly pieces: SpokenPiece[];
  pcm: Int16Array[] | undefined;
}

export type ItemContent =
  | { readonly type: 'input_text'; readonly text: string }
  | InputAudioPart
  | { readonly type: 'input_image'; readonly imageUrl: string; readonly detail: string }
  | { readonly type: 'output_text'; text: string }
  | OutputAudioPart;

export interface MessageItem {
  readonly type: 'message';
  readonly id: string;
  readonly role: 'system' | 'user' | 'assistant';
  status: ItemStatus;
  wasTruncated: boolean;
  readonly content: ItemContent[];
}

export interface FunctionCallItem {
  readonly type: 'function_call';
  readonly id: string;
  status: ItemStatus;
  readonly name: string;
  readonly callId: string;
  argumentsJson: string;
}

export interface FunctionCallOutputItem {
  readonly type: 'function_call_output';
  readonly id: string;
  readonly callId: string;
  readonly output: string;
}

export type Item = MessageItem | FunctionCallItem | FunctionCallOutputItem;

function contentObject(content: ItemContent): ItemContentObject {
  switch (content.type) {
    case 'input_text':
    case 'output_text':
      return { type: content.type, text: content.text };
    case 'input_audio':
      return { type: 'input_audio', transcript: content.transcript };
    case 'input_image':
      return { type: 'input_image', image_url: content.imageUrl, detail: content.detail };
    case 'output_audio':
      return { type: 'output_audio', transcript: content.transcript };
  }
}

/** The item as events carry it: without audio. */
export function itemObject(item: Item): ItemObject {
  switch (item.type) {
    case 'message':
      return {
        id: item.id,
        type: 'message',
        status: item.status,
        role: item.role,
        content: item.content.map(contentObject),
      };
    case 'function_call':
      return {
        id: item.id,
        type: 'function_call',
        status: item.status,
        name: item.name,
        call_id: item.callId,
        arguments: item.argumentsJson,
      };
    case 'function_call_output':
      return {
        id: item.id,
        type: 'function_call_output',
        call_id: item.callId,
        output: item.output,
      };
  }
}
