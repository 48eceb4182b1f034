import { CONTEXT_SAMPLE_RATE_HZ, FRAME_SAMPLES } from '../socket/worklet-source.ts';

/** Zero crossings of the low-pass on either side of its middle. */
const CROSSINGS = 4;

/** 20 ms of the microphone, 24 kHz mono. The array is the taker's. */
export type FrameTaker = (samples: Float32Array) => void;

/** Gathers 24 kHz mono of any length into frames of 20 ms. */
export function framesFor(taker: FrameTaker): (samples: Iterable<number>) => void {
  let frame: number[] = [];
  return (samples) => {
    for (const sample of samples) {
      if (frame.push(sample) < FRAME_SAMPLES) continue;
      taker(new Float32Array(frame));
      frame = [];
    }
  };
}

/**
 * Makes 24 kHz of `rateHz`: takes pieces of any length, and gives what is complete, 0.2 ms late (0.5 ms of 8 kHz). What
 * is above 12 kHz goes. A windowed sinc, as long as the slower of the two rates needs it.
 */
export function resampled(rateHz: number): (samples: Float32Array) => readonly number[] {
  const stretch = Math.max(1, rateHz / CONTEXT_SAMPLE_RATE_HZ);
  const reach = Math.ceil(CROSSINGS * stretch);
  /** Of each place between two samples that comes up: 80 for 44.1 kHz, one for 48 kHz. */
  const lowPasses: (readonly number[])[] = [];
  let waiting = new Array<number>(reach).fill(0);
  /** How far the next sample lies behind the one in the middle, in parts of the time between two. */
  let part = 0;
  return (samples) => {
    waiting.push(...samples);
    const taken: number[] = [];
    let at = 0;
    while (at + 2 * reach < waiting.length) {
      const lowPass = (lowPasses[part] ??= lowPassAt(
        part / CONTEXT_SAMPLE_RATE_HZ,
        reach,
        stretch,
      ));
      taken.push(lowPass.reduce((sum, share, tap) => sum + share * (waiting[at + tap] ?? 0), 0));
      part += rateHz;
      at += Math.floor(part / CONTEXT_SAMPLE_RATE_HZ);
      part %= CONTEXT_SAMPLE_RATE_HZ;
    }
    waiting = waiting.slice(at);
    return taken;
  };
}

/** The shares that the samples up to `reach` around the middle have in one that lies `behind` it by less than one. */
function lowPassAt(behind: number, reach: number, stretch: number): readonly number[] {
  return Array.from({ length: 2 * reach + 1 }, (_, tap) => {
    const x = (Math.PI * (tap - reach - behind)) / stretch;
    const sinc = x === 0 ? 1 : Math.sin(x) / x;
    // A Hann window, with nothing beyond it.
    return (sinc * Math.max(0, Math.cos(x / 2 / CROSSINGS)) ** 2) / stretch;
  });
}
