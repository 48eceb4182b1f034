import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { AudioSource } from './playout-queue.ts';
import type { ReceivedReport } from './playout-reports.ts';
import { RTP_TICKS_PER_MS, type SentStretch, SentTimeline } from './sent-timeline.ts';

/** How much of an item was heard, and how far from the truth that may be. */
export interface HeardItem {
  readonly source: AudioSource;
  /** In the time of the item as it was generated. Never more than was sent. */
  readonly heardMs: number;
  /** What was heard is within this much of `heardMs`, under what the kind of listener assumes. */
  readonly errorMs: number;
}

/** What is known of the way to a listener, from RTCP or ICE. */
export interface ListenerPath {
  readonly rttMs: number;
  /** How much the round-trip time varies around `rttMs`. */
  readonly rttJitterMs: number;
}

/** What Prism knows of who listens. */
export type Listener =
  /** Reports what it plays, and what it does when it is told `output_audio_buffer.cleared`: the SDK. */
  | { readonly type: 'reports'; readonly received: ReceivedReport; readonly path: ListenerPath }
  /** Tells nothing, and plays whatever arrives to its end: a browser with any other SDK. */
  | { readonly type: 'plays_out'; readonly path: ListenerPath };

/** Jitter buffers hand out 10 ms at a time, and a fade takes as long. */
const GRAIN_MS = 20;

/** A browser says which packet was decoded last. A jitter buffer that adapts decodes up to 30 ms ahead. */
const DECODED_AHEAD_MS = 30;
const SILENCED_ERROR_MS = GRAIN_MS + DECODED_AHEAD_MS;

/** How much faster or slower than real time a jitter buffer plays at most while it adapts (NetEq's accelerate). */
const SPEED_DEVIATION_RATIO = 0.15;

/** The model of a listener that doesn't report: its jitter buffer and its output device. */
const MODEL_JITTER_BUFFER_MS = 40;
const MODEL_OUTPUT_LATENCY_MS = 40;
const MODEL_ERROR_MS = 60;

/** A place on the timeline of what was sent, with how far off it may be. */
interface Position {
  readonly ticks: number;
  readonly errorMs: number;
}

/**
 * What was heard of each item: what was sent, as far as the listener has come with it.
 *
 * RTP time follows real time, pauses included, so a listener's position moves on with the clock from where it was
 * last reported. What was never sent isn't heard; a lost packet is: its time passes, filled in by the listener.
 */
export class HeardEstimate {
  readonly #sent = new SentTimeline();
  readonly #ssrc: number;

  /** Reports about other streams than `ssrc` are not taken. */
  constructor(ssrc: number) {
    this.#ssrc = ssrc;
  }

  /** Notes one stretch that was sent; keeps its numbers alone. */
  sent(stretch: SentStretch): void {
    this.#sent.push(stretch);
  }

  /** What has been heard at `nowMs`, while the answer plays. */
  now(listener: Listener, nowMs: MonotonicMs): readonly HeardItem[] {
    return this.#heardAt(this.#positionNow(listener, nowMs));
  }

  /** What will have been heard if the cut leaves Prism at `nowMs` and nothing is sent after it. */
  atCut(listener: Listener, nowMs: MonotonicMs): readonly HeardItem[] {
    return this.#heardAt(this.#positionAtCut(listener, nowMs));
  }

  /** What was heard by a listener that fell silent at this RTP time of the stream. */
  upTo(rtpTimestamp: number): readonly HeardItem[] {
    const ticks = this.#sent.ticksOf(rtpTimestamp);
    return this.#heardAt({ ticks, errorMs: SILENCED_ERROR_MS });
  }

  #positionNow(listener: Listener, nowMs: MonotonicMs): Position {
    const { rttMs, rttJitterMs } = listener.path;
    const known = this.#reported(listener, nowMs);
    if (known === undefined) return this.#modelled(listener.path, nowMs);
    if (known.isFinal) return { ticks: known.ticks, errorMs: SILENCED_ERROR_MS };
    // The report is from when it left the client; half the round trip may be any part of it.
    return moved(known.ticks, known.elapsedMs + rttMs / 2, rttMs / 2 + rttJitterMs);
  }

  #positionAtCut(listener: Listener, nowMs: MonotonicMs): Position {
    const known = this.#reported(listener, nowMs);
    if (known?.isFinal) return { ticks: known.ticks, errorMs: SILENCED_ERROR_MS };
    if (!known?.goesSilent) return { ticks: this.#sent.endTicks, errorMs: GRAIN_MS };
    // The report's way here and the cut's way there are one round trip. What is in the output device by then is heard.
    const { rttMs, rttJitterMs } = listener.path;
    return moved(known.ticks, known.elapsedMs + rttMs + known.outputLatencyMs, rttJitterMs);
  }

  /** The newest report, if it is about this stream. */
  #reported(listener: Listener, nowMs: MonotonicMs) {
    const { lastSentAtMs } = this.#sent;
    if (listener.type !== 'reports' || lastSentAtMs === undefined) return undefined;
    const { report, receivedAtMs } = listener.received;
    if (report.ssrc !== this.#ssrc) return undefined;
    return {
      ticks: this.#sent.ticksOf(report.rtp_timestamp),
      elapsedMs: Math.max(0, nowMs - receivedAtMs),
      outputLatencyMs: report.output_latency_ms ?? MODEL_OUTPUT_LATENCY_MS,
      goesSilent: report.when_cleared === 'goes_silent',
      // Where it went silent is the end, until something is sent after it.
      isFinal: report.reason === 'silenced' && lastSentAtMs <= receivedAtMs,
    };
  }

  /** Where a listener is that doesn't tell. */
  #modelled({ rttMs, rttJitterMs }: ListenerPath, nowMs: MonotonicMs): Position {
    const { lastTicks, lastSentAtMs } = this.#sent;
    if (lastSentAtMs === undefined) return { ticks: 0, errorMs: 0 };
    const delayMs = rttMs / 2 + MODEL_JITTER_BUFFER_MS + MODEL_OUTPUT_LATENCY_MS;
    return {
      ticks: lastTicks + (nowMs - lastSentAtMs - delayMs) * RTP_TICKS_PER_MS,
      errorMs: GRAIN_MS + MODEL_ERROR_MS + rttMs / 2 + 2 * rttJitterMs,
    };
  }

  #heardAt({ ticks, errorMs }: Position): readonly HeardItem[] {
    const errorTicks = errorMs * RTP_TICKS_PER_MS;
    const least = this.#sent.progressAt(ticks - errorTicks);
    const most = this.#sent.progressAt(ticks + errorTicks);
    return this.#sent.progressAt(ticks).map(({ source, samples }, index) => {
      const below = samples - (least[index]?.samples ?? 0);
      const above = (most[index]?.samples ?? samples) - samples;
      return {
        source,
        heardMs: samples / SAMPLES_PER_MS,
        errorMs: Math.max(below, above) / SAMPLES_PER_MS,
      };
    });
  }
}

/** A position that has moved on with the clock. */
function moved(ticks: number, elapsedMs: number, delayErrorMs: number): Position {
  return {
    ticks: ticks + elapsedMs * RTP_TICKS_PER_MS,
    errorMs: SILENCED_ERROR_MS + delayErrorMs + elapsedMs * SPEED_DEVIATION_RATIO,
  };
}
