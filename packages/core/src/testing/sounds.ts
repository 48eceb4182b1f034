import { SAMPLE_RATE_HZ } from '../audio/pcm.ts';

/** Sounds of a room, synthesised: 24 kHz mono, the same seed gives the same samples. For tests and benchmarks. */

const FULL_SCALE = 32_767;

/** A small deterministic generator (xorshift32), uniform in [-1, 1). */
export function seededNoise(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2_147_483_648;
  };
}

export function samplesOf(durationMs: number): number {
  return Math.round((durationMs * SAMPLE_RATE_HZ) / 1_000);
}

/** A resonance: what a mouth, a key cap or a door leaf does to a burst. */
function resonator(frequencyHz: number, bandwidthHz: number): (input: number) => number {
  const radius = Math.exp((-Math.PI * bandwidthHz) / SAMPLE_RATE_HZ);
  const a1 = 2 * radius * Math.cos((2 * Math.PI * frequencyHz) / SAMPLE_RATE_HZ);
  const a2 = -radius * radius;
  let y1 = 0;
  let y2 = 0;
  return (input) => {
    const y = (1 - radius) * input + a1 * y1 + a2 * y2;
    y2 = y1;
    y1 = y;
    return y;
  };
}

/** Scales a shape so that its loudest 20 ms have the level `peakDbfs`, and rounds it. */
export function atLevel(shape: Float64Array, peakDbfs: number): Int16Array {
  const block = samplesOf(20);
  let loudest = 0;
  for (let start = 0; start < shape.length; start += block) {
    const end = Math.min(shape.length, start + block);
    let energy = 0;
    for (let i = start; i < end; i += 1) energy += (shape[i] ?? 0) ** 2;
    loudest = Math.max(loudest, energy / block);
  }
  const gain = loudest === 0 ? 0 : (FULL_SCALE * 10 ** (peakDbfs / 20)) / Math.sqrt(loudest);
  return Int16Array.from(shape, (value) => clip(value * gain));
}

function clip(value: number): number {
  return Math.max(-32_768, Math.min(32_767, Math.round(value)));
}

export interface SoundOptions {
  readonly durationMs: number;
  /** Level of the loudest 20 ms, in dB of full scale. */
  readonly levelDbfs: number;
  readonly seed: number;
}

/** A voice: pulses at a gliding pitch through the formants of changing vowels, three to six syllables a second. */
export function voice(options: SoundOptions & { readonly pitchHz?: number }): Int16Array {
  const noise = seededNoise(options.seed);
  const shape = new Float64Array(samplesOf(options.durationMs));
  let formants: readonly ((input: number) => number)[] = [];
  let syllableStart = 0;
  let syllable = 0;
  let phase = 1;
  for (let i = 0; i < shape.length; i += 1) {
    if (i >= syllableStart + syllable) {
      syllableStart = i;
      syllable = samplesOf(160 + 160 * Math.abs(noise()));
      formants = [
        resonator(450 + 250 * Math.abs(noise()), 90),
        resonator(1_000 + 900 * Math.abs(noise()), 120),
        resonator(2_500, 160),
      ];
    }
    const inSyllable = (i - syllableStart) / syllable;
    const pitchHz = (options.pitchHz ?? 120) * (1.1 - 0.2 * inSyllable);
    phase += pitchHz / SAMPLE_RATE_HZ;
    let excitation = 0.01 * noise();
    if (phase >= 1) {
      phase -= 1;
      excitation += 1;
    }
    const loudness = Math.sin(Math.PI * Math.min(1, inSyllable * 1.25)) ** 0.7;
    let sum = 0;
    for (const [index, formant] of formants.entries()) sum += formant(excitation) / (index + 1);
    shape[i] = sum * loudness;
  }
  return atLevel(shape, options.levelDbfs);
}

/** Somebody types: a click and the key's body, and its release 80 ms later, five to ten times a second. */
export function keyboard(options: SoundOptions): Int16Array {
  const noise = seededNoise(options.seed);
  const shape = new Float64Array(samplesOf(options.durationMs));
  const strike = (at: number, strength: number) => {
    const body = resonator(500 + 400 * Math.abs(noise()), 250);
    const cap = resonator(3_000 + 1_500 * noise(), 900);
    for (let i = 0; i < samplesOf(40) && at + i < shape.length; i += 1) {
      const burst = i < samplesOf(3) ? noise() : 0;
      shape[at + i] = (shape[at + i] ?? 0) + strength * (cap(burst) * 1.5 + body(burst) * 2);
    }
  };
  for (let at = 0; at < shape.length; at += samplesOf(100 + 100 * Math.abs(noise()))) {
    strike(at, 1);
    strike(at + samplesOf(80), 0.4);
  }
  return atLevel(shape, options.levelDbfs);
}

