import type { EarlyAudioPiece } from '@prism/protocol';
import { pcm16Of } from '../socket/frame-coder.ts';

/** Samples of a piece: a second, 64 kB of base64. */
const PIECE_SAMPLES = 24_000;

/** Bytes turned into text at once: `String.fromCharCode` takes its characters as arguments. */
const CHUNK_BYTES = 8_192;

/**
 * How long is recorded on when events flow: audio flows by then too, and what both tell shows the server where the one
 * goes on with the other.
 */
export const EARLY_AUDIO_OVERLAP_MS = 320;

/** The events that hand over what was recorded before a call was live; one at least, so that nobody waits for it. */
export function earlyAudioEvents(frames: readonly Float32Array[]): readonly EarlyAudioPiece[] {
  const pcm = joined(frames);
  const events: EarlyAudioPiece[] = [];
  for (let at = 0; at < pcm.length || at === 0; at += PIECE_SAMPLES) {
    const audio = base64Of(pcm16Of(pcm.subarray(at, at + PIECE_SAMPLES)));
    events.push({ type: 'prism.input.early', audio, complete: at + PIECE_SAMPLES >= pcm.length });
  }
  return events;
}

function joined(frames: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(frames.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const frame of frames) {
    all.set(frame, at);
    at += frame.length;
  }
  return all;
}

function base64Of(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK_BYTES));
  return btoa(text);
}
