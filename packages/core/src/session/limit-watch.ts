import type {
  ControllerId,
  KnownServerEvent,
  PrismErrorInfo,
  SessionLimits,
} from '@prism/protocol';
import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import { type BudgetShortage, describeShortage } from '../metering/budget.ts';
import type { BudgetNews } from '../metering/budget-account.ts';
import { LimitCheck, type LimitName } from '../metering/limit-check.ts';
import { RelayedAudio } from '../metering/relayed-audio.ts';
import { SessionMeter } from '../metering/session-meter.ts';
import { SpeechWatch } from '../metering/speech-watch.ts';
import type { UsageEntry } from '../metering/usage-entry.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import type { EventMaker } from './event-maker.ts';
import type { EventRelay } from './event-relay.ts';
import { LimitEnding, type LimitEndingParts } from './limit-ending.ts';
import type { Outbox } from './outbox.ts';
import type { OwnDeadlineReason, SessionInput, SessionOptions } from './session-contract.ts';

export interface LimitWatchParts extends LimitEndingParts {
  readonly options: Pick<SessionOptions, 'audio' | 'access' | 'metering'>;
  readonly outbox: Outbox;
  readonly relay: EventRelay;
  readonly events: EventMaker;
  readonly deadlines: DeadlineTable<OwnDeadlineReason>;
  /** Whether an answer is being played, as far as Prism plays it. */
  readonly isPlaying: () => boolean;
}

/** How much audio passes between two looks at the limits. */
const JUDGED_SAMPLES = 100 * SAMPLES_PER_MS;

/** A limit in words, with what it is a limit of. */
const SENTENCES: Readonly<Record<Exclude<LimitName, 'budget'>, string>> = {
  session: 'The session has reached its maximum length.',
  idle: 'Nobody has spoken for as long as the session allows.',
  tokens: 'The session has used all its tokens.',
  audio: 'The session has used all its audio.',
  cost: 'The session has used all its money.',
};

/**
 * Counts what the session uses, tells of it, and ends the session at a limit: its own, or one of the budgets that it
 * is on.
 */
export class LimitWatch {
  readonly #parts: LimitWatchParts;
  readonly #meter: SessionMeter;
  readonly #speech = new SpeechWatch();
  readonly #sizes = new RelayedAudio();
  readonly #check: LimitCheck;
  readonly #isLimited: boolean;
  readonly #ending: LimitEnding;
  /** Creates on their way to the upstream. */
  #requestedCount = 0;
  #isQuiet: boolean | undefined;
  #unjudgedSamples = 0;

  constructor(parts: LimitWatchParts, nowMs: MonotonicMs) {
    this.#parts = parts;
    const { access, metering } = parts.options;
    this.#check = new LimitCheck(access.limits, nowMs);
    this.#isLimited = this.#check.isLimited;
    this.#ending = new LimitEnding(parts);
    const used = (entry: UsageEntry): void =>
      parts.outbox.push({ type: 'spending', report: { type: 'used', entry } });
    this.#meter = new SessionMeter({ prices: metering.prices, model: metering.model, used }, nowMs);
  }

  /** False once a limit is reached: neither audio nor events of anybody are taken then. */
  get takesInput(): boolean {
    return !this.#ending.hasBegun;
  }

