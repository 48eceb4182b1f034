import type { CallMedia, CallMediaRequest, CallMediaSink } from './call-media.ts';
import { PrismClientError } from './client-error.ts';
import { withCandidatesOf } from './connection/answer-candidates.ts';
import { AnswerPlayback } from './connection/answer-playback.ts';
import { CallMicrophone } from './connection/call-microphone.ts';
import {
  type ConnectionAction,
  type ConnectionInput,
  ConnectionPlan,
  type LinkFailure,
} from './connection/connection-plan.ts';
import type { Link, LinkSink } from './connection/link.ts';
import type { LinkMemory } from './connection/link-memory.ts';
import { WebRtcLink } from './connection/webrtc-link.ts';
import type { HandedOverPacket } from './playout-position.ts';
import { SocketMediaLink } from './socket/socket-media-link.ts';
import type { LevelSample } from './turn-latency.ts';

/** How an answer to a ping begins; it is for this layer alone. */
const PONG_START = '{"type":"prism.pong"';

/** Messages of a link that isn't in use yet; the server tells them again to who asks for them. */
const EARLY_MESSAGE_COUNT_MAX = 256;

type OpenAction = Extract<ConnectionAction, { readonly type: 'open' }>;

export interface BrowserCallMediaParts {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly nowMs: () => number;
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  readonly memory: LinkMemory;
}

/** A call's media in a browser: a microphone, and the links that the plan opens. */
export class BrowserCallMedia implements CallMedia {
  readonly #request: CallMediaRequest;
  readonly #sink: CallMediaSink;
  readonly #parts: BrowserCallMediaParts;
  readonly #context: AudioContext | undefined;
  readonly #microphone: CallMicrophone;
  readonly #plan: ConnectionPlan;
  readonly #links = new Map<number, Link>();
  #used: Link | undefined;
  /** What links have brought that aren't in use yet: whoever answers it needs a link that is. */
  readonly #early = new Map<number, string[]>();
  #lastError = new PrismClientError('connection_lost');
  #cancelTimer: (() => void) | undefined;
  #pingRttMs: number | undefined;
  #isStopped = false;

