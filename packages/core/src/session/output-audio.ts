import { PLAYOUT_QUEUE_MS_MAX } from '@prism/protocol';
import { SAMPLES_PER_MS, SLOT_SAMPLES, samplesToMs } from '../audio/pcm.ts';
import type { PcmBlocks } from '../audio/pcm-blocks.ts';
import type { Description } from '../machine/machine.ts';
import { LeadingSilence } from '../playout/leading-silence.ts';
import type { PlayoutLedger } from '../playout/playout-ledger.ts';
import { type AudioSource, PlayoutQueue } from '../playout/playout-queue.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { EventRelay } from './event-relay.ts';
import type { Listening } from './listening.ts';
import type { Outbox } from './outbox.ts';
import type { SessionEffect } from './session-contract.ts';

/**
 * Slots of silence sent after speech ends or is cut. The listener's jitter buffer would otherwise stretch the last
 * speech frame when packets stop.
 */
const TAIL_SILENCE_SLOTS = 10;

export interface OutputAudioParts {
  readonly outbox: Outbox;
  readonly relay: EventRelay;
  readonly ledger: PlayoutLedger;
  readonly listening: Listening;
  readonly trimsLeadingSilence: boolean;
  readonly pcmBlocks: PcmBlocks | undefined;
  /** Is given each frame of an answer before it leaves, and may change it in place. */
  readonly frameLeaves: (
    pcm: Int16Array,
    responseId: string | undefined,
    nowMs: MonotonicMs,
  ) => void;
}

/** An item of which no sound has come yet. */
interface SilentItem {
  readonly source: AudioSource;
  readonly silence: LeadingSilence;
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
  readonly #ledger: PlayoutLedger;
  readonly #listening: Listening;
  readonly #trimsLeadingSilence: boolean;
  readonly #frameLeaves: OutputAudioParts['frameLeaves'];
  readonly #queue: PlayoutQueue;
  readonly #frame = new Int16Array(SLOT_SAMPLES);
  /** One for all frames: each is performed before the next is made. */
  readonly #sendFrame: SessionEffect = { type: 'media.frame', pcm: this.#frame };
  /** Responses whose audio is complete; only the one being played and those queued behind it matter. */
  readonly #completeIds = new Set<string>();
  #playingId: string | undefined;
  #lastQueuedId: string | undefined;
  #silentItem: SilentItem | undefined;
  #tailSlots = 0;
  #framesSent = 0;
  #underruns = 0;
  #trimmedSamples = 0;
  #wantsSlotNow = false;
  #isHeld = false;

  constructor(parts: OutputAudioParts) {
    this.#outbox = parts.outbox;
    this.#relay = parts.relay;
    this.#ledger = parts.ledger;
    this.#listening = parts.listening;
    this.#queue = new PlayoutQueue(PLAYOUT_QUEUE_MS_MAX * SAMPLES_PER_MS, parts.pcmBlocks);
    this.#trimsLeadingSilence = parts.trimsLeadingSilence;
    this.#frameLeaves = parts.frameLeaves;
  }

  /**
   * True from when a frame could be sent while none could before, until the next slot: it may take the slot that is
   * on, if that has had no frame yet.
   */
  get wantsSlotNow(): boolean {
    return this.#wantsSlotNow && !this.#isHeld;
  }

