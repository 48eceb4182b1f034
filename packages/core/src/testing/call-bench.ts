import { SLOT_MS, SLOT_SAMPLES } from '../audio/pcm.ts';
import type { SessionOptions } from '../session/session-contract.ts';
import { SessionBench } from './session-bench.ts';

/** What goes on in a call during one media slot: hears the frame that just left, says the one that comes in. */
export type Listener = (played: Int16Array, atMs: number) => Int16Array;

/** A session in real time: each 20 ms a frame comes in, and one leaves if there is one. */
export class CallBench {
  readonly bench: SessionBench;
  /** Every slot's outgoing frame; silence where none left. */
  readonly played: Int16Array[] = [];
  #seenEffects = 0;

  constructor(options: Partial<SessionOptions> = {}) {
    this.bench = SessionBench.live(options);
  }

  /** All audio that went upstream. */
  get appended(): Int16Array {
    return joined(
      this.bench.effects.flatMap((effect) =>
        effect.type === 'upstream.append' ? [effect.pcm] : [],
      ),
    );
  }

  /** Lets `durationMs` pass; `listener` says what comes in, silence without one. */
  run(durationMs: number, listener?: Listener): void {
    const silence = new Int16Array(SLOT_SAMPLES);
    for (let passedMs = 0; passedMs < durationMs; passedMs += SLOT_MS) {
      this.bench.advance(SLOT_MS);
      if (this.bench.session.wantsSlots) this.bench.post({ type: 'media.slot' });
      const frame = this.#frameSince() ?? silence;
      this.played.push(frame);
      const pcm = listener?.(frame, this.bench.nowMs) ?? new Int16Array(SLOT_SAMPLES);
      this.bench.post({ type: 'media.audio', pcm });
    }
  }

  #frameSince(): Int16Array | undefined {
    const { effects } = this.bench;
    const from = Math.min(this.#seenEffects, effects.length);
    this.#seenEffects = effects.length;
    for (const effect of effects.slice(from)) if (effect.type === 'media.frame') return effect.pcm;
    return undefined;
  }
}

/** Says `pcm` from `atMs` on, then nothing. */
export function says(pcm: Int16Array, atMs: number): Listener {
  return (_played, nowMs) => {
    const frame = new Int16Array(SLOT_SAMPLES);
    const from = Math.round((nowMs - atMs) * 24);
    if (from >= 0 && from < pcm.length) frame.set(pcm.subarray(from, from + SLOT_SAMPLES));
    return frame;
  };
}

export function joined(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
