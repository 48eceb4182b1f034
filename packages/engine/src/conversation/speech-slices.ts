import type { SpeechChunk } from '../ports/voice.ts';
import type { AudioFormat } from '../wire/audio-format.ts';
import { bytesOfPcm, bytesPerMs, msOfSamples, SAMPLES_PER_MS } from './wire-audio.ts';

/** What one audio delta carries, and the words whose speaking begins in it. */
export interface SpeechSlice {
  readonly words: readonly string[];
  readonly pcm: Int16Array;
  /** The same audio in the response's output format. */
  readonly bytes: Uint8Array;
  readonly durationMs: number;
}

/** Lengths of a response's first deltas and of all later ones: a small first one is heard sooner. */
const FIRST_SLICE_MS = 60;
const SECOND_SLICE_MS = 100;
const SLICE_MS = 200;

/** A rest shorter than this goes with the delta before it. */
const REST_MS_MIN = 50;

/** Cuts text into words; each keeps the space before it, so that joining them gives the text back. */
export function wordsOf(text: string): string[] {
  return text.match(/\s*\S+|\s+$/g) ?? [];
}

/** Cuts a response's speech into audio deltas of 60 ms, 100 ms, then 200 ms each. */
export class SpeechSlicer {
  readonly #format: AudioFormat;
  #sliceCount = 0;

  constructor(format: AudioFormat) {
    this.#format = format;
  }

  /** Words are spread over the chunk by their share of its letters. */
  slice(chunk: SpeechChunk): SpeechSlice[] {
    const words = wordsOf(chunk.text);
    const totalMs = msOfSamples(chunk.pcm.length);
    const bytes = bytesOfPcm(chunk.pcm, this.#format);
    const slices: SpeechSlice[] = [];
    let wordIndex = 0;
    let charCount = 0;
    let startMs = 0;
    do {
      const plannedEndMs = chunk.isOneDelta === true ? totalMs : startMs + this.#nextLengthMs();
      const endMs = totalMs - plannedEndMs < REST_MS_MIN ? totalMs : plannedEndMs;
      const isLast = endMs >= totalMs;
      const ownWords: string[] = [];
      let word = words[wordIndex];
      while (word !== undefined && (isLast || (charCount / chunk.text.length) * totalMs < endMs)) {
        ownWords.push(word);
        charCount += word.length;
        wordIndex += 1;
        word = words[wordIndex];
      }
      const toByte = (ms: number): number => Math.floor(ms) * bytesPerMs(this.#format);
      slices.push({
        words: ownWords,
        pcm: chunk.pcm.subarray(
          Math.floor(startMs) * SAMPLES_PER_MS,
          isLast ? undefined : Math.floor(endMs) * SAMPLES_PER_MS,
        ),
        bytes: bytes.subarray(toByte(startMs), isLast ? undefined : toByte(endMs)),
        durationMs: endMs - startMs,
      });
      startMs = endMs;
    } while (startMs < totalMs);
    return slices;
  }

  #nextLengthMs(): number {
    this.#sliceCount += 1;
    if (this.#sliceCount === 1) {
      return FIRST_SLICE_MS;
    }
    return this.#sliceCount === 2 ? SECOND_SLICE_MS : SLICE_MS;
  }
}