  private constructor(
    microphone: CallMicrophone,
    context: AudioContext | undefined,
    {
      request,
      sink,
      parts,
    }: {
      readonly request: CallMediaRequest;
      readonly sink: CallMediaSink;
      readonly parts: BrowserCallMediaParts;
    },
  ) {
    this.#microphone = microphone;
    this.#context = context;
    this.#request = request;
    this.#sink = sink;
    this.#parts = parts;
    const canWebRtc = 'RTCPeerConnection' in window;
    const choice = canWebRtc ? request.transport : 'websocket';
    this.#plan = new ConnectionPlan(choice, parts.memory.first);
    window.addEventListener('online', this.#onNetworkChange);
  }

  /** Opens the microphone unless a stream was given. */
  static async open(
    request: CallMediaRequest,
    sink: CallMediaSink,
    parts: BrowserCallMediaParts,
  ): Promise<BrowserCallMedia> {
    const context = 'AudioContext' in window ? new AudioContext() : undefined;
    let media: BrowserCallMedia | undefined;
    try {
      const microphone = await CallMicrophone.open(
        { mediaStream: request.mediaStream, deviceId: request.microphoneId, context },
        {
          onTrack: (track) => media?.switchTrack(track),
          onEnded: (error) => sink.onFailure(error),
        },
      );
      media = new BrowserCallMedia(microphone, context, { request, sink, parts });
      return media;
    } catch (failure) {
      void context?.close();
      throw failure;
    }
  }

  get isMuted(): boolean {
    return this.#microphone.isMuted;
  }

  set isMuted(isMuted: boolean) {
    this.#microphone.isMuted = isMuted;
  }

  get silencesAtOnce(): boolean {
    return this.#used?.silencesAtOnce ?? false;
  }

  get pingRttMs(): number | undefined {
    return this.#pingRttMs;
  }

  connect(): void {
    this.#post({ type: 'start' });
  }

  send(text: string): void {
    if (this.#used === undefined) throw new PrismClientError('not_connected');
    this.#used.send(text);
  }

  switchMicrophone(deviceId: string | undefined): Promise<void> {
    return this.#microphone.switchTo(deviceId);
  }

  /** The microphone has another track. */
  switchTrack(track: MediaStreamTrack): void {
    for (const link of this.#links.values()) link.replaceTrack(track);
  }

  levels(): LevelSample {
    const agentRms = this.#used?.agentRms() ?? 0;
    return { microphoneRms: this.#microphone.rms(), agentRms };
  }

  statistics(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
    return this.#used?.statistics() ?? Promise.resolve(new Map());
  }

  handedOverPacket(): HandedOverPacket | undefined {
    return this.#used?.handedOverPacket();
  }

  outputLatencyMs(): number | undefined {
    return this.#used?.outputLatencyMs();
  }

  softenPlayback(): void {
    this.#used?.softenPlayback();
  }

  silencePlayback(): void {
    this.#used?.silencePlayback();
  }

  restorePlayback(): void {
    this.#used?.restorePlayback();
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cancelTimer?.();
    window.removeEventListener('online', this.#onNetworkChange);
    for (const link of this.#links.values()) link.detach();
    this.#microphone.close();
    // Closing an audio context cannot fail in a way that matters: the graph is disconnected.
    void this.#context?.close().catch(() => undefined);
  }

  close(): void {
    this.stop();
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
    this.#used = undefined;
  }

  readonly #onNetworkChange = (): void => {
    this.#post({ type: 'network_changed' });
  };

  #post(input: ConnectionInput): void {
    if (this.#isStopped) return;
    const actions = this.#plan.handle(input, this.#parts.nowMs());
    for (const action of actions) this.#perform(action);
    this.#arm();
    for (const action of actions) if (action.type === 'use') this.#tellEarly(action.link);
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const atMs = this.#plan.deadlineMs;
    if (atMs === undefined || this.#isStopped) return;
    const delayMs = Math.max(0, atMs - this.#parts.nowMs());
    this.#cancelTimer = this.#parts.setTimer(() => this.#post({ type: 'deadline' }), delayMs);
  }

  #perform(action: ConnectionAction): void {
    if (this.#isStopped) return;
    switch (action.type) {
      case 'open':
        return this.#open(action);
      case 'use':
        this.#used = this.#links.get(action.link);
        this.#parts.memory.works(action.kind);
        return;
      case 'close':
        this.#links.get(action.link)?.close();
        this.#links.delete(action.link);
        this.#early.delete(action.link);
        return;
      case 'ping':
        return this.#ping();
      case 'live':
        return this.#sink.onLive(this.#used?.kind ?? 'webrtc');
      case 'unstable':
        return this.#sink.onUnstable();
      case 'end':
        return this.#sink.onEnded(action.failure, this.#lastError);
    }
  }

  #open({ link: number, kind, callId, isSuccessor }: OpenAction): void {
    const lastEventId = this.#request.lastEventId();
    const call = callId === undefined ? undefined : { callId, lastEventId, isSuccessor };
    const sink = this.#linkSink(number);
    const { endpoint, path } = this.#request;
    const microphone = this.#microphone.stream;
    const link =
      kind === 'webrtc'
        ? new WebRtcLink(
            {
              endpoint,
              fetch: this.#parts.fetch,
              connection: this.#newConnection(),
              microphone,
              playback: new AnswerPlayback(this.#request.audioElement, this.#context),
              call,
              editAnswer: (sdp) => withCandidatesOf(sdp, path),
            },
            sink,
          )
        : new SocketMediaLink(
            {
              endpoint,
              microphone,
              call,
            },
            sink,
          );
    this.#links.set(number, link);
    link.open();
  }

  #newConnection(): RTCPeerConnection {
    const { iceServers, path } = this.#request;
    return new RTCPeerConnection({
      iceServers,
      iceTransportPolicy: path === 'relay' ? 'relay' : 'all',
    });
  }

  #linkSink(number: number): LinkSink {
    return {
      onAnswered: (callId) => {
        this.#sink.onCall(callId);
        this.#post({ type: 'answered', link: number, callId });
      },
      onOpened: (callId) => this.#post({ type: 'opened', link: number, callId }),
      onShaken: () => this.#post({ type: 'shaken', link: number }),
      onSteady: () => this.#post({ type: 'steady', link: number }),
      onFailed: (failure, error) => this.#linkFailed(number, failure, error),
      onMessage: (text) => this.#message(number, text),
      onStep: (step) => this.#sink.onStep(step),
      onBlocked: (error) => this.#sink.onFailure(error),
      onIceState: (state) => this.#sink.onIceState(state),
    };
  }

  #linkFailed(number: number, failure: LinkFailure, error: PrismClientError): void {
    const link = this.#links.get(number);
    this.#links.delete(number);
    if (link !== undefined && link === this.#used) this.#used = undefined;
    this.#lastError = error;
    // It may say why.
    if (this.#used === undefined) this.#tellEarly(number);
    this.#early.delete(number);
    this.#post({ type: 'failed', link: number, failure });
  }

  #message(number: number, text: string): void {
    if (this.#links.get(number) !== this.#used) return this.#keepEarly(number, text);
    this.#post({ type: 'heard' });
    if (text.startsWith(PONG_START)) this.#pong(text);
    else this.#sink.onMessage(text);
  }

  #keepEarly(number: number, text: string): void {
    const texts = this.#early.get(number) ?? [];
    if (texts.length < EARLY_MESSAGE_COUNT_MAX) texts.push(text);
    this.#early.set(number, texts);
  }

  #tellEarly(number: number): void {
    const texts = this.#early.get(number) ?? [];
    this.#early.delete(number);
    for (const text of texts) if (!this.#isStopped) this.#sink.onMessage(text);
  }

  #ping(): void {
    try {
      const clientTimeMs = this.#parts.nowMs();
      this.#used?.send(JSON.stringify({ type: 'prism.ping', client_time_ms: clientTimeMs }));
    } catch (failure) {
      // What can't be sent isn't answered, which is what the plan goes by.
      if (!(failure instanceof PrismClientError)) throw failure;
    }
  }

  #pong(text: string): void {
    const { client_time_ms: clientTimeMs } = JSON.parse(text) as { client_time_ms?: unknown };
    if (typeof clientTimeMs === 'number') this.#pingRttMs = this.#parts.nowMs() - clientTimeMs;
  }
}
