import { PLAYOUT_QUEUE_MS_MAX } from '@prism/protocol';
import { SAMPLES_PER_MS, SLOT_SAMPLES, samplesToMs } from '../audio/pcm.ts';
import { PlayoutLedger } from '../playout/playout-ledger.ts';
import { type AudioSource, PlayoutQueue } from '../playout/playout-queue.ts';
import type { EventMaker } from './event-maker.ts';
import type { EventRelay } from './event-relay.ts';
import type { Outbox } from './outbox.ts';

/**
 * Slots of silence sent after speech ends or is cut. The listener's jitter buffer would otherwise stretch the last
 * speech frame when packets stop.
 */
const TAIL_SILENCE_SLOTS = 10;

/** What a cut took away. */
export interface Cut {
  readonly droppedSamples: number;
  /** Items whose end was not sent, with how much of them was. */
  readonly items: readonly { readonly source: AudioSource; readonly sentSamples: number }[];
}

/**
 * The answer's audio on its way to the listener, one slot at a time.
 *
 * Emits `output_audio_buffer.started` with a response's first frame and `.stopped` when its last one has been sent,
 * as the Realtime API does for WebRTC.
 */
export class OutputAudio {
  readonly #outbox: Outbox;
  readonly #relay: EventRelay;
  readonly #events: EventMaker;
  readonly #queue = new PlayoutQueue(PLAYOUT_QUEUE_MS_MAX * SAMPLES_PER_MS);
  readonly #ledger = new PlayoutLedger();
  readonly #frame = new Int16Array(SLOT_SAMPLES);
  /** Responses whose audio is complete; only the one being played and those queued behind it matter. */
  readonly #completeIds = new Set<string>();
  #playingId: string | undefined;
  #lastQueuedId: string | undefined;
  #tailSlots = 0;
  #framesSent = 0;
  #underruns = 0;

  constructor(outbox: Outbox, relay: EventRelay, events: EventMaker) {
    this.#outbox = outbox;
    this.#relay = relay;
    this.#events = events;
  }

  /** True while there is something to send in the next slot, the silent tail included. */
  get wantsSlots(): boolean {
    return this.#queue.queuedSamples > 0 || this.#playingId !== undefined || this.#tailSlots > 0;
  }

  get framesSent(): number {
    return this.#framesSent;
  }

  get underruns(): number {
    return this.#underruns;
  }

  get queuedMs(): number {
    return samplesToMs(this.#queue.queuedSamples);
  }

  get playingResponseId(): string | undefined {
    return this.#playingId;
  }

  push(source: AudioSource, pcm: Int16Array): void {
    const refusedSamples = this.#queue.push(source, pcm);
    if (refusedSamples > 0) {
      this.#outbox.report({ type: 'playout.overflow', refusedMs: samplesToMs(refusedSamples) });
    }
    this.#ledger.generated(source, pcm.length - refusedSamples);
    this.#lastQueuedId = source.responseId;
  }

  /** The upstream has sent the last audio of this response. */
  complete(responseId: string): void {
    if (responseId === this.#playingId || responseId === this.#lastQueuedId)
      this.#completeIds.add(responseId);
  }

  /** Sends one slot's frame. Answers the response that started with it, if one did. */
  slot(): string | undefined {
    const queuedSamples = this.#queue.queuedSamples;
    if (queuedSamples === 0) {
      this.#endOrStarve();
      return undefined;
    }
    const isLastComplete =
      this.#lastQueuedId !== undefined && this.#completeIds.has(this.#lastQueuedId);
    if (queuedSamples < SLOT_SAMPLES && !isLastComplete) {
      // More of this answer is coming: half a frame now would be heard as a hole.
      this.#underruns += 1;
      return undefined;
    }
    return this.#sendSpeech();
  }

  /** Drops all that has not been sent. The frames after it are silence. */
  cut(): Cut {
    const items = this.#ledger
      .unfinished()
      .map(({ source, sentSamples }) => ({ source, sentSamples }));
    for (const { source } of items) this.#ledger.truncated(source);
    const droppedSamples = this.#queue.clear();
    if (this.#playingId !== undefined) {
      this.#relay.toControllers(this.#events.outputAudioBuffer('cleared', this.#playingId));
      this.#tailSlots = TAIL_SILENCE_SLOTS;
    }
    this.#playingId = undefined;
    this.#lastQueuedId = undefined;
    this.#completeIds.clear();
    return { droppedSamples, items };
  }

  #sendSpeech(): string | undefined {
    const stretches = this.#queue.take(this.#frame);
    let startedId: string | undefined;
    for (const stretch of stretches) {
      this.#ledger.sent(stretch);
      const { responseId } = stretch.source;
      if (responseId === this.#playingId) continue;
      this.#stopPlaying();
      this.#playingId = responseId;
      this.#relay.toControllers(this.#events.outputAudioBuffer('started', responseId));
      startedId ??= responseId;
    }
    this.#framesSent += 1;
    this.#tailSlots = TAIL_SILENCE_SLOTS;
    this.#outbox.push({ type: 'media.frame', pcm: this.#frame });
    return startedId;
  }

  #endOrStarve(): void {
    if (this.#playingId !== undefined) {
      if (this.#completeIds.has(this.#playingId)) this.#stopPlaying();
      else this.#underruns += 1;
    }
    if (this.#tailSlots === 0) return;
    this.#tailSlots -= 1;
    this.#frame.fill(0);
    this.#outbox.push({ type: 'media.frame', pcm: this.#frame });
  }

  #stopPlaying(): void {
    if (this.#playingId === undefined) return;
    this.#relay.toControllers(this.#events.outputAudioBuffer('stopped', this.#playingId));
    this.#outbox.report({ type: 'answer.stopped', responseId: this.#playingId });
    this.#completeIds.delete(this.#playingId);
    this.#playingId = undefined;
  }
}
