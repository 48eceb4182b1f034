import type { AudioFormat } from '../wire/audio-format.ts';
import type { ItemContentObject, ItemObject } from '../wire/item-object.ts';
import { type Item, type ItemContent, itemObject } from './item.ts';
import { base64FromBytes, bytesOfPcm } from './wire-audio.ts';

function joined(chunks: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function audioOf(content: ItemContent): Int16Array | undefined {
  if (content.type === 'input_audio') {
    return content.pcm;
  }
  return content.type === 'output_audio' && content.pcm !== undefined
    ? joined(content.pcm)
    : undefined;
}

/** The item as `conversation.item.retrieved` carries it: with the audio, as far as it is still kept. */
export function retrievedItem(
  item: Item,
  formats: { readonly input: AudioFormat; readonly output: AudioFormat },
): ItemObject {
  const object = itemObject(item);
  if (item.type !== 'message' || object.type !== 'message') {
    return object;
  }
  const content = object.content.map((part, index): ItemContentObject => {
    const source = item.content[index];
    const pcm = source === undefined ? undefined : audioOf(source);
    if (pcm === undefined || (part.type !== 'input_audio' && part.type !== 'output_audio')) {
      return part;
    }
    const format = part.type === 'input_audio' ? formats.input : formats.output;
    return { ...part, audio: base64FromBytes(bytesOfPcm(pcm, format)) };
  });
  return { ...object, content };
}
