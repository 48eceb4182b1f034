import type { CloseReason } from '@prism/protocol';
import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import type { EventRelay } from './event-relay.ts';
import type { InputAudio } from './input-audio.ts';
import type { Outbox } from './outbox.ts';
import type { OwnDeadlineReason, SessionOptions } from './session-contract.ts';

/** Silence that a client says before it falls silent for good: enough for the upstream to end its turn. */
const LAST_SILENCE_MS = 2_000;

export interface MediaPresenceParts {
  readonly options: Pick<SessionOptions, 'audio' | 'mediaConnectTimeoutMs' | 'mediaGraceMs'>;
  readonly outbox: Outbox;
  readonly relay: EventRelay;
  readonly input: InputAudio;
  readonly deadlines: DeadlineTable<OwnDeadlineReason>;
}

/**
 * Whether the client's media is there: not yet, here, or away.
 *
 * A client that is away has the grace time to come back, on the same peer or a new one. Until then its answer waits,
 * and so do its events.
 */
export class MediaPresence {
  readonly #parts: MediaPresenceParts;
  #state: 'awaited' | 'here' | 'away';
  #awaySinceMs: MonotonicMs | undefined;
  #absences = 0;
  #isChannelComing = false;
  /** The client comes back even where its connection says goodbye: it hangs up otherwise. */
  isKept = false;

  constructor(parts: MediaPresenceParts) {
    this.#parts = parts;
    this.#state = parts.options.audio === 'media' ? 'awaited' : 'here';
  }

  /** True from the first connection on. */
  get hasConnected(): boolean {
    return this.#state !== 'awaited';
  }

  get isHere(): boolean {
    return this.#state === 'here';
  }

  /** How often the client went away. */
  get absences(): number {
    return this.#absences;
  }

  opened(nowMs: MonotonicMs): void {
    if (this.#state === 'awaited') this.#await(nowMs);
  }

  /** Media flows. Answers whether it is for the first time. */
  connected(nowMs: MonotonicMs): boolean {
    const { deadlines, outbox, relay } = this.#parts;
    const before = this.#state;
    this.#state = 'here';
    deadlines.clear('media.connect');
    deadlines.clear('media.grace');
    if (before === 'away') {
      const awayMs = nowMs - (this.#awaySinceMs ?? nowMs);
      outbox.report({ type: 'media.back', awayMs });
      relay.clientBack(this.#isChannelComing);
    }
    return before === 'awaited';
  }

  /** Nothing is heard of the client any more. Answers the reason if that ends the session at once. */
  lost(nowMs: MonotonicMs): CloseReason | undefined {
    if (this.#state === 'awaited') return 'media_lost';
    if (this.#state === 'away') return undefined;
    this.#leave(nowMs);
    this.#isChannelComing = false;
    this.#parts.outbox.report({ type: 'media.lost' });
    // What waits to be judged goes as it is: nothing comes any more by which to judge it.
    this.#parts.input.decide('pass');
    this.#parts.input.receive(new Int16Array(LAST_SILENCE_MS * SAMPLES_PER_MS));
    return undefined;
  }

  /** The client offered a new peer, which is yet to connect; the one before is gone. */
  replaced(isChannelComing: boolean, nowMs: MonotonicMs): void {
    if (this.#state === 'awaited') return this.#await(nowMs);
    if (this.#state === 'here') this.#leave(nowMs);
    else this.#grace(nowMs);
    this.#isChannelComing = isChannelComing;
    this.#parts.outbox.report({ type: 'media.replaced' });
  }

  #await(nowMs: MonotonicMs): void {
    const { deadlines, options } = this.#parts;
    deadlines.set('media.connect', after(nowMs, options.mediaConnectTimeoutMs));
  }

  #leave(nowMs: MonotonicMs): void {
    this.#state = 'away';
    this.#awaySinceMs = nowMs;
    this.#absences += 1;
    this.#parts.relay.clientAway();
    this.#grace(nowMs);
  }

  #grace(nowMs: MonotonicMs): void {
    const { deadlines, options } = this.#parts;
    deadlines.set('media.grace', after(nowMs, options.mediaGraceMs));
  }
}
