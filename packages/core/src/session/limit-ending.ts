import {
  type CloseReason,
  FAREWELL_MS_MAX,
  FAREWELL_TOKEN_COUNT_MAX,
  type KnownServerEvent,
  type PrismErrorInfo,
} from '@prism/protocol';
import type { LimitName } from '../metering/limit-check.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import type { EventMaker } from './event-maker.ts';
import type { EventRelay } from './event-relay.ts';
import type { Interruption } from './interruption.ts';
import type { Outbox } from './outbox.ts';
import type { ResponseSequencer } from './response-sequencer.ts';
import type { ResponseTracker } from './response-tracker.ts';
import type { OwnDeadlineReason, SessionOptions } from './session-contract.ts';

export interface LimitEndingParts {
  readonly options: Pick<SessionOptions, 'audio' | 'access' | 'metering'>;
  readonly outbox: Outbox;
  readonly relay: EventRelay;
  readonly events: EventMaker;
  readonly deadlines: DeadlineTable<OwnDeadlineReason>;
  readonly responses: Pick<
    ResponseTracker,
    'activeIds' | 'isCancelRequested' | 'cancelRequested' | 'silence'
  >;
  readonly sequencer: Pick<ResponseSequencer, 'requestOwn' | 'cancelRequested'>;
  readonly interruption: Pick<Interruption, 'cut'>;
  /** Whether upstream and client are both there. */
  readonly isLive: () => boolean;
  /** Whether audio of an answer waits or plays. */
  readonly isPlaying: () => boolean;
  readonly end: (reason: CloseReason, nowMs: MonotonicMs) => void;
}

/**
 * - `open`: no limit is reached.
 * - `quieting`: what the model has said already is still being heard.
 * - `saying`: the model says goodbye.
 * - `over`: the session has ended.
 */
type State = 'open' | 'quieting' | 'saying' | 'over';

/** Marks the goodbye among the responses; upstreams give metadata back. */
const FAREWELL_METADATA = { prism: 'farewell' } as const;

const REASONS: Readonly<Partial<Record<LimitName, CloseReason>>> = {
  session: 'session_expired',
  idle: 'session_idle',
};

/**
 * How a session ends at a limit. A response that is being made is cut off at once; one that is made and still heard is
 * heard out. Then the session ends, or the model says goodbye first, in few words and little time.
 */
export class LimitEnding {
  readonly #parts: LimitEndingParts;
  #state: State = 'open';
  #limit: LimitName | undefined;
  #error: PrismErrorInfo = { code: 'budget_exceeded', message: '' };
  /** A transcription session has no model that could say something. */
  #canSpeak = true;
  #farewellId: string | undefined;
  #isFarewellMade = false;

  constructor(parts: LimitEndingParts) {
    this.#parts = parts;
  }

  get hasBegun(): boolean {
    return this.#state !== 'open';
  }

  get limit(): LimitName | undefined {
    return this.#limit;
  }

  /** Why nothing is taken any more. */
  get error(): PrismErrorInfo {
    return this.#error;
  }

  begin(limit: LimitName, error: PrismErrorInfo, nowMs: MonotonicMs): void {
    const { outbox, relay, responses, isPlaying } = this.#parts;
    this.#limit = limit;
    this.#error = error;
    this.#state = 'quieting';
    const ending = this.#isSpoken ? 'spoken' : 'silent';
    outbox.report({ type: 'limit.reached', limit, ending });
    relay.toPrismAware('prism.limit.reached', { limit, ending });
    this.#setTimeLimit(nowMs);
    if (responses.activeIds.length > 0 || !isPlaying()) this.#proceed(nowMs);
  }

  observe(event: KnownServerEvent, nowMs: MonotonicMs): void {
    if (event.type === 'session.created' || event.type === 'session.updated')
      this.#canSpeak = event.session.type !== 'transcription';
    if (event.type === 'response.created') this.#created(event.response);
    if (event.type === 'response.done' && event.response.id === this.#farewellId) {
      this.#isFarewellMade = true;
      this.follow(nowMs);
    }
  }

  /** After every input while a session ends: whether what there was to hear has been heard. */
  follow(nowMs: MonotonicMs): void {
    if (this.#parts.isPlaying()) return;
    if (this.#state === 'quieting') this.#proceed(nowMs);
    else if (this.#state === 'saying' && this.#isFarewellMade) this.#finish(nowMs);
  }

  expire(nowMs: MonotonicMs): void {
    if (this.#state === 'quieting') this.#proceed(nowMs);
    else this.#finish(nowMs);
  }

  close(): void {
    this.#state = 'over';
    this.#parts.deadlines.clear('limit.farewell');
  }

  get #isSpoken(): boolean {
    const { options, isLive } = this.#parts;
    return options.access.limits.ending === 'spoken' && this.#canSpeak && isLive();
  }

  #created(response: { readonly id: string; readonly metadata?: unknown }): void {
    const { metadata } = response;
    const isOurs = isObject(metadata) ? metadata['prism'] === FAREWELL_METADATA.prism : true;
    if (this.#state === 'saying' && this.#farewellId === undefined && isOurs)
      this.#farewellId = response.id;
    // The upstream's own turn detection crossed the limit.
    else if (this.#state === 'saying' || this.#state === 'quieting') this.#cancel(response.id);
  }

  #proceed(nowMs: MonotonicMs): void {
    if (!this.#isSpoken) return this.#finish(nowMs);
    const { relay, events, responses, sequencer, interruption, options } = this.#parts;
    this.#state = 'saying';
    this.#setTimeLimit(nowMs);
    if (options.audio === 'media') interruption.cut('limit', nowMs);
    for (const id of responses.activeIds) this.#cancel(id);
    // What was begun to be said would make the upstream wait for its end, or answer it.
    relay.toUpstream(events.clearInput());
    sequencer.cancelRequested(undefined);
    sequencer.requestOwn({
      instructions: options.metering.farewell,
      max_output_tokens: FAREWELL_TOKEN_COUNT_MAX,
      tool_choice: 'none',
      metadata: FAREWELL_METADATA,
    });
  }

  #finish(nowMs: MonotonicMs): void {
    if (this.#state === 'over') return;
    const { relay, end } = this.#parts;
    this.#state = 'over';
    relay.failure(this.#error);
    const reason = this.#limit === undefined ? undefined : REASONS[this.#limit];
    end(reason ?? 'budget_exceeded', nowMs);
  }

  #cancel(responseId: string): void {
    const { outbox, events, responses } = this.#parts;
    responses.silence(responseId);
    if (responses.isCancelRequested(responseId)) return;
    responses.cancelRequested(responseId);
    outbox.push({ type: 'upstream.send', text: events.cancel(responseId) });
  }

  #setTimeLimit(nowMs: MonotonicMs): void {
    this.#parts.deadlines.set('limit.farewell', after(nowMs, FAREWELL_MS_MAX));
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
