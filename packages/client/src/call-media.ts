import type { CallEndpoint } from './call.ts';
import type { PrismClientError } from './client-error.ts';
import type { LinkStep } from './connection/link.ts';
import type { LinkFailure } from './connection/link-failure.ts';
import type { LinkKind, TransportChoice } from './connection/link-kind.ts';
import type { PreparedWay } from './connection/prepared-peer.ts';
import type { LevelSample } from './level-meter.ts';
import type { FadeStep, SilenceTeller } from './playback-fade.ts';
import type { HandedOverPacket } from './playout-position.ts';
import type { SoundChange, SoundState } from './sound/sound-state.ts';
import type { AnswerOutput } from './sound/web-audio-output.ts';

/** Which of WebRTC's paths may be used, to try one out; `any` leaves it to ICE. */
export type WebRtcPath = 'any' | 'udp' | 'tcp' | 'relay';

/** What a call's media is opened with. */
export interface CallMediaRequest {
  readonly endpoint: CallEndpoint;
  /** The call that it goes on with; a new one if undefined. */
  readonly callId: string | undefined;
  /** A way to a new call that was prepared. */
  readonly prepared: PreparedWay | undefined;
  /** Audio to send instead of the microphone; it is not stopped at the end. */
  readonly mediaStream: MediaStream | undefined;
  /** Of `enumerateDevices`; the system's choice if undefined. */
  readonly microphoneId: string | undefined;
  /** Plays the answer; a detached element is made if absent. */
  readonly audioElement: HTMLAudioElement | undefined;
  readonly iceServers: RTCIceServer[];
  readonly transport: TransportChoice;
  readonly path: WebRtcPath;
  readonly output: AnswerOutput;
  /** Of `enumerateDevices`; the system's choice if undefined. */
  readonly outputId: string | undefined;
  /** Whether what is said before the call is live is recorded and handed over. */
  readonly recordsEarly: boolean;
  /** The last server event that the session has had. */
  readonly lastEventId: () => string | undefined;
}

/** What a call's media reports; nothing is called after `stop`. */
export interface CallMediaSink {
  /** The server knows the call. */
  readonly onCall: (callId: string) => void;
  readonly onStep: (step: LinkStep) => void;
  readonly onIceState: (state: RTCIceConnectionState) => void;
  /** Media and events flow, for the first time or again. */
  readonly onLive: (kind: LinkKind) => void;
  /** The way is lost for the moment; `onLive` or `onEnded` follows. */
  readonly onUnstable: () => void;
  readonly onMessage: (text: string) => void;
  /** There is no way to the call any more. */
  readonly onEnded: (failure: LinkFailure, error: PrismClientError) => void;
  /** `microphone_ended` or `audio_blocked` and their like: the call goes on without that side. */
  readonly onFailure: (error: PrismClientError) => void;
  /** Devices, permissions, the browser's sound or the page's place changed. */
  readonly onSound: (change: SoundChange) => void;
}

/** The media of one call: microphone, playback, and whatever way to the server there is. */
export interface CallMedia {
  /** Whether the microphone sends silence. */
  isMuted: boolean;
  /** Whether a cleared answer is silent at once, because no buffer of the browser's holds more of it. */
  readonly silencesAtOnce: boolean;
  /** Goes to the server; what comes of it is told to the sink. Called once. */
  connect(): void;
  /**
   * Sends one event. With its id it is kept until the server has it, through changes of the way; without one it is of
   * the moment. Throws `not_connected`, `message_too_large` or `send_queue_full`.
   */
  send(text: string, eventId?: string): void;
  /** The server is about to go, or the call has left it: it is looked for where it was until another server has it. */
  serverLeaves(how: 'draining' | 'moved'): void;
  /** Changes to another microphone; rejects with a `PrismClientError`, and the one before goes on. */
  switchMicrophone(deviceId: string | undefined): Promise<void>;
  /** The page's side of the sound, now. */
  readonly sound: SoundState;
  /** Asks the browser for its sound; called by a gesture of the user. */
  startAudio(): Promise<void>;
  /** Lets the answer be heard by another device; rejects with a `PrismClientError`, and the one before goes on. */
  setOutput(deviceId: string | undefined): Promise<void>;
  /** RMS levels of both sides, now. */
  levels(): LevelSample;
  /** The records of the browser's statistics report, by id. */
  statistics(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  /** Round trip of the newest ping; `undefined` before the first. */
  readonly pingRttMs: number | undefined;
  /** The packet whose sound left the jitter buffer last; `undefined` before the first and where no browser tells. */
  handedOverPacket(): HandedOverPacket | undefined;
  /** From the jitter buffer to the ear, as the browser says of the output device; `undefined` if it doesn't. */
  outputLatencyMs(): number | undefined;
  /**
   * Makes the answer quieter, or lets it be heard again as before; idempotent. Media that `silencesAtOnce` tells
   * `onSilent` of the silence, when it is there.
   */
  fadePlayback(how: FadeStep, onSilent?: SilenceTeller): void;
  /** Stops microphone and playback at once; idempotent. The sink hears nothing from here on. */
  stop(): void;
  /** Stops, and closes the connection; idempotent. */
  close(): void;
}
