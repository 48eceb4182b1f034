import { type AudioCodecName, opusFecTicks } from '@prism/protocol';
import { SAMPLE_RATE_HZ } from '../pcm.ts';
import { fillGap, type Gap } from './gap-fill.ts';
import type { ReceivedPacket } from './held-packets.ts';
import { endsInSilence, samplesPerTick } from './packet-content.ts';
import { PauseSilence } from './pause-silence.ts';
import type { MutableCounters } from './receive-counters.ts';
import type { StepQueue } from './step-queue.ts';

/** The timeline by RTP time: puts packets end to end, and fills what is missing between them. */
export class AudioTimeline {
  readonly #steps: StepQueue;
  readonly #counters: MutableCounters;
  readonly #pause: PauseSilence;
  #nextTimestamp: number | undefined;
  #clockHz = 0;
  #codec: AudioCodecName = 'opus';
  #packetSamples = 0;
  #lastPlayedMs = 0;
  #isSilent = false;
  /** Sound may have been lost since the last packet that was played. */
  #isLossDue = false;
  /** Packets that were given up since then. */
  #givenUpCount = 0;

  /** Appends to `steps`, and counts in `counters`. */
  constructor(steps: StepQueue, counters: MutableCounters) {
    this.#steps = steps;
    this.#counters = counters;
    this.#pause = new PauseSilence(counters);
  }

  /** Forgets where the timeline was: the next packet begins a new one. */
  restart(): void {
    this.#nextTimestamp = undefined;
    this.#isSilent = false;
    this.#isLossDue = false;
    this.#givenUpCount = 0;
    this.#pause.forget();
  }

  /** The sender has announced silence, and {@link playPause} has some to play. */
  get isInPause(): boolean {
    return this.#pause.isPlaying;
  }

  /** Plays what has passed of a pause. */
  playPause(nowMs: number): void {
    this.#silent(this.#pause.take(nowMs));
  }

  /** So many packets were given up: what follows next follows a loss. */
  noteLoss(count: number): void {
    this.#isLossDue = true;
    this.#givenUpCount += count;
  }

  /** Samples between the timeline's end and the packet, negative if it overlaps; undefined if its clock is another. */
  gapSamples(timestamp: number, clockHz: number): number | undefined {
    if (this.#nextTimestamp === undefined) return 0;
    if (clockHz !== this.#clockHz) return undefined;
    const ticks = (timestamp - this.#nextTimestamp) | 0;
    return Math.floor((ticks * SAMPLE_RATE_HZ) / clockHz);
  }

  /** The time at `timestamp` has been played, or what belongs there was given up. */
  isOver(timestamp: number, clockHz: number): boolean {
    const gapSamples = this.gapSamples(timestamp, clockHz) ?? 0;
    return gapSamples < this.#givenUpCount * this.#packetSamples;
  }

  /** What the in-band FEC of a packet restores of the time before it. */
  fecSamples({ content }: ReceivedPacket): number {
    return content.type === 'speech' && content.codec === 'opus'
      ? opusFecTicks(content.payload) * samplesPerTick('opus')
      : 0;
  }

  /** Plays a packet behind `missingCount` missing ones. */
  play(packet: ReceivedPacket, missingCount: number, nowMs: number): void {
    const { content } = packet;
    const isLoss = this.#isLossDue || missingCount > 0;
    this.#isLossDue = content.type === 'nothing' && (content.isMalformed || isLoss);
    if (content.type === 'nothing') return;
    // Where the clock changed with the payload type, only the count of missing packets tells how long the gap is.
    const gapSamples =
      this.gapSamples(packet.timestamp, packet.clockHz) ??
      (this.#givenUpCount + missingCount) * this.#packetSamples;
    this.#givenUpCount = 0;
    if (gapSamples > 0) this.#fill(packet, { samples: gapSamples, isLoss }, nowMs);
    else this.#pause.end(0);
    this.#clockHz = packet.clockHz;
    this.#lastPlayedMs = nowMs;
    this.#isSilent = endsInSilence(content);
    if (this.#isSilent) this.#pause.begin(content.type === 'speech' ? content.samples : 0, nowMs);
    if (content.type === 'comfort_noise') {
      this.#nextTimestamp = packet.timestamp;
      return;
    }
    this.#nextTimestamp = (packet.timestamp + content.ticks) >>> 0;
    this.#codec = content.codec;
    this.#packetSamples = content.samples;
    this.#counters.packetsPlayed += 1;
    this.#steps.push(content);
  }

  #fill(packet: ReceivedPacket, gap: Pick<Gap, 'samples' | 'isLoss'>, nowMs: number): void {
    const fill = fillGap({
      ...gap,
      isAfterSilence: this.#isSilent,
      fecSamples: gap.isLoss ? this.fecSamples(packet) : 0,
      elapsedMs: nowMs - this.#lastPlayedMs,
    });
    const { content } = packet;
    if (fill.concealSamples > 0)
      this.#steps.push({ type: 'conceal', codec: this.#codec, samples: fill.concealSamples });
    this.#silent(this.#pause.end(fill.silenceSamples));
    if (fill.fecSamples > 0 && content.type === 'speech') {
      this.#steps.push({ type: 'decode_fec', payload: content.payload, samples: fill.fecSamples });
      this.#counters.packetsRecoveredByFec += 1;
    }
    this.#counters.concealedSamples += fill.concealSamples;
    this.#counters.skippedSamples += fill.skippedSamples;
  }

  #silent(samples: number): void {
    if (samples === 0) return;
    this.#steps.push({ type: 'silence', samples });
    this.#counters.silenceSamples += samples;
  }
}