  /** True while there is something to send in the next slot, the silent tail included. */
  get wantsSlots(): boolean {
    if (this.#isHeld) return this.#tailSlots > 0;
    return this.#queue.queuedSamples > 0 || this.#playingId !== undefined || this.#tailSlots > 0;
  }

  /** Whether audio of an answer waits to be sent. */
  get hasAudio(): boolean {
    return this.#queue.queuedSamples > 0 || this.#silentItem !== undefined;
  }

  get playingResponseId(): string | undefined {
    return this.#playingId;
  }

  /** `answerTrimmedMs` is leading silence of answers that was not played. */
  describe(): Description {
    return {
      isOutputHeld: this.#isHeld,
      answerQueuedMs: samplesToMs(this.#queue.queuedSamples),
      answerFramesSent: this.#framesSent,
      answerTrimmedMs: samplesToMs(this.#trimmedSamples),
      answerUnderruns: this.#underruns,
    };
  }

  push(source: AudioSource, pcm: Int16Array): void {
    const silentItem = this.#silentItemOf(source);
    const hadFrame = this.#hasFrame;
    this.#ledger.generated(source, pcm.length);
    if (silentItem === undefined) this.#enqueue(source, pcm);
    else this.#pushSilent(silentItem, pcm);
    if (!hadFrame && this.#hasFrame) this.#wantsSlotNow = true;
  }

  /** The upstream has sent the last audio of this response. */
  complete(responseId: string): void {
    const hadFrame = this.#hasFrame;
    this.#ledger.responseGenerated(responseId);
    if (responseId === this.#silentItem?.source.responseId) this.#endSilentItem();
    if (responseId === this.#playingId || responseId === this.#lastQueuedId)
      this.#completeIds.add(responseId);
    if (!hadFrame && this.#hasFrame) this.#wantsSlotNow = true;
  }

  /** Lets the answer wait where it is, or go on with the next sample. What comes meanwhile waits behind it. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#wantsSlotNow = !isHeld && this.#hasFrame;
  }

  /** Sends one slot's frame. Answers the response that started with it, if one did. */
  slot(nowMs: MonotonicMs): string | undefined {
    this.#wantsSlotNow = false;
    if (this.#isHeld) {
      this.#sendTail();
      return undefined;
    }
    if (this.#hasFrame) return this.#sendSpeech(nowMs);
    if (this.#queue.queuedSamples === 0) this.#endOrStarve();
    // More of this answer is coming: half a frame now would be heard as a hole.
    else this.#underruns += 1;
    return undefined;
  }

  /** Drops all that has not been sent; answers how many samples that were. The frames after it are silence. */
  cut(): number {
    const droppedSamples = this.#queue.clear() + (this.#silentItem?.silence.drop() ?? 0);
    this.#silentItem = undefined;
    this.#wantsSlotNow = false;
    if (this.#playingId !== undefined) {
      this.#relay.outputAudioBuffer('cleared', this.#playingId);
      this.#tailSlots = TAIL_SILENCE_SLOTS;
    }
    this.#playingId = undefined;
    this.#lastQueuedId = undefined;
    this.#completeIds.clear();
    return droppedSamples;
  }

  /** Whether a frame can be sent: a whole one, or the end of the last answer. */
  get #hasFrame(): boolean {
    const { queuedSamples } = this.#queue;
    if (queuedSamples >= SLOT_SAMPLES) return true;
    return (
      queuedSamples > 0 &&
      this.#lastQueuedId !== undefined &&
      this.#completeIds.has(this.#lastQueuedId)
    );
  }

  #enqueue(source: AudioSource, pcm: Int16Array): void {
    const refusedSamples = this.#queue.push(source, pcm);
    if (refusedSamples > 0) {
      this.#ledger.refused(source, refusedSamples);
      this.#outbox.report({ type: 'playout.overflow', refusedMs: samplesToMs(refusedSamples) });
    }
    this.#lastQueuedId = source.responseId;
  }

  /**
   * The item that this audio belongs to, if it has been silent so far. An item is silent from its first audio on, if
   * nothing waits before it: behind other audio its silence costs no time and is the pause that was meant.
   */
  #silentItemOf(source: AudioSource): SilentItem | undefined {
    if (this.#silentItem !== undefined) {
      const { itemId, contentIndex } = this.#silentItem.source;
      if (source.itemId === itemId && source.contentIndex === contentIndex) return this.#silentItem;
      this.#endSilentItem();
    }
    if (!this.#trimsLeadingSilence || this.#queue.queuedSamples > 0) return undefined;
    if (this.#ledger.entry(source) !== undefined) return undefined;
    this.#silentItem = { source, silence: new LeadingSilence() };
    return this.#silentItem;
  }

  #pushSilent(item: SilentItem, pcm: Int16Array): void {
    const sound = this.#trimmed(item, (silence) => silence.push(pcm));
    if (item.silence.isOver) this.#endSilence(item, sound);
  }

  /** What is to be played of this item after `step`, whose trimming the ledger is told. */
  #trimmed(
    { source, silence }: SilentItem,
    step: (silence: LeadingSilence) => Int16Array,
  ): Int16Array {
    const beforeSamples = silence.trimmedSamples;
    const pcm = step(silence);
    this.#ledger.trimmed(source, silence.trimmedSamples - beforeSamples);
    return pcm;
  }

  /** Only silence came of an item that is over: the last of it is played, so that it starts and stops as any other. */
  #endSilentItem(): void {
    const item = this.#silentItem;
    if (item === undefined) return;
    this.#endSilence(
      item,
      this.#trimmed(item, (silence) => silence.finish()),
    );
  }

  #endSilence({ source, silence }: SilentItem, pcm: Int16Array): void {
    this.#silentItem = undefined;
    this.#enqueue(source, pcm);
    const { trimmedSamples } = silence;
    if (trimmedSamples === 0) return;
    this.#trimmedSamples += trimmedSamples;
    const { responseId } = source;
    this.#outbox.report({
      type: 'answer.trimmed',
      responseId,
      trimmedMs: samplesToMs(trimmedSamples),
    });
  }

  #sendSpeech(nowMs: MonotonicMs): string | undefined {
    let startedId: string | undefined;
    let filledSamples = 0;
    for (
      let source = this.#queue.nextSource;
      source !== undefined && filledSamples < SLOT_SAMPLES;
      source = this.#queue.nextSource
    ) {
      const samples = this.#queue.take(this.#frame, filledSamples);
      const offsetSamples = this.#ledger.sent(source, samples);
      const slotOffsetSamples = filledSamples;
      this.#listening.sent({ source, offsetSamples, samples, slotOffsetSamples }, nowMs);
      filledSamples += samples;
      const { responseId } = source;
      if (responseId === this.#playingId) continue;
      this.#stopPlaying();
      this.#playingId = responseId;
      this.#relay.outputAudioBuffer('started', responseId);
      startedId ??= responseId;
    }
    this.#frame.fill(0, filledSamples);
    this.#framesSent += 1;
    this.#tailSlots = TAIL_SILENCE_SLOTS;
    this.#frameLeaves(this.#frame, this.#playingId, nowMs);
    this.#outbox.push(this.#sendFrame);
    return startedId;
  }

  #endOrStarve(): void {
    if (this.#playingId !== undefined) {
      if (this.#completeIds.has(this.#playingId)) this.#stopPlaying();
      else this.#underruns += 1;
    }
    this.#sendTail();
  }

  #sendTail(): void {
    if (this.#tailSlots === 0) return;
    this.#tailSlots -= 1;
    this.#frame.fill(0);
    this.#outbox.push(this.#sendFrame);
  }

  #stopPlaying(): void {
    if (this.#playingId === undefined) return;
    this.#relay.outputAudioBuffer('stopped', this.#playingId);
    this.#outbox.report({ type: 'answer.stopped', responseId: this.#playingId });
    // More of it may be behind a response that is beside the conversation.
    if (this.#playingId !== this.#lastQueuedId || this.#queue.queuedSamples === 0)
      this.#completeIds.delete(this.#playingId);
    this.#playingId = undefined;
  }
}