  describe(): { readonly limitReached: string | undefined; readonly unpricedUsage: number } {
    return { limitReached: this.#ending.limit, unpricedUsage: this.#meter.unpricedCount };
  }

  /** What is left of the session's own limits. */
  left(nowMs: MonotonicMs): SessionLimits {
    return this.#check.left(this.#meter.total, nowMs);
  }

  /** Audio of the user goes upstream. */
  heard(samples: number, nowMs: MonotonicMs): void {
    this.#meter.heard(samples, nowMs);
    this.#moved(samples, nowMs);
  }

  /** Audio of the model came. */
  said(responseId: string | undefined, samples: number, nowMs: MonotonicMs): void {
    if (this.#parts.options.audio === 'socket') this.#speech.said(samples, nowMs);
    this.#meter.said(responseId, samples, nowMs);
    this.#tellPending();
    this.#moved(samples, nowMs);
  }

  /** Audio of the model came, for a client that plays by itself. */
  relayed(
    { bytes, measured }: Extract<SessionInput, { readonly type: 'upstream.delta' }>,
    nowMs: MonotonicMs,
  ): void {
    const samples =
      measured === undefined
        ? this.#sizes.outputSamplesIn(bytes.length)
        : this.#sizes.outputSamplesOf(measured.audioBytes);
    this.said(measured?.responseId ?? this.#parts.responses.activeIds.at(-1), samples, nowMs);
  }

  /** A response is asked for: it may be billed from now on. */
  requested(): void {
    this.#requestedCount += 1;
    this.#tellPending();
  }

  /** Follows an event that the controllers have been told. */
  observe(event: KnownServerEvent, nowMs: MonotonicMs): void {
    this.#meter.observe(event);
    this.#sizes.observe(event);
    if (event.type === 'response.created' || event.type === 'error')
      this.#requestedCount = Math.max(0, this.#requestedCount - 1);
    if (event.type === 'response.created' || event.type === 'response.done') this.#tellPending();
    if (this.#speech.observe(event, nowMs)) {
      this.#check.spoken();
      this.#isQuiet = undefined;
    }
    this.#ending.observe(event, nowMs);
    this.#judge(nowMs);
  }

  /** What the budgets say. */
  news(news: BudgetNews, nowMs: MonotonicMs): void {
    if (news.type === 'warning') return this.#warn('budget');
    this.#reach('budget', nowMs, news.shortage);
  }

  /**
   * Whether what a controller sends comes too late to be taken; an event is answered then. Audio that is taken is
   * counted.
   */
  refuses(
    input: Extract<SessionInput, { readonly controllerId: ControllerId }>,
    nowMs: MonotonicMs,
  ): boolean {
    if (this.takesInput) {
      const sizeBytes = appendedBytes(input);
      if (sizeBytes > 0) this.heard(this.#sizes.inputSamplesIn(sizeBytes), nowMs);
      return false;
    }
    if (input.type === 'controller.append') return true;
    if (input.type !== 'controller.event' && input.type !== 'controller.opaque') return false;
    const { outbox, events, relay } = this.#parts;
    const { event_id: eventId } = input.event;
    const clientEventId = typeof eventId === 'string' ? eventId : undefined;
    relay.answer(input.controllerId, events.error(this.#ending.error, clientEventId));
    outbox.report({ type: 'controller.event_refused', code: this.#ending.error.code });
    return true;
  }

  /** A limit of time may be due. */
  elapse(nowMs: MonotonicMs): void {
    this.#judge(nowMs);
    if (!this.#ending.hasBegun) this.#arm(nowMs);
  }

  /** The goodbye has taken long enough. */
  farewellOver(nowMs: MonotonicMs): void {
    this.#ending.expire(nowMs);
  }

  /** After every input: whether it is quiet now, and when time would make something due. */
  follow(nowMs: MonotonicMs): void {
    if (this.#ending.hasBegun) return this.#ending.follow(nowMs);
    const isQuiet = !this.#speech.isSpeaking && !this.#parts.isPlaying();
    if (isQuiet === this.#isQuiet) return;
    this.#isQuiet = isQuiet;
    if (isQuiet) this.#check.silent(Math.max(nowMs, this.#speech.heardUntilMs) as MonotonicMs);
    else this.#check.spoken();
    this.#arm(nowMs);
  }

  /** The end is decided: what is left is told. */
  end(nowMs: MonotonicMs): void {
    this.#meter.end(nowMs);
    this.#ending.close();
    this.#parts.deadlines.clear('limit.time');
  }

  #moved(samples: number, nowMs: MonotonicMs): void {
    this.#unjudgedSamples += samples;
    if (this.#unjudgedSamples >= JUDGED_SAMPLES) this.#judge(nowMs);
  }

  #judge(nowMs: MonotonicMs): void {
    this.#unjudgedSamples = 0;
    if (this.#ending.hasBegun || !this.#isLimited) return;
    const { warnings, reached } = this.#check.due(this.#meter.total, nowMs);
    if (reached !== undefined) return this.#reach(reached, nowMs);
    if (warnings.length === 0) return;
    for (const limit of warnings) this.#warn(limit);
    this.#arm(nowMs);
  }

  #arm(nowMs: MonotonicMs): void {
    const { deadlines } = this.#parts;
    const { nextMs } = this.#check;
    if (nextMs === undefined) deadlines.clear('limit.time');
    // Never now: whatever is due now has been looked at.
    else deadlines.set('limit.time', Math.max(nextMs, nowMs + 1) as MonotonicMs);
  }

  #warn(limit: LimitName): void {
    const { outbox, relay } = this.#parts;
    outbox.report({ type: 'limit.warning', limit });
    relay.toPrismAware('prism.limit.warning', { limit });
  }

  #reach(limit: LimitName, nowMs: MonotonicMs, shortage?: BudgetShortage): void {
    if (this.#ending.hasBegun) return;
    this.#parts.deadlines.clear('limit.time');
    this.#ending.begin(limit, errorOf(limit, shortage), nowMs);
  }

  #tellPending(): void {
    const { options, outbox } = this.#parts;
    if (!options.metering.isBudgeted) return;
    const responseCount = this.#meter.activeResponseCount + this.#requestedCount;
    const known = this.#meter.pending;
    outbox.push({ type: 'spending', report: { type: 'pending', responseCount, known } });
  }
}

/** The size of a message with audio; 0 if it has none. */
function appendedBytes(
  input: Extract<SessionInput, { readonly controllerId: ControllerId }>,
): number {
  if (input.type === 'controller.append') return input.bytes.length;
  const isAppend =
    input.type === 'controller.event' && input.event.type === 'input_audio_buffer.append';
  return isAppend ? input.text.length : 0;
}

function errorOf(limit: LimitName, shortage: BudgetShortage | undefined): PrismErrorInfo {
  const message =
    shortage === undefined
      ? SENTENCES[limit === 'budget' ? 'cost' : limit]
      : describeShortage(shortage);
  return { code: 'budget_exceeded', message, param: limit };
}
