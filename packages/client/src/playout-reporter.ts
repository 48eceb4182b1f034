import type { BrowserEnvironment } from './browser-environment.ts';
import type { CallMedia } from './call-media.ts';
import { attempt } from './client-error.ts';
import type { SilenceTeller } from './playback-fade.ts';
import {
  type HandedOverPacket,
  handedOverRtpTimestamp,
  heardRtpTimestamp,
  type PlayoutDelays,
  type PlayoutSums,
  playoutDelays,
  playoutSums,
} from './playout-position.ts';
import type { WireEvent } from './wire-event.ts';

/** Time between reports while an answer plays. */
const REPORT_INTERVAL_MS = 200;

/**
 * A cut silences the output only if the jitter buffer holds more than this. What a shallower one holds plays out
 * quietly: it is over in a moment, and then exactly all that was sent has been heard, while where a fade fell is known
 * to some 30 ms only.
 */
const SILENCING_JITTER_BUFFER_MS_MIN = 400;

/** What a jitter buffer is taken to hold until the browser has told. */
const JITTER_BUFFER_MS_ASSUMED = 80;

/** A frame that the server has made quieter leaves a slot later than the event, and its way may be longer. */
const DUCKED_FRAME_MS = 40;

/**
 * After a cut the output stays quiet or silent for what the jitter buffer holds and this much. What is left of the answer has
 * gone by then; should the event that announces the next answer be late, its sound is heard all the same.
 */
const SILENCE_MARGIN_MS = 400;

/** Time between looks for the first sound of an answer that has been announced. */
const SOUND_POLL_MS = 20;

/** Looks for the first sound before giving it up: 2 s, far longer than any jitter buffer. */
const SOUND_POLL_COUNT_MAX = 100;

/** A packet no older than this is being played now; packets come every 20 ms. */
const FLOWING_MS_MAX = 50;

type ReportReason = 'started' | 'playing' | 'cleared' | 'silenced' | 'stopped';

/** What the reporter needs of a call's media. */
export type ReportedMedia = Pick<
  CallMedia,
  'silencesAtOnce' | 'handedOverPacket' | 'outputLatencyMs' | 'statistics' | 'send' | 'fadePlayback'
>;

/**
 * Tells Prism what is heard: when an answer starts, while it plays, and what a cut left of it. Each report says what
 * the next cut will do, so that Prism knows what will have been heard before it is told.
 *
 * A browser that doesn't say which packet plays sends no reports and plays out what it has.
 * Reports go past the session's listeners: five a second would drown what they look at.
 */
export class PlayoutReporter {
  readonly #media: ReportedMedia;
  readonly #environment: Pick<BrowserEnvironment, 'nowMs' | 'setTimer'>;
  #sums: PlayoutSums | undefined;
  #delays: PlayoutDelays = {};
  /** Decided for each answer anew, so that Prism has been told long before a cut. */
  #goesSilentWhenCleared = false;
  /** The server sends an answer that it has made quieter. */
  #isDucked = false;
  #cancelReport: (() => void) | undefined;
  #cancelRestore: (() => void) | undefined;
  #isClosed = false;

  constructor(media: ReportedMedia, environment: Pick<BrowserEnvironment, 'nowMs' | 'setTimer'>) {
    this.#media = media;
    this.#environment = environment;
  }

