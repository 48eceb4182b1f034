import { definedFields } from './defined-fields.ts';
import { numberField, textField, type WireObject } from './wire-event.ts';

/** RTP ticks per millisecond: Opus runs at 48 kHz whatever its audio's rate is (RFC 7587, section 4.1). */
const RTP_TICKS_PER_MS = 48;

/** Prism's packets hold 20 ms of sound. A position never runs past the end of the newest packet. */
const PACKET_MS = 20;

/** The packet whose sound was handed to playout last (`RTCRtpReceiver.getSynchronizationSources`). */
export interface HandedOverPacket {
  readonly ssrc: number;
  /** RTP time of the packet's first sample. */
  readonly rtpTimestamp: number;
  /** When it was handed over, on the page's monotonic clock. */
  readonly atMs: number;
}

/**
 * A source's timestamp on the clock of `performance.now()`. It counts from the epoch in some browsers and from the
 * page's time origin in others; the W3C text has said both.
 */
export function sourceTimeMs(timestampMs: number, timeOriginMs: number): number {
  return timestampMs >= timeOriginMs ? timestampMs - timeOriginMs : timestampMs;
}

/** RTP time of the newest sample that has left the jitter buffer at `nowMs`. */
export function handedOverRtpTimestamp(packet: HandedOverPacket, nowMs: number): number {
  return rtpTimestampAfter(packet, Math.max(0, nowMs - packet.atMs));
}

/** RTP time of the sample that is heard at `nowMs`, which left the jitter buffer `outputLatencyMs` earlier. */
export function heardRtpTimestamp(
  packet: HandedOverPacket,
  nowMs: number,
  outputLatencyMs: number,
): number {
  return rtpTimestampAfter(packet, nowMs - packet.atMs - outputLatencyMs);
}

function rtpTimestampAfter(packet: HandedOverPacket, elapsedMs: number): number {
  const ticks = Math.round(Math.min(elapsedMs, PACKET_MS) * RTP_TICKS_PER_MS);
  // RTP time is a 32-bit number that wraps (RFC 3550, section 5.1).
  return (packet.rtpTimestamp + ticks) >>> 0;
}

/** Running sums of the browser's statistics (W3C webrtc-stats); means come from two of them. */
export interface PlayoutSums {
  readonly jitterBufferDelayS: number;
  readonly jitterBufferCount: number;
  readonly playoutDelayS: number;
  readonly playoutCount: number;
}

/** Delays of the newest interval; a field that the browser doesn't tell is absent. */
export interface PlayoutDelays {
  readonly jitterBufferMs?: number;
  /** From the jitter buffer to the device, as the browser measures it. */
  readonly outputLatencyMs?: number;
}

/** Takes the sums out of a statistics report. */
export function playoutSums(records: ReadonlyMap<string, WireObject>): PlayoutSums {
  let inbound: WireObject | undefined;
  let playout: WireObject | undefined;
  for (const record of records.values()) {
    if (record.type === 'inbound-rtp' && textField(record, 'kind') === 'audio') inbound = record;
    if (record.type === 'media-playout') playout = record;
  }
  return {
    jitterBufferDelayS: numberField(inbound, 'jitterBufferDelay') ?? 0,
    jitterBufferCount: numberField(inbound, 'jitterBufferEmittedCount') ?? 0,
    playoutDelayS: numberField(playout, 'totalPlayoutDelay') ?? 0,
    playoutCount: numberField(playout, 'totalSamplesCount') ?? 0,
  };
}

/** What the delays were between two snapshots; since the call began without an earlier one. */
export function playoutDelays(now: PlayoutSums, before: PlayoutSums | undefined): PlayoutDelays {
  const jitterBufferMs = meanMs(
    now.jitterBufferDelayS - (before?.jitterBufferDelayS ?? 0),
    now.jitterBufferCount - (before?.jitterBufferCount ?? 0),
  );
  const outputLatencyMs = meanMs(
    now.playoutDelayS - (before?.playoutDelayS ?? 0),
    now.playoutCount - (before?.playoutCount ?? 0),
  );
  return definedFields({ jitterBufferMs, outputLatencyMs });
}

function meanMs(sumS: number, count: number): number | undefined {
  return count > 0 && sumS >= 0 ? (sumS / count) * 1000 : undefined;
}
