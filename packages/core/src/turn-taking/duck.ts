import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import { assertNever } from '../errors/invariant.ts';
import type { Description, Machine } from '../machine/machine.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import { type Deadline, DeadlineTable } from '../time/deadline-table.ts';
import { type DuckPolicy, duckPolicy } from './duck-policy.ts';
import { GainRamp } from './gain-ramp.ts';

/** Facts that reach the duck. */
export type DuckInput =
  /** The first frame of an answer leaves. */
  | { readonly type: 'answer.started' }
  /** Nothing of an answer is left to play, or it was cut. */
  | { readonly type: 'answer.ended' }
  /** The local detector heard somebody begin; echo has been taken out before. */
  | { readonly type: 'speech.onset' }
  /** He still speaks; `samples` since the onset. Sent with each frame while he does. */
  | { readonly type: 'speech.ongoing'; readonly samples: number }
  | { readonly type: 'speech.ended' }
  /** The upstream heard speech, in a session in which speech interrupts. */
  | { readonly type: 'upstream.speech' }
  | { readonly type: 'deadline' };

/** `duck` and `restore` have happened already, in {@link Duck.gain}; `stop` is an order to cut the answer. */
export type DuckEffect =
  | { readonly type: 'duck' }
  | { readonly type: 'restore'; readonly cause: 'unconfirmed' | 'silence' | 'answer_ended' }
  | { readonly type: 'stop'; readonly cause: 'upstream' | 'own' };

export type DuckDeadlineReason = 'duck.guard' | 'duck.confirm' | 'duck.silence';

/** Stretches of speech with no more than this between them count together: "no, stop". */
const PAUSE_MS_MAX = 500;

export interface DuckCounters {
  readonly ducks: number;
  readonly restores: number;
  /** Ducks that a stop followed. */
  readonly confirmed: number;
  /** Ducks that were taken back while the answer still played. */
  readonly falseDucks: number;
  /** Onsets that the guard at the start of an answer let pass. */
  readonly guarded: number;
}

/** `spent`: this stretch of speech has ducked the answer already. */
type Speech = 'silent' | 'speaking' | 'spent';

/**
 * Decides what a speaker over an answer does to it: quieter at once, gone when it is confirmed, back to full volume
 * when it isn't. `gain` is applied to each outgoing frame.
 *
 * A speaker ducks an answer once: after a restore, the same stretch of speech changes nothing any more, except that the
 * upstream may still stop the answer.
 */
