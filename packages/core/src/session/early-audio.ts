import {
  EARLY_AUDIO_HOLD_MS_MAX,
  EARLY_AUDIO_MS_MAX,
  type EarlyAudioPiece,
  type PrismErrorInfo,
} from '@prism/protocol';
import { joinEarlyAudio } from '../audio/early-join.ts';
import { SAMPLES_PER_MS, samplesToMs } from '../audio/pcm.ts';
import { readPcmBase64 } from '../audio/pcm-base64.ts';
import type { Description } from '../machine/machine.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import type { OwnDeadlineReason } from './session-contract.ts';

/** What of live audio has to be there beyond the recording before they are joined: what their ways differ by. */
const JOIN_MARGIN_MS = 120;
/** A client whose live audio doesn't come isn't waited for longer, once the recording is here. */
const JOIN_WAIT_MS = 400;

export interface EarlyAudioParts {
  readonly deadlines: DeadlineTable<OwnDeadlineReason>;
  /** Whether the client has said that such audio comes. */
  readonly isExpected: boolean;
  /** Takes what was held, in order, as audio of the client; the array is only valid during the call. */
  readonly emit: (pcm: Int16Array, nowMs: MonotonicMs) => void;
  /** Silences in place what was said before the call, where the call is muted. */
  readonly mute: (pcm: Int16Array) => void;
}

/**
 * What a caller said before the call was live: it comes as events, faster than it was spoken, and goes before what is
 * said live, which is held until then, 5 s at most.
 */
export class EarlyAudio {
  readonly #parts: EarlyAudioParts;
  #state: 'awaited' | 'coming' | 'complete' | 'over';
  readonly #early: Int16Array[] = [];
  #earlySamples = 0;
  readonly #live: Int16Array[] = [];
  #liveSamples = 0;
  /** Live audio that had come when the recording ended, as far as its first piece tells. */
  #expected = 0;
  #dueMs: MonotonicMs | undefined;
  #end: 'none' | 'matched' | 'timed' | 'missing' | 'dropped' = 'none';

  constructor(parts: EarlyAudioParts) {
    this.#parts = parts;
    this.#state = parts.isExpected ? 'awaited' : 'over';
  }

  get isHolding(): boolean {
    return this.#state !== 'over';
  }

  describe(): Description {
    return { earlyMs: samplesToMs(this.#earlySamples), earlyEnd: this.#end };
  }

  /** Live audio came, which waits. Copies it. */
  hold(pcm: Int16Array, nowMs: MonotonicMs): void {
    this.#live.push(pcm.slice());
    this.#liveSamples += pcm.length;
    this.#limit(nowMs, EARLY_AUDIO_HOLD_MS_MAX);
    this.#joinIfReady(nowMs);
  }

  /** The next piece of the recording. Answers why it can't be taken, if it can't. */
  take({ audio, complete }: EarlyAudioPiece, nowMs: MonotonicMs): PrismErrorInfo | undefined {
    if (this.#state === 'over' || this.#state === 'complete')
      return invalid('No early audio is expected, or no more of it.', 'type');
    const pcm = readPcmBase64(audio);
    if (pcm === undefined) return invalid('It is no base64 of 16-bit samples.', 'audio');
    if (this.#earlySamples + pcm.length > EARLY_AUDIO_MS_MAX * SAMPLES_PER_MS)
      return invalid(`More than ${EARLY_AUDIO_MS_MAX} ms can't be taken.`, 'audio');
    // All of it had been recorded when the first piece left.
    if (this.#state === 'awaited') this.#expected = this.#liveSamples;
    this.#state = complete ? 'complete' : 'coming';
    this.#parts.mute(pcm);
    this.#early.push(pcm);
    this.#earlySamples += pcm.length;
    this.#limit(nowMs, complete ? JOIN_WAIT_MS : EARLY_AUDIO_HOLD_MS_MAX);
    this.#joinIfReady(nowMs);
    return undefined;
  }

  /** It was waited for long enough: what is here goes on. */
  release(nowMs: MonotonicMs): void {
    if (this.#state === 'over') return;
    this.#close();
    const live = joined(this.#live);
    if (this.#earlySamples === 0) {
      this.#end = 'missing';
      return this.#emit(live, nowMs);
    }
    const { pcm, isMatched } = joinEarlyAudio(joined(this.#early), live, this.#expected);
    this.#end = isMatched ? 'matched' : 'timed';
    this.#emit(pcm, nowMs);
  }

  /** The client goes another way, and begins there with all that it has said: what is half here is there whole. */
  replaced(nowMs: MonotonicMs): void {
    if (this.#state === 'complete') return this.release(nowMs);
    if (this.#state === 'over') return;
    this.#close();
    this.#end = 'dropped';
    this.#earlySamples = 0;
  }

  /** A turn ends: what of it is here goes before that. */
  hurry(nowMs: MonotonicMs): void {
    if (this.#state === 'complete') this.release(nowMs);
  }

  #joinIfReady(nowMs: MonotonicMs): void {
    const wanted = this.#expected + JOIN_MARGIN_MS * SAMPLES_PER_MS;
    if (this.#state === 'complete' && this.#liveSamples >= wanted) this.release(nowMs);
  }

  /** The first deadline holds; completeness makes it nearer. */
  #limit(nowMs: MonotonicMs, waitMs: number): void {
    const atMs = after(nowMs, waitMs);
    if (this.#dueMs !== undefined && this.#dueMs <= atMs) return;
    this.#dueMs = atMs;
    this.#parts.deadlines.set('input.early', atMs);
  }

  #close(): void {
    this.#state = 'over';
    this.#parts.deadlines.clear('input.early');
  }

  #emit(pcm: Int16Array, nowMs: MonotonicMs): void {
    this.#live.length = 0;
    this.#early.length = 0;
    if (pcm.length > 0) this.#parts.emit(pcm, nowMs);
  }
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function invalid(message: string, param: string): PrismErrorInfo {
  return { code: 'invalid_event', message, param };
}
