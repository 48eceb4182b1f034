import { floatToPcm16, pcm16ToFloat } from '../audio/pcm16.ts';
import { resample } from '../audio/resampler.ts';
import type { Recording } from '../audio/wav.ts';
import { PORT_SAMPLE_RATE_HZ } from '../ports/ears.ts';
import { FLITE_VOICES, Flite, type FliteVoice } from '../voice/flite.ts';

/** Who speaks, and how. */
export interface UserSpeechOptions {
  /** `slt` by default. */
  readonly voice?: FliteVoice;
  /** Pace; 1 by default, more is faster. */
  readonly rate?: number;
  /** Mean pitch; the voice's own by default. */
  readonly pitchHz?: number;
  /** Sample rate of the result; 24,000 by default. */
  readonly rateHz?: number;
}

/** The voices a fake user may have. */
export const USER_VOICES = FLITE_VOICES;

/** Compiled once per process, at the first use: tests speak many sentences. */
let compiled: Flite | undefined;

/**
 * Speaks as a fake user, in this process and synchronously (10 to 60 ms of work).
 *
 * @param text - English words.
 * @returns The same samples for the same arguments, with 0.1–0.3 s of silence on both sides.
 */
export function synthesizeUserSpeech(text: string, options: UserSpeechOptions = {}): Recording {
  compiled ??= Flite.load();
  const result = compiled.speak({
    text,
    voice: options.voice ?? 'slt',
    durationStretchRatio: 1 / (options.rate ?? 1),
    pitchHz: options.pitchHz,
  });
  if (result.type === 'failed') throw new Error(`no speech for "${text}": ${result.reason}`);
  const rateHz = options.rateHz ?? PORT_SAMPLE_RATE_HZ;
  const { recording } = result;
  const samples = pcm16ToFloat(recording.pcm);
  const pcm = floatToPcm16(
    resample(samples, { inputRateHz: recording.rateHz, outputRateHz: rateHz }),
  );
  return { pcm, rateHz };
}
