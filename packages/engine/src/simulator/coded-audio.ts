import { CODE_FRAME_SAMPLES, encodeTimeCode } from '../time-code/encode-time-code.ts';
import { CODE_COUNT, CODE_FRAME_MS } from '../time-code/tone-plan.ts';

/** The longest piece that is handed out: a delta is at most this long. */
export const PIECE_MS_MAX = 10_000;

const PIECE_FRAMES_MAX = PIECE_MS_MAX / CODE_FRAME_MS;

/**
 * Time-coded audio, made once and shared by all sessions: pieces are views of it, so that a thousand answers take no
 * more memory than one. Nobody writes to them.
 */
export class CodedAudio {
  readonly #sequence = encodeTimeCode(0, CODE_COUNT + PIECE_FRAMES_MAX);
  readonly #silence = new Int16Array(PIECE_FRAMES_MAX * CODE_FRAME_SAMPLES);

  /** `samples` of the sequence from a sample on that counts without end; at most {@link PIECE_MS_MAX}. */
  piece(fromSample: number, samples: number): Int16Array {
    const from = fromSample % (CODE_COUNT * CODE_FRAME_SAMPLES);
    return this.#sequence.subarray(from, from + samples);
  }

  /** Silence, at most {@link PIECE_MS_MAX}. */
  silence(samples: number): Int16Array {
    return this.#silence.subarray(0, samples);
  }
}
