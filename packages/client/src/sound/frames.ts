import { FRAME_SAMPLES } from '../socket/worklet-source.ts';

/** A half-band low-pass, in parts of 512. */
const LOW_PASS = [3, 0, -25, 0, 150, 256, 150, 0, -25, 0, 3];
const LOW_PASS_SUM = 512;
/** Samples on either side of the middle. */
const REACH_SAMPLES = 5;

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
  let waiting = Array.from({ length: REACH_SAMPLES }, () => 0);
  return (samples) => {
    waiting.push(...samples);
    const taken: number[] = [];
    let at = 0;
    for (; at + LOW_PASS.length <= waiting.length; at += 2) {
      const sum = LOW_PASS.reduce((parts, part, tap) => parts + part * (waiting[at + tap] ?? 0), 0);
      taken.push(sum / LOW_PASS_SUM);
    }
    waiting = waiting.slice(at);
    return taken;
  };
}