  /** Takes one server event. */
  handle(event: WireEvent): void {
    if (this.#isClosed) return;
    switch (event.type) {
      case 'output_audio_buffer.started':
        this.#isDucked = false;
        this.#restore();
        this.#stopReporting();
        this.#goesSilentWhenCleared =
          (this.#delays.jitterBufferMs ?? 0) > SILENCING_JITTER_BUFFER_MS_MIN;
        this.#awaitSound(SOUND_POLL_COUNT_MAX);
        return;
      case 'output_audio_buffer.stopped':
        this.#stopReporting();
        this.#report('stopped');
        return;
      case 'output_audio_buffer.cleared':
        this.#stopReporting();
        this.#cut();
        return;
      case 'prism.output.ducked':
        this.#isDucked = event.ducked === true;
        if (this.#isDucked) this.#duck();
        return;
    }
  }

  /** Ends reporting; idempotent. */
  close(): void {
    this.#isClosed = true;
    this.#stopReporting();
    this.#cancelRestore?.();
  }

  /** A call may have changed its way since the answer began. */
  get #goesSilent(): boolean {
    return this.#media.silencesAtOnce || this.#goesSilentWhenCleared;
  }

  #cut(): void {
    const packet = this.#media.handedOverPacket();
    if (!this.#goesSilent || packet === undefined) {
      this.#report('cleared');
      // What waits in the jitter buffer is quiet already, or the output is until it is.
      if (this.#isDucked) return;
      this.#media.fadePlayback('soften');
    } else {
      const told: SilenceTeller = (rtpTimestamp) => this.#send('silenced', packet, rtpTimestamp);
      this.#media.fadePlayback('silence', told);
      // What has left the jitter buffer is on its way to the ear, and nothing takes it back.
      if (!this.#media.silencesAtOnce)
        told(handedOverRtpTimestamp(packet, this.#environment.nowMs()));
    }
    this.#restoreAfter(SILENCE_MARGIN_MS);
  }

  /**
   * The frames that the server has made quieter come behind what the jitter buffer holds: until then the element is
   * quiet.
   */
  #duck(): void {
    this.#media.fadePlayback('soften');
    this.#restoreAfter(DUCKED_FRAME_MS);
  }

  /** Lets the sound in again when what the jitter buffer holds has been played, and so much later. */
  #restoreAfter(marginMs: number): void {
    this.#cancelRestore?.();
    this.#cancelRestore = this.#environment.setTimer(
      () => {
        this.#restore();
      },
      (this.#delays.jitterBufferMs ?? JITTER_BUFFER_MS_ASSUMED) + marginMs,
    );
  }

  #restore(): void {
    if (this.#cancelRestore === undefined) return;
    this.#cancelRestore();
    this.#cancelRestore = undefined;
    this.#media.fadePlayback('restore');
  }

  /** The event comes before the sound; a report of where playout stood before it would mislead. */
  #awaitSound(pollCount: number): void {
    const packet = this.#media.handedOverPacket();
    const isFlowing =
      packet !== undefined && this.#environment.nowMs() - packet.atMs <= FLOWING_MS_MAX;
    if (isFlowing || pollCount === 0) {
      this.#report('started');
      void this.#measure();
      this.#reportLater();
      return;
    }
    this.#cancelReport = this.#environment.setTimer(() => {
      this.#awaitSound(pollCount - 1);
    }, SOUND_POLL_MS);
  }

  #reportLater(): void {
    this.#cancelReport = this.#environment.setTimer(() => {
      this.#report('playing');
      this.#reportLater();
      void this.#measure();
    }, REPORT_INTERVAL_MS);
  }

  #stopReporting(): void {
    this.#cancelReport?.();
    this.#cancelReport = undefined;
  }

  #report(reason: ReportReason): void {
    const packet = this.#media.handedOverPacket();
    if (packet === undefined) return;
    const nowMs = this.#environment.nowMs();
    this.#send(reason, packet, heardRtpTimestamp(packet, nowMs, this.#outputLatencyMs() ?? 0));
  }

  #send(reason: ReportReason, packet: HandedOverPacket, rtpTimestamp: number): void {
    const outputLatencyMs = this.#outputLatencyMs();
    const { jitterBufferMs } = this.#delays;
    const report = {
      type: 'prism.playout.report',
      reason,
      ssrc: packet.ssrc,
      rtp_timestamp: rtpTimestamp,
      // What is undefined isn't in the text.
      jitter_buffer_ms: tenths(jitterBufferMs),
      output_latency_ms: tenths(outputLatencyMs),
      client_time_ms: tenths(this.#environment.nowMs()),
      when_cleared: this.#goesSilent ? 'goes_silent' : 'plays_out',
    };
    // A report that can't leave now is worth nothing later.
    attempt(
      () => this.#media.send(JSON.stringify(report)),
      () => undefined,
    );
  }

  /** What the browser measured for this stream, else what it says of the device. */
  #outputLatencyMs(): number | undefined {
    return this.#delays.outputLatencyMs ?? this.#media.outputLatencyMs();
  }

  /** Reads the delays for the next reports; a failure leaves the ones before. */
  async #measure(): Promise<void> {
    try {
      const sums = playoutSums(await this.#media.statistics());
      this.#delays = { ...this.#delays, ...playoutDelays(sums, this.#sums) };
      this.#sums = sums;
    } catch {
      // The connection has gone; its end is told elsewhere.
    }
  }
}

function tenths(valueMs: number | undefined): number | undefined {
  return valueMs && Math.round(valueMs * 10) / 10;
}
