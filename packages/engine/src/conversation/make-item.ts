import type { AudioFormat } from '../wire/audio-format.ts';
import type { ItemCreate } from '../wire/item-create.ts';
import { invalidRequest, type WireError } from '../wire/wire-error.ts';
import type { IdSource } from './id-source.ts';
import type { InputAudioPart, Item, ItemContent } from './item.ts';
import { bytesFromBase64, msOfSamples, pcmOfRecording } from './wire-audio.ts';

export type MadeItem =
  | {
      readonly ok: true;
      readonly item: Item;
      /** The recordings in it that have yet to be heard. */
      readonly recordings: readonly {
        readonly contentIndex: number;
        readonly part: InputAudioPart;
        readonly pcm: Int16Array;
      }[];
    }
  | { readonly ok: false; readonly error: WireError };

type ClientContent = Extract<ItemCreate, { type: 'message' }>['content'][number];

/** Makes an item from what a client sent; errors name fields below `param`, such as `item` or `response.input[0]`. */
export function makeItem(
  from: ItemCreate,
  using: { readonly ids: IdSource; readonly format: AudioFormat; readonly param: string },
): MadeItem {
  const id = from.id ?? using.ids.next('item');
  const status = from.status ?? 'completed';
  switch (from.type) {
    case 'function_call': {
      const callId = from.call_id ?? using.ids.next('call');
      const { name, arguments: argumentsJson } = from;
      const item: Item = { type: 'function_call', id, status, name, callId, argumentsJson };
      return { ok: true, item, recordings: [] };
    }
    case 'function_call_output': {
      const { call_id: callId, output } = from;
      const item: Item = { type: 'function_call_output', id, callId, output };
      return { ok: true, item, recordings: [] };
    }
    case 'message': {
      const content: ItemContent[] = [];
      for (const [index, part] of from.content.entries()) {
        const made = makeContent(part, using.format);
        if (made === undefined) {
          const param = `${using.param}.content[${index}].audio`;
          const message = `Invalid value for '${param}': it is not base64.`;
          return { ok: false, error: invalidRequest('invalid_value', message, param) };
        }
        content.push(made);
      }
      const item: Item = {
        type: 'message',
        id,
        role: from.role,
        status,
        wasTruncated: false,
        content,
      };
      const recordings = content.flatMap((part, contentIndex) =>
        part.type === 'input_audio' && part.hearing.state === 'pending'
          ? [{ contentIndex, part, pcm: part.pcm ?? new Int16Array(0) }]
          : [],
      );
      return { ok: true, item, recordings };
    }
  }
}

function makeContent(part: ClientContent, format: AudioFormat): ItemContent | undefined {
  switch (part.type) {
    case 'input_text':
    case 'output_text':
      return { type: part.type, text: part.text };
    case 'input_image':
      return { type: 'input_image', imageUrl: part.image_url, detail: part.detail ?? 'auto' };
    case 'input_audio': {
      const bytes = bytesFromBase64(part.audio ?? '');
      if (bytes === undefined) {
        return undefined;
      }
      const pcm = pcmOfRecording(bytes, format);
      const transcript = part.transcript ?? null;
      return {
        type: 'input_audio',
        transcript,
        // A transcript that the client brings along is believed.
        hearing:
          transcript === null
            ? { state: 'pending' }
            : { state: 'heard', text: transcript, isAccepted: true },
        durationMs: msOfSamples(pcm.length),
        pcm,
      };
    }
  }
}
