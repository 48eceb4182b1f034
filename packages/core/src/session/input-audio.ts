import { INPUT_BACKLOG_MS_MAX } from '@prism/protocol';
import { SAMPLES_PER_MS, samplesToMs } from '../audio/pcm.ts';
import { PcmBacklog } from '../audio/pcm-backlog.ts';
import { PcmChunker } from '../audio/pcm-chunker.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import { type HoldDecision, InputHold } from '../turn-taking/input-hold.ts';
import type { Outbox } from './outbox.ts';
import type { OwnDeadlineReason } from './session-contract.ts';

/** A client that has sent nothing for so long will not say soon what its last sound was. */
const STOPPED_MS = 300;

export interface InputAudioOptions {
  readonly appendMs: number;
  /** Empties in place what turns out to be nothing that the upstream should hear. */
  readonly silence: (pcm: Int16Array) => void;
}

/**
 * The client's audio on its way to the upstream's input buffer.
 *
 * Until the upstream is ready audio waits in a bounded backlog, newest kept, so that what is said while connecting
 * isn't lost; any loss is counted and reported once the upstream is there.
 */
export class InputAudio {
  readonly #outbox: Outbox;
  readonly #deadlines: DeadlineTable<OwnDeadlineReason>;
  readonly #chunker: PcmChunker;
  readonly #hold: InputHold;
  #decision: HoldDecision = 'pass';
  readonly #backlog = new PcmBacklog(INPUT_BACKLOG_MS_MAX * SAMPLES_PER_MS);
  #isUpstreamReady = false;
  #receivedSamples = 0;
  #receivedAtMs = 0 as MonotonicMs;

  constructor(
    outbox: Outbox,
    deadlines: DeadlineTable<OwnDeadlineReason>,
    { appendMs, silence }: InputAudioOptions,
  ) {
    this.#outbox = outbox;
    this.#deadlines = deadlines;
    this.#chunker = new PcmChunker(appendMs * SAMPLES_PER_MS);
    this.#hold = new InputHold((pcm) => this.#chunker.push(pcm, this.#emit), silence);
  }

  /** The position in the client's audio: all that came in so far. */
  get receivedSamples(): number {
    return this.#receivedSamples;
  }

  get receivedMs(): number {
    return samplesToMs(this.#receivedSamples);
  }

  get droppedMs(): number {
    return samplesToMs(this.#backlog.droppedSamples);
  }

  /** Audio that went as silence because it turned out to be echo or a backchannel, in ms. */
  get silencedMs(): number {
    return samplesToMs(this.#hold.silencedSamples);
  }

  /** Audio that went undecided because it had waited for long enough, in ms. */
  get undecidedMs(): number {
    return samplesToMs(this.#hold.overflowSamples);
  }

  /** What becomes of the audio that comes next, and of what waits. */
  decide(decision: HoldDecision): void {
    this.#decision = decision;
  }

  receive(pcm: Int16Array): void {
    this.#receivedSamples += pcm.length;
    this.#hold.take(pcm, this.#decision);
  }

  /** After audio that came at `nowMs`: what waits for more to come doesn't wait for ever. */
  watch(nowMs: MonotonicMs): void {
    this.#receivedAtMs = nowMs;
    if (this.#hold.waitingSamples > 0 && !this.#deadlines.has('input.hold'))
      this.#deadlines.set('input.hold', after(nowMs, STOPPED_MS));
  }

  /** What waits goes as it is if nothing has come since. */
  elapse(nowMs: MonotonicMs): void {
    if (this.#hold.waitingSamples === 0) return;
    const dueMs = after(this.#receivedAtMs, STOPPED_MS);
    if (nowMs >= dueMs) this.#hold.release();
    else this.#deadlines.set('input.hold', dueMs);
  }

  /** Sends what is still being gathered or waits, so that an event that follows finds all audio before it. */
  flush(): void {
    this.#hold.release();
    this.#chunker.flush(this.#emit);
  }

  /** The upstream takes audio: what waited goes now. Idempotent. */
  upstreamReady(): void {
    if (this.#isUpstreamReady) return;
    this.#isUpstreamReady = true;
    this.#backlog.drain(this.#append);
    if (this.droppedMs > 0)
      this.#outbox.report({ type: 'input.backlog_dropped', droppedMs: this.droppedMs });
  }

  readonly #append = (pcm: Int16Array): void => {
    this.#outbox.push({ type: 'upstream.append', pcm });
  };

  readonly #emit = (chunk: Int16Array): void => {
    if (this.#isUpstreamReady) this.#append(chunk);
    else this.#backlog.push(chunk.slice());
  };
}
