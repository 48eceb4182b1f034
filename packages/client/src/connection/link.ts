import type { PrismClientError } from '../client-error.ts';
import type { FadeStep, SilenceTeller } from '../playback-fade.ts';
import type { HandedOverPacket } from '../playout-position.ts';
import type { PlaybackTeller } from '../sound/context-watch.ts';
import type { LinkFailure } from './link-failure.ts';
import type { LinkKind } from './link-kind.ts';

/** The call that a link is to go on with. */
export interface ContinuedCall {
  readonly callId: string;
}

/** What a link tells. Nothing comes after `onFailed`, nor after `detach`; one that has failed is still to be closed. */
export interface LinkSink {
  /** The server knows the call; its media may still be on the way. */
  readonly onAnswered: (callId: string) => void;
  /** Media and events flow. */
  readonly onOpened: (callId: string) => void;
  /** The browser says that the way is lost for the moment, or found again. */
  readonly onShaken: () => void;
  readonly onSteady: () => void;
  readonly onFailed: (failure: LinkFailure, error: PrismClientError) => void;
  readonly onMessage: (text: string) => void;
  readonly onStep: (step: LinkStep) => void;
  /** Whether the answer is heard, as far as the browser says; the call goes on. */
  readonly onPlayback: PlaybackTeller;
  /** Comes again and again from a thread that runs in the background too, where timers of a page hardly do. */
  readonly onPulse: () => void;
  readonly onIceState: (state: RTCIceConnectionState) => void;
}

/** Steps of setting a link up, for the timings. */
export type LinkStep = 'offer_ready' | 'answer_applied' | 'peer_connected' | 'channel_open';

/** One way to a call: its events, the microphone up, the answer down to the loudspeaker. */
export interface Link {
  readonly kind: LinkKind;
  /** Whether a cleared answer is silent at once, because nothing of it is left in a buffer of the browser's. */
  readonly silencesAtOnce: boolean;
  /** Begins; what comes of it is told to the sink. Called once. */
  open(): void;
  /** Sends one event; throws `not_connected`, `message_too_large` or `send_queue_full`. */
  send(text: string): void;
  /** The newest sample that went to the output device; `undefined` before the first. */
  handedOverPacket(): HandedOverPacket | undefined;
  /** From there to the ear; `undefined` where the browser doesn't say. */
  outputLatencyMs(): number | undefined;
  /** Records as in a WebRTC statistics report, by id. */
  statistics(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
  /** RMS of what is heard. */
  agentRms(): number;
  /** Asks the browser for its sound, after a gesture of the user. */
  startAudio(): Promise<void>;
  /** Lets the answer be heard by another device. Rejects with a `PrismClientError`. */
  setOutput(deviceId: string | undefined): Promise<void>;
  fadePlayback(how: FadeStep, onSilent?: SilenceTeller): void;
  /** The microphone has another track. */
  replaceTrack(track: MediaStreamTrack): void;
  /** Silent from now on, and tells nothing any more; idempotent. */
  detach(): void;
  /** Detached, and closed; idempotent. */
  close(): void;
}
