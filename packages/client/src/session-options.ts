import type { Action } from './actions/action.ts';
import type { WebRtcPath } from './call-media.ts';
import type { PrismClientError } from './client-error.ts';
import type { LinkKind, TransportChoice } from './connection/link-kind.ts';
import type { PreparedWay } from './connection/prepared-peer.ts';
import type { TokenGetter } from './connection/tokens.ts';
import type { SetupTimings } from './setup-timings.ts';
import type { SoundChange, SoundState } from './sound/sound-state.ts';
import type { AnswerOutput } from './sound/web-audio-output.ts';
import type { WireEvent, WireObject } from './wire-event.ts';

/** How to connect and with what. */
export interface ConnectOptions {
  /** Base address of Prism, such as `http://localhost:8080`. */
  readonly url: string;
  /** What it is let in with: an `ek_…` client secret, or a server key in development. */
  readonly token?: string | undefined;
  /**
   * Gets a token from your own back end: before the call if there is no `token`, and again when the server doesn't take
   * the one there was. Has 10 s.
   */
  readonly getToken?: TokenGetter | undefined;
  /** Audio to send instead of the microphone; it is not stopped when the call ends. */
  readonly mediaStream?: MediaStream | undefined;
  /** Plays the answer; a detached element is made if absent. */
  readonly audioElement?: HTMLAudioElement | undefined;
  /** Of `enumerateDevices`; the system's microphone if absent. */
  readonly microphoneId?: string | undefined;
  /**
   * Where the answer is heard: `element`, if absent, plays it with `audioElement`; `web-audio` with an audio context; a
   * node is one of the page's own, which the answer is connected to. A WebSocket's sound is Web Audio's in any case.
   */
  readonly output?: AnswerOutput | undefined;
  /** The output device, of `enumerateDevices`; the system's own if absent. */
  readonly outputId?: string | undefined;
  /**
   * How the call may travel: `auto`, if absent, begins with WebRTC and changes to a WebSocket and back as the network
   * allows.
   */
  readonly transport?: TransportChoice | undefined;
  /** Which of WebRTC's paths may be used, to try one out; ICE finds the best if absent. */
  readonly path?: WebRtcPath | undefined;
  /** Whether what is said from the open microphone on is heard, though the call isn't live yet; true if absent. */
  readonly earlyAudio?: boolean | undefined;
  /** The model; the server's own if absent. */
  readonly model?: string | undefined;
  /** The agent, where the key leaves the choice. */
  readonly agent?: string | undefined;
  /** Values for the variables of `agent`. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** Sent in a `session.update` once the session exists, `type` added. */
  readonly sessionConfig?: WireObject | undefined;
  /** What the model can do on this page from the beginning on; `onAction` adds more. */
  readonly actions?: readonly Action[] | undefined;
  /**
   * STUN and TURN servers; none if absent, since Prism needs none where its media port is reachable. `server` asks
   * Prism for those it has, and does without if it can't tell.
   */
  readonly iceServers?: RTCIceServer[] | 'server' | undefined;
  /** A call that was prepared with the same options; one that comes too late is as if it weren't there. */
  readonly prepared?: PreparedWay | undefined;
  /** Longest time from the open microphone to `session.created`; 20 s if absent. */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * `reload`: the call goes on when the page is loaded anew, instead of being hung up. `connect` then comes back to it,
   * within the 30 s that the server waits and in the same tab, and `restored` has the conversation so far. The token of
   * the call is in `sessionStorage` for that time, where scripts of the page's origin can read it.
   */
  readonly resume?: 'reload' | undefined;
  /** Ends the attempt, or the call, when aborted. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Where a session stands. `unstable` is a live call whose network path is lost for the moment;
 * it becomes `live` again or `closed`.
 */
export type SessionPhase =
  | 'microphone'
  | 'signalling'
  | 'connecting'
  | 'live'
  | 'unstable'
  | 'closed';

/** A session's connection as it is now. */
export interface SessionStatus {
  readonly phase: SessionPhase;
  readonly iceState: RTCIceConnectionState;
  readonly callId: string | undefined;
  /** What carries the call; undefined until something does. */
  readonly link: LinkKind | undefined;
  readonly setup: SetupTimings;
}

/** Who may listen to a session. A listener that throws stops nothing but itself. */
export interface SessionListeners {
  /** Phase, ICE state or setup timings changed. */
  readonly onStatus?: (status: SessionStatus) => void;
  /** A server event arrived; `sizeCharacters` is the length of its JSON text. */
  readonly onServerEvent?: (event: WireEvent, sizeCharacters: number) => void;
  /** A client event was sent. */
  readonly onClientEvent?: (event: WireEvent, sizeCharacters: number) => void;
  /** Something failed that did not end the call; what ended it comes with `onClosed`. */
  readonly onError?: (error: PrismClientError) => void;
  /**
   * Something about the page's sound changed: devices, permissions, playback, the background
   * (`docs/reference/client-events.md`). An `error` in it is told by `onError` too.
   */
  readonly onSound?: (change: SoundChange, sound: SoundState) => void;
  /** The call that was live ended; `error` is absent if this side hung up. */
  readonly onClosed?: (error: PrismClientError | undefined) => void;
}