export class Duck implements Machine<DuckInput, DuckEffect, DuckDeadlineReason> {
  readonly gain = new GainRamp();
  readonly #policy: DuckPolicy;
  readonly #duckRatio: number;
  readonly #deadlines = new DeadlineTable<DuckDeadlineReason>();
  readonly #effects: DuckEffect[] = [];
  #isPlaying = false;
  #isDucked = false;
  #speech: Speech = 'silent';
  #speechMs = 0;
  /** Speech before the last pause, if that was short. */
  #earlierMs = 0;
  #speechEndedAtMs = Number.NEGATIVE_INFINITY;
  readonly #counters = {
    ducks: 0,
    restores: 0,
    confirmed: 0,
    falseDucks: 0,
    guarded: 0,
  };

  constructor(policy: Partial<DuckPolicy> = {}) {
    this.#policy = duckPolicy(policy);
    this.#duckRatio = 10 ** (this.#policy.duckDb / 20);
  }

  get isDucked(): boolean {
    return this.#isDucked;
  }

  get counters(): DuckCounters {
    return { ...this.#counters };
  }

  handle(input: DuckInput, nowMs: MonotonicMs): void {
    switch (input.type) {
      case 'answer.started':
        this.#answerStarted(nowMs);
        break;
      case 'answer.ended':
        this.#answerEnded();
        break;
      case 'speech.onset':
        this.#onset(nowMs);
        break;
      case 'speech.ongoing':
        this.#ongoing(input.samples / SAMPLES_PER_MS, nowMs);
        break;
      case 'speech.ended':
        this.#speechEnded(nowMs);
        break;
      case 'upstream.speech':
        if (this.#isPlaying) this.#stop('upstream');
        break;
      case 'deadline':
        this.#elapse(nowMs);
        break;
      default:
        assertNever(input, 'duck input');
    }
  }

  poll(): DuckEffect | undefined {
    return this.#effects.shift();
  }

  deadline(): Deadline<DuckDeadlineReason> | undefined {
    return this.#deadlines.next();
  }

  describe(): Description {
    return {
      isEnabled: this.#policy.isEnabled,
      isPlaying: this.#isPlaying,
      isDucked: this.#isDucked,
      speech: this.#speech,
      ...this.#counters,
    };
  }

  #answerStarted(nowMs: MonotonicMs): void {
    if (this.#isPlaying) return;
    this.#isPlaying = true;
    if (!this.#policy.isEnabled) return;
    if (this.#policy.guardMs > 0) {
      this.#deadlines.set('duck.guard', after(nowMs, this.#policy.guardMs));
    }
  }

  #answerEnded(): void {
    if (!this.#isPlaying) return;
    this.#isPlaying = false;
    if (this.#isDucked) this.#restore('answer_ended');
    this.#deadlines.clearAll();
  }

  #onset(nowMs: MonotonicMs): void {
    if (!this.#policy.isEnabled) return;
    const isResumed = nowMs - this.#speechEndedAtMs <= PAUSE_MS_MAX;
    this.#earlierMs = isResumed ? this.#speechMs : 0;
    this.#speechMs = this.#earlierMs;
    this.#speech = 'speaking';
    this.#speechEndedAtMs = Number.NEGATIVE_INFINITY;
    this.#deadlines.clear('duck.silence');
    if (this.#deadlines.has('duck.guard')) this.#counters.guarded += 1;
    else this.#duck(nowMs);
  }

  #ongoing(stretchMs: number, nowMs: MonotonicMs): void {
    if (!this.#policy.isEnabled || this.#speech === 'silent') return;
    const speechMs = this.#earlierMs + stretchMs;
    this.#speechMs = speechMs;
    const { ownConfirmMs } = this.#policy;
    if (this.#isDucked && ownConfirmMs !== undefined && speechMs >= ownConfirmMs) {
      this.#stop('own');
      return;
    }
    // Speech that the guard let pass and that goes on after it.
    if (this.#speech === 'speaking' && !this.#deadlines.has('duck.guard')) this.#duck(nowMs);
  }

  #speechEnded(nowMs: MonotonicMs): void {
    if (!this.#policy.isEnabled) return;
    this.#speech = 'silent';
    this.#speechEndedAtMs = nowMs;
    if (!this.#isDucked) return;
    this.#deadlines.set('duck.silence', after(nowMs, this.#policy.silenceRestoresMs));
  }

  #elapse(nowMs: MonotonicMs): void {
    for (
      let reason = this.#deadlines.takeDue(nowMs);
      reason !== undefined;
      reason = this.#deadlines.takeDue(nowMs)
    ) {
      if (reason === 'duck.confirm' && this.#isDucked) this.#restore('unconfirmed');
      else if (reason === 'duck.silence' && this.#isDucked) this.#restore('silence');
      else if (reason === 'duck.guard' && this.#speech === 'speaking') this.#duck(nowMs);
    }
  }

  #duck(nowMs: MonotonicMs): void {
    if (!this.#isPlaying || this.#isDucked) return;
    this.#isDucked = true;
    this.#speech = 'spent';
    this.#counters.ducks += 1;
    this.gain.moveTo(this.#duckRatio, this.#policy.downRampMs);
    this.#deadlines.set('duck.confirm', after(nowMs, this.#policy.confirmWithinMs));
    this.#effects.push({ type: 'duck' });
  }

  #restore(cause: 'unconfirmed' | 'silence' | 'answer_ended'): void {
    this.#isDucked = false;
    this.#counters.restores += 1;
    if (cause === 'answer_ended') {
      this.gain.moveTo(1, 0);
    } else {
      this.#counters.falseDucks += 1;
      this.gain.moveTo(1, this.#policy.upRampMs);
    }
    this.#deadlines.clear('duck.confirm');
    this.#deadlines.clear('duck.silence');
    this.#effects.push({ type: 'restore', cause });
  }

  /** The answer is cut in this turn of the mailbox, so that the next one begins at full volume. */
  #stop(cause: 'upstream' | 'own'): void {
    if (this.#isDucked) this.#counters.confirmed += 1;
    this.#isPlaying = false;
    this.#isDucked = false;
    if (this.#speech === 'speaking') this.#speech = 'spent';
    this.gain.moveTo(1, 0);
    this.#deadlines.clearAll();
    this.#effects.push({ type: 'stop', cause });
  }
}
