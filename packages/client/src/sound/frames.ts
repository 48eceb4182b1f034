import { FRAME_SAMPLES } from '../socket/worklet-source.ts';

/** Samples on either side of the one that the low-pass is about. */
const REACH_SAMPLES = 5;
/** A half-band low-pass of 11 taps: its middle is 1/2, every second of the others is 0, and these are those between. */
const TAPS = [150 / 512, -25 / 512, 3 / 512] as const;

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
 * Makes 24 kHz of 48 kHz: takes pieces of any length, and gives what is complete, 5 samples late. What is above 12 kHz
 * goes.
 */
export function halvedRate(): (samples: Float32Array) => readonly number[] {
  let all: number[] = new Array(REACH_SAMPLES).fill(0);
  return (samples) => {
    all.push(...samples);
    const taken: number[] = [];
    let at = REACH_SAMPLES;
    const pair = (apart: number): number => (all[at - apart] ?? 0) + (all[at + apart] ?? 0);
    for (; at + REACH_SAMPLES < all.length; at += 2)
      taken.push(TAPS.reduce((sum, tap, place) => sum + tap * pair(2 * place + 1), pair(0) / 4));
    all = all.slice(at - REACH_SAMPLES);
    return taken;
  };
}
