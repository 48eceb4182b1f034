import { floatToPcm16, pcm16ToFloat } from '../audio/pcm16.ts';
import { resample } from '../audio/resampler.ts';
import { PORT_SAMPLE_RATE_HZ } from '../ports/ears.ts';
import type { SpeechChunk, SpeechRequest } from '../ports/voice.ts';
import type { Flite } from './flite.ts';
import { sentenceChunks } from './sentence-chunks.ts';
import { speakableText } from './speakable-text.ts';
import type { SpeechCache } from './speech-cache.ts';
import { type VoiceSound, voiceSound } from './voice-table.ts';

/** One piece of speech, the end, or why it can't go on. */
export type SpeakerStep =
  | { readonly type: 'chunk'; readonly chunk: SpeechChunk }
  | { readonly type: 'failed'; readonly reason: string };

/** A sample louder than this (about -46 dBFS) is speech, not the silence around it. */
const AUDIBLE_AMPLITUDE = 160;
/** What stays of the silence before an answer, so that its first consonant isn't clipped. */
const HEAD_SILENCE_MS = 20;
/** What stays of the silence before the later sentences. */
const INNER_HEAD_SILENCE_MS = 40;
const TAIL_SILENCE_MS = 160;
/** Half-pitch voices and double speed stay intelligible within these. */
const MIN_SPEED_RATIO = 0.25;
const MAX_SPEED_RATIO = 4;

/** What speaks: the program, and what it said before. */
export interface SpeechSource {
  readonly flite: Flite;
  readonly cache: SpeechCache;
}

/**
 * Speaks a request piece by piece, each when it is asked for.
 *
 * @returns A generator of at least one chunk per spoken sentence; it ends after the last chunk or after a failure.
 */
export function* speakChunks(source: SpeechSource, request: SpeechRequest): Generator<SpeakerStep> {
  const speedRatio = Number.isFinite(request.speedRatio)
    ? Math.min(MAX_SPEED_RATIO, Math.max(MIN_SPEED_RATIO, request.speedRatio))
    : 1;
  const sound = voiceSound(request.voice);
  let isFirst = true;
  for (const text of sentenceChunks(request.text)) {
    const words = speakableText(text);
    if (words === '') {
      yield { type: 'chunk', chunk: { text, pcm: new Int16Array(0) } };
      continue;
    }
    const headSilenceMs = isFirst ? HEAD_SILENCE_MS : INNER_HEAD_SILENCE_MS;
    const manner = { sound, speedRatio, headSilenceMs };
    const spoken = source.cache.get(JSON.stringify([manner, words]), () =>
      speakWords(source.flite, words, manner),
    );
    if (!(spoken instanceof Int16Array)) {
      yield spoken;
      return;
    }
    isFirst = false;
    yield { type: 'chunk', chunk: { text, pcm: spoken } };
  }
}

interface Manner {
  readonly sound: VoiceSound;
  readonly speedRatio: number;
  readonly headSilenceMs: number;
}

function speakWords(
  flite: Flite,
  words: string,
  manner: Manner,
): Int16Array | Extract<SpeakerStep, { type: 'failed' }> {
  const { sound } = manner;
  const result = flite.speak({
    text: words,
    voice: sound.voice,
    durationStretchRatio: 1 / (manner.speedRatio * sound.paceRatio),
    pitchHz: sound.pitchHz,
  });
  if (result.type === 'failed') return result;
  const { pcm, rateHz } = result.recording;
  const samples = pcm16ToFloat(trimSilence(pcm, rateHz, manner.headSilenceMs));
  for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) * sound.gainRatio;
  const resampled = resample(samples, { inputRateHz: rateHz, outputRateHz: PORT_SAMPLE_RATE_HZ });
  return floatToPcm16(resampled);
}

function trimSilence(pcm: Int16Array, rateHz: number, headSilenceMs: number): Int16Array {
  const isAudible = (sample: number): boolean => Math.abs(sample) > AUDIBLE_AMPLITUDE;
  const first = pcm.findIndex(isAudible);
  if (first < 0) return new Int16Array(0);
  const last = pcm.findLastIndex(isAudible);
  const start = Math.max(0, first - Math.round((headSilenceMs * rateHz) / 1000));
  return pcm.subarray(start, last + 1 + Math.round((TAIL_SILENCE_MS * rateHz) / 1000));
}
