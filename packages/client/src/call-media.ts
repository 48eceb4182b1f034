import type { PrismClientError } from './client-error.ts';
import type { HandedOverPacket } from './playout-position.ts';
import type { LevelSample } from './turn-latency.ts';

/** What a call's media is opened with. */
export interface CallMediaRequest {
  /** Audio to send instead of the microphone; it is not stopped at the end. */
  readonly mediaStream: MediaStream | undefined;
  /** Plays the answer; a detached element is made if absent. */
  readonly audioElement: HTMLAudioElement | undefined;
  readonly iceServers: RTCIceServer[];
}

/** What a call's media reports; nothing is called after `stop`. */
export interface CallMediaSink {
  readonly onIceState: (state: RTCIceConnectionState) => void;
  readonly onPeerState: (state: RTCPeerConnectionState) => void;
  readonly onChannelOpen: () => void;
  readonly onMessage: (text: string) => void;
  /** The other side closed the events channel: the server ended the call. */
  readonly onChannelClosed: () => void;
  /** `microphone_ended` or `audio_blocked`: the call goes on without that side. */
  readonly onFailure: (error: PrismClientError) => void;
}

/** The media of one call: microphone, peer connection, events channel and playback. */
export interface CallMedia {
  /** Whether the microphone sends silence. */
  isMuted: boolean;
  /** Makes the SDP offer. */
  makeOffer(): Promise<string>;
  /** Applies the server's SDP answer; rejects with `answer_invalid`. */
  applyAnswer(answerSdp: string): Promise<void>;
  /** Sends one message; throws `not_connected`, `message_too_large` or `send_queue_full`. */
  send(text: string): void;
  /** RMS levels of both sides, now. */
  levels(): LevelSample;
  /** The records of the browser's statistics report, by id. */
  statistics(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  /** The packet whose sound left the jitter buffer last; `undefined` before the first and where no browser tells. */
  handedOverPacket(): HandedOverPacket | undefined;
  /** From the jitter buffer to the ear, as the browser says of the output device; `undefined` if it doesn't. */
  outputLatencyMs(): number | undefined;
  /** Makes the answer 20 dB quieter at once; idempotent. */
  softenPlayback(): void;
  /** Fades the answer's playback out within a few milliseconds; idempotent. */
  silencePlayback(): void;
  /** Lets the answer be heard again as before it was softened or silenced; idempotent. */
  restorePlayback(): void;
  /** Stops microphone and playback at once; idempotent. The sink hears nothing from here on. */
  stop(): void;
  /** Stops, and closes the connection; idempotent. */
  close(): void;
}
