import { invalidRequest, type WireError } from '../wire/wire-error.ts';
import type { Item, MessageItem, OutputAudioPart } from './item.ts';
import { msOfSamples, SAMPLES_PER_MS } from './wire-audio.ts';

/** What `conversation.item.truncate` asks for. */
export interface TruncationRequest {
  readonly contentIndex: number;
  readonly audioEndMs: number;
}

function unsupported(): WireError {
  const message = 'Only model output audio messages can be truncated.';
  return invalidRequest('unsupported_content_type', message, 'item_id');
}

/** Cuts an assistant's speech and its words at a time; an error leaves it as it was. */
export function truncateItem(item: Item, request: TruncationRequest): WireError | undefined {
  if (item.type !== 'message' || item.role !== 'assistant') {
    return unsupported();
  }
  const content = item.content[request.contentIndex];
  if (content === undefined) {
    const message = `The item has no content at index ${request.contentIndex}.`;
    return invalidRequest('invalid_value', message, 'content_index');
  }
  if (content.type !== 'output_audio' || content.audioSamples === 0) {
    return unsupported();
  }
  const lengthMs = Math.floor(msOfSamples(content.audioSamples));
  if (request.audioEndMs > Math.ceil(msOfSamples(content.audioSamples))) {
    const message = `Audio content of ${lengthMs}ms is already shorter than ${request.audioEndMs}ms`;
    return invalidRequest('invalid_value', message, 'audio_end_ms');
  }
  cut(item, content, request.audioEndMs * SAMPLES_PER_MS);
  return undefined;
}

/** A piece of at most one audio delta is kept with its words if half of it is. */
function cut(item: MessageItem, content: OutputAudioPart, endSample: number): void {
  if (endSample >= content.audioSamples) {
    return;
  }
  let start = 0;
  let keptText = '';
  let keptCount = 0;
  for (const piece of content.pieces) {
    const isKept = start + piece.samples / 2 <= endSample;
    keptText += isKept ? piece.text : '';
    keptCount += isKept ? 1 : 0;
    start += piece.samples;
  }
  content.pieces.length = keptCount;
  content.transcript = keptText.trimEnd();
  content.audioSamples = endSample;
  content.pcm = content.pcm === undefined ? undefined : cutPcm(content.pcm, endSample);
  item.wasTruncated = true;
}

function cutPcm(chunks: readonly Int16Array[], endSample: number): Int16Array[] {
  const kept: Int16Array[] = [];
  let start = 0;
  for (const chunk of chunks) {
    if (start < endSample) {
      kept.push(chunk.subarray(0, endSample - start));
    }
    start += chunk.length;
  }
  return kept;
}
