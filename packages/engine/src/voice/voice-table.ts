import type { FliteVoice } from './flite.ts';

/** How an OpenAI voice name sounds here. */
export interface VoiceSound {
  readonly voice: FliteVoice;
  /** Mean pitch; the flite voice's own if undefined. */
  readonly pitchHz: number | undefined;
  /** Pace relative to the flite voice's own. */
  readonly paceRatio: number;
  /** Brings the voices to about the same loudness. */
  readonly gainRatio: number;
}

const GAIN_RATIO_BY_VOICE: Readonly<Record<FliteVoice, number>> = {
  slt: 0.85,
  rms: 1.3,
  awb: 1.25,
  kal16: 2.2,
};

function sound(voice: FliteVoice, pitchHz: number | undefined, paceRatio: number): VoiceSound {
  return { voice, pitchHz, paceRatio, gainRatio: GAIN_RATIO_BY_VOICE[voice] };
}

const DEFAULT_SOUND = sound('slt', undefined, 1);

const SOUND_BY_NAME: ReadonlyMap<string, VoiceSound> = new Map([
  ['alloy', DEFAULT_SOUND],
  ['ash', sound('rms', undefined, 1)],
  ['ballad', sound('awb', undefined, 1)],
  ['cedar', sound('rms', 82, 0.95)],
  ['coral', sound('slt', 205, 1.05)],
  ['echo', sound('awb', 105, 1.05)],
  ['marin', sound('slt', 185, 1.1)],
  ['sage', sound('slt', 150, 0.95)],
  ['shimmer', sound('slt', 225, 1)],
  ['verse', sound('kal16', undefined, 1)],
]);

/**
 * Finds the sound of an OpenAI voice name; the flite voices' own names are understood too.
 *
 * @param name - `alloy`, `marin`, …; an unknown name gets the default voice.
 */
export function voiceSound(name: string): VoiceSound {
  const known = SOUND_BY_NAME.get(name);
  if (known !== undefined) return known;
  switch (name) {
    case 'slt':
    case 'rms':
    case 'awb':
    case 'kal16':
      return sound(name, undefined, 1);
    default:
      return DEFAULT_SOUND;
  }
}

/** The OpenAI voice names that have a sound of their own. */
export const VOICE_NAMES: readonly string[] = [...SOUND_BY_NAME.keys()];
