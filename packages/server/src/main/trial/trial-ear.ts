import { type AudioDecoder, ReceptionStatistics } from '@prism/core';
import { isRtcp, parseRtpPacket, readRtcp } from '@prism/protocol';
import { AUDIBLE_RMS, rmsOf } from './phrase.ts';

/** RTP clock of Opus (RFC 7587). */
const CLOCK_HZ = 48_000;
/** What is kept of an answer to be judged by its time codes: a minute. */
const KEPT_SAMPLES_MAX = 60 * 24_000;

/** What went over the network, both ways. */
export interface TrialNetwork {
  readonly packetsReceived: number;
  readonly packetsLost: number;
  readonly jitterMs: number;
  /** Of what the caller sent, as the server reports it; undefined before its first report. */
  readonly packetsLostAtServer: number | undefined;
}

/** Listens to what a call's server sends. */
export class TrialEar {
  readonly #ssrc: number;
  readonly #decoder: AudioDecoder;
  readonly #keepsSound: boolean;
  readonly #statistics = new ReceptionStatistics(CLOCK_HZ);
  readonly #packet: (nowMs: number, isAudible: boolean) => void;
  #kept: Int16Array[] = [];
  #keptSamples = 0;
  #packetsLostAtServer: number | undefined;
  /** Looking for the first sound costs a decoded frame per packet; when it is there the rest isn't decoded. */
  isListening = true;

  /** `ssrc` is the caller's own stream. */
  constructor(options: {
    readonly ssrc: number;
    readonly decoder: AudioDecoder;
    /** Keeps the sound, for {@link takeSound}. */
    readonly keepsSound: boolean;
    readonly packet: (nowMs: number, isAudible: boolean) => void;
  }) {
    this.#ssrc = options.ssrc;
    this.#decoder = options.decoder;
    this.#keepsSound = options.keepsSound;
    this.#packet = options.packet;
  }

  receive(bytes: Uint8Array, nowMs: number): void {
    if (isRtcp(bytes)) return this.#report(bytes);
    const packet = parseRtpPacket(bytes);
    if (packet === undefined) return;
    this.#statistics.received(packet, nowMs);
    if (!this.isListening && !this.#keepsSound) return;
    const pcm = this.#decoder.decode(packet.payload);
    if (pcm === undefined) return;
    this.#keep(pcm);
    this.#packet(nowMs, rmsOf(pcm) > AUDIBLE_RMS);
  }

  /** What was heard since the last time, PCM at 24 kHz in order of arrival; the newest is left out beyond a minute. */
  takeSound(): Int16Array {
    const sound = new Int16Array(this.#keptSamples);
    let at = 0;
    for (const pcm of this.#kept) {
      sound.set(pcm, at);
      at += pcm.length;
    }
    this.#kept = [];
    this.#keptSamples = 0;
    return sound;
  }

  network(): TrialNetwork {
    const { packets, packetsLost, jitterMs } = this.#statistics.counts();
    return {
      packetsReceived: packets,
      packetsLost: Math.max(0, packetsLost),
      jitterMs,
      packetsLostAtServer: this.#packetsLostAtServer,
    };
  }

  close(): void {
    this.#decoder.close();
  }

  #keep(pcm: Int16Array): void {
    if (!this.#keepsSound || this.#keptSamples + pcm.length > KEPT_SAMPLES_MAX) return;
    this.#kept.push(pcm.slice());
    this.#keptSamples += pcm.length;
  }

  #report(bytes: Uint8Array): void {
    for (const packet of readRtcp(bytes)?.packets ?? []) {
      if (packet.type !== 'sender_report' && packet.type !== 'receiver_report') continue;
      const block = packet.reports.find(({ ssrc }) => ssrc === this.#ssrc);
      if (block !== undefined) this.#packetsLostAtServer = Math.max(0, block.packetsLost);
    }
  }
}