/** A cough: an explosive burst, its decay, and in half of them a short voiced end. About 350 ms each, one a second. */
export function coughs(options: SoundOptions): Int16Array {
  const noise = seededNoise(options.seed);
  const shape = new Float64Array(samplesOf(options.durationMs));
  for (let at = 0; at + samplesOf(400) < shape.length; at += samplesOf(1_000)) {
    const throat = [resonator(700, 300), resonator(1_500, 500), resonator(3_000, 900)];
    const glottis = noise() > 0 ? coughVoice() : () => 0;
    for (let i = 0; i < samplesOf(350); i += 1) {
      const ms = (i * 1_000) / SAMPLE_RATE_HZ;
      const burst = noise() * Math.exp(-ms / 60) * Math.min(1, ms / 5);
      const excitation = burst + glottis(ms);
      let sum = 0;
      for (const resonance of throat) sum += resonance(excitation);
      shape[at + i] = sum;
    }
  }
  return atLevel(shape, options.levelDbfs);
}

/** Pulses at 160 Hz from 180 to 300 ms, called once per sample. */
function coughVoice(): (ms: number) => number {
  let phase = 0;
  return (ms) => {
    if (ms <= 180 || ms >= 300) return 0;
    phase += 160 / SAMPLE_RATE_HZ;
    if (phase < 1) return 0;
    phase -= 1;
    return 3 * Math.sin((Math.PI * (ms - 180)) / 120);
  };
}

/** A door falls shut: a low thump and its rattle, every two seconds. */
export function doors(options: SoundOptions): Int16Array {
  const noise = seededNoise(options.seed);
  const shape = new Float64Array(samplesOf(options.durationMs));
  for (let at = 0; at < shape.length; at += samplesOf(2_000)) {
    const leaf = resonator(85, 18);
    const frame = resonator(240, 60);
    for (let i = 0; i < samplesOf(500) && at + i < shape.length; i += 1) {
      const ms = (i * 1_000) / SAMPLE_RATE_HZ;
      const hit = ms < 8 ? noise() : 0.02 * noise() * Math.exp(-ms / 80);
      shape[at + i] = leaf(hit) * 3 + frame(hit) * 1.5 + hit * 0.1;
    }
  }
  return atLevel(shape, options.levelDbfs);
}

/** Mains hum: 50 Hz and its harmonics. */
export function hum(options: SoundOptions): Int16Array {
  const harmonics = [1, 0.7, 0.5, 0.2, 0.25, 0.1, 0.1];
  const shape = Float64Array.from({ length: samplesOf(options.durationMs) }, (_, i) => {
    let sum = 0;
    for (const [index, strength] of harmonics.entries()) {
      sum += strength * Math.sin((2 * Math.PI * 50 * (index + 1) * i) / SAMPLE_RATE_HZ + index);
    }
    return sum;
  });
  return atLevel(shape, options.levelDbfs);
}

/** Breath on the microphone: noise through an open mouth, in and out. */
export function breath(options: SoundOptions): Int16Array {
  const noise = seededNoise(options.seed);
  const mouth = [resonator(700, 600), resonator(1_800, 1_200)];
  const shape = Float64Array.from({ length: samplesOf(options.durationMs) }, (_, i) => {
    const seconds = i / SAMPLE_RATE_HZ;
    const excitation = noise() * Math.abs(Math.sin(2 * Math.PI * 0.4 * seconds)) ** 1.5;
    let sum = 0;
    for (const resonance of mouth) sum += resonance(excitation);
    return sum;
  });
  return atLevel(shape, options.levelDbfs);
}

/** Single samples that jump: a bad plug, ten a second. */
export function clicks(options: SoundOptions): Int16Array {
  const noise = seededNoise(options.seed);
  const shape = new Float64Array(samplesOf(options.durationMs));
  for (let at = 0; at < shape.length; at += samplesOf(60 + 80 * Math.abs(noise()))) {
    for (let i = 0; i < 12 && at + i < shape.length; i += 1) shape[at + i] = noise();
  }
  return atLevel(shape, options.levelDbfs);
}

/** White noise. */
export function hiss(options: SoundOptions): Int16Array {
  const noise = seededNoise(options.seed);
  const shape = Float64Array.from({ length: samplesOf(options.durationMs) }, () => noise());
  return atLevel(shape, options.levelDbfs);
}

/** Sums sounds that begin at given times; the result is as long as `durationMs`, loud sums saturate. */
export function mix(
  durationMs: number,
  sounds: readonly { readonly pcm: Int16Array; readonly atMs: number }[],
): Int16Array {
  const sum = new Float64Array(samplesOf(durationMs));
  for (const { pcm, atMs } of sounds) {
    const start = samplesOf(atMs);
    for (let i = 0; i < pcm.length && start + i < sum.length; i += 1) {
      sum[start + i] = (sum[start + i] ?? 0) + (pcm[i] ?? 0);
    }
  }
  return Int16Array.from(sum, clip);
}
