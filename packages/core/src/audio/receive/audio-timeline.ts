import { type AudioCodecName, opusFecTicks } from '@prism/protocol';
import { SAMPLE_RATE_HZ } from '../pcm.ts';
import { fillGap } from './gap-fill.ts';
import type { ReceivedPacket } from './held-packets.ts';
import { endsInSilence, samplesPerTick } from './packet-content.ts';
import type { MutableCounters } from './receive-counters.ts';

/** What to do next for the timeline, in order. Payloads are only valid while the packet's bytes are. */
export type AudioStep =
  /** Decodes a packet of `samples`; if the codec refuses it, as much is concealed in its place. */
  | {
      readonly type: 'decode';
      readonly codec: AudioCodecName;
      readonly payload: Uint8Array;
      readonly samples: number;
    }
  /** Restores the `samples` just before an Opus packet from its in-band FEC. The packet itself is decoded next. */
  | { readonly type: 'decode_fec'; readonly payload: Uint8Array; readonly samples: number }
  | { readonly type: 'conceal'; readonly codec: AudioCodecName; readonly samples: number }
  | { readonly type: 'silence'; readonly samples: number };

/** The timeline by RTP time: puts packets end to end, and fills what is missing between them. */
export class AudioTimeline {
  readonly #steps: AudioStep[];
  readonly #counters: MutableCounters;
  #nextTimestamp: number | undefined;
  #clockHz = 0;
  #codec: AudioCodecName = 'opus';
  #packetSamples = 0;
  #lastPlayedMs = 0;
  #isSilent = false;

  /** Appends to `steps`, and counts in `counters`. */
  constructor(steps: AudioStep[], counters: MutableCounters) {
    this.#steps = steps;
    this.#counters = counters;
  }

  /** Forgets where the timeline was: the next packet begins a new one. */
  restart(): void {
    this.#nextTimestamp = undefined;
    this.#isSilent = false;
  }

  /** Samples between the timeline's end and the packet, negative if it overlaps; undefined if its clock is another. */
  gapSamples(timestamp: number, clockHz: number): number | undefined {
    if (this.#nextTimestamp === undefined) return 0;
    if (clockHz !== this.#clockHz) return undefined;
    const ticks = (timestamp - this.#nextTimestamp) | 0;
    return Math.floor((ticks * SAMPLE_RATE_HZ) / clockHz);
  }

  /** What the in-band FEC of a packet restores of the time before it. */
  fecSamples({ content }: ReceivedPacket): number {
    return content.type === 'speech' && content.codec === 'opus'
      ? opusFecTicks(content.payload) * samplesPerTick('opus')
      : 0;
  }

  /** Plays a packet behind `missingCount` missing ones; `isLoss` if sound may have been lost before it. */
  play(
    packet: ReceivedPacket,
    loss: { readonly missingCount: number; readonly isLoss: boolean },
    nowMs: number,
  ): void {
    const { content } = packet;
    if (content.type === 'nothing') return;
    this.#fill(packet, loss, nowMs);
    this.#clockHz = packet.clockHz;
    this.#lastPlayedMs = nowMs;
    this.#isSilent = endsInSilence(content);
    if (content.type === 'comfort_noise') {
      this.#nextTimestamp = packet.timestamp;
      return;
    }
    const { codec, payload, ticks, samples } = content;
    this.#nextTimestamp = (packet.timestamp + ticks) >>> 0;
    this.#codec = codec;
    this.#packetSamples = samples;
    this.#counters.packetsPlayed += 1;
    this.#steps.push({ type: 'decode', codec, payload, samples });
  }

  #fill(
    packet: ReceivedPacket,
    { missingCount, isLoss }: { readonly missingCount: number; readonly isLoss: boolean },
    nowMs: number,
  ): void {
    // Where the clock changed with the payload type, only the count of missing packets tells how long the gap is.
    const samples =
      this.gapSamples(packet.timestamp, packet.clockHz) ?? missingCount * this.#packetSamples;
    if (samples <= 0) return;
    const fill = fillGap({
      samples,
      isLoss,
      isAfterSilence: this.#isSilent,
      fecSamples: isLoss ? this.fecSamples(packet) : 0,
      elapsedMs: nowMs - this.#lastPlayedMs,
    });
    const { content } = packet;
    if (fill.concealSamples > 0)
      this.#steps.push({ type: 'conceal', codec: this.#codec, samples: fill.concealSamples });
    if (fill.silenceSamples > 0)
      this.#steps.push({ type: 'silence', samples: fill.silenceSamples });
    if (fill.fecSamples > 0 && content.type === 'speech') {
      this.#steps.push({ type: 'decode_fec', payload: content.payload, samples: fill.fecSamples });
      this.#counters.packetsRecoveredByFec += 1;
    }
    this.#counters.concealedSamples += fill.concealSamples;
    this.#counters.silenceSamples += fill.silenceSamples;
    this.#counters.skippedSamples += fill.skippedSamples;
  }
}
