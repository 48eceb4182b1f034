import type { InputAudioPart, Item, OutputAudioPart } from './item.ts';
import { msOfSamples } from './wire-audio.ts';

/** The most audio kept for `conversation.item.retrieve`, over all items; beyond it the oldest is forgotten. */
export const STORED_AUDIO_MS_MAX = 600_000;

type AudioPart = InputAudioPart | OutputAudioPart;

function lengthMs(part: AudioPart): number {
  if (part.type === 'input_audio') {
    return msOfSamples(part.pcm?.length ?? 0);
  }
  return msOfSamples(part.pcm?.reduce((sum, chunk) => sum + chunk.length, 0) ?? 0);
}

/** Keeps the conversation's recorded audio within its bound. */
export class AudioStore {
  #forgottenCount = 0;

  /** Parts whose audio was forgotten; they can be retrieved without it. */
  get forgottenCount(): number {
    return this.#forgottenCount;
  }

  trim(items: readonly Item[]): void {
    const parts = items
      .flatMap((item) => (item.type === 'message' ? item.content : []))
      .filter((content) => content.type === 'input_audio' || content.type === 'output_audio');
    let totalMs = parts.reduce((sum, part) => sum + lengthMs(part), 0);
    for (const part of parts) {
      if (totalMs <= STORED_AUDIO_MS_MAX) {
        return;
      }
      if (part.pcm !== undefined) {
        totalMs -= lengthMs(part);
        part.pcm = undefined;
        this.#forgottenCount += 1;
      }
    }
  }
}
