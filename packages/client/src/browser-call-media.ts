import type { CallEndpoint } from './call.ts';
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
import { EventLine } from './connection/event-line.ts';
import type { Link, LinkSink } from './connection/link.ts';
import type { LinkMemory } from './connection/link-memory.ts';
import { WebRtcLink } from './connection/webrtc-link.ts';
import type { HandedOverPacket } from './playout-position.ts';
import { SocketMediaLink } from './socket/socket-media-link.ts';
import type { LevelSample } from './turn-latency.ts';

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
  /** Of the links, those that go on with a call, which the server has to take. */
  readonly #continuing = new Set<number>();
  #used: Link | undefined;
  /** Links that this side has done with, silent: the server may know the call by them until it has taken another. */
  #left: Link[] = [];
  readonly #line: EventLine;
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
    this.#plan = new ConnectionPlan(choice, {
      first: parts.memory.first,
      callId: request.callId,
    });
    this.#line = new EventLine(request.lastEventId, {
      onMessage: (text) => sink.onMessage(text),
      onTaken: () => this.#closeLeft(),
      onPong: (clientTimeMs) => {
        this.#pingRttMs = parts.nowMs() - clientTimeMs;
      },
      onUnsendable: (error) => sink.onFailure(error),
    });
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

  send(text: string, eventId?: string): void {
    this.#line.send(text, eventId);
  }

  serverLeaves(how: 'draining' | 'moved'): void {
    this.#post({ type: how });
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
    this.#closeLeft();
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
    if (this.#used !== undefined && !this.#line.isTaking) this.#closeLeft();
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
        return this.#use(action);
      case 'close':
        if (action.isOver === true) this.#drop(this.#links.get(action.link));
        else this.#leave(this.#links.get(action.link));
        this.#links.delete(action.link);
        this.#early.delete(action.link);
        return;
      case 'ping':
        return this.#line.ping(this.#parts.nowMs());
      case 'live':
        return this.#sink.onLive(this.#used?.kind ?? 'webrtc');
      case 'unstable':
        return this.#sink.onUnstable();
      case 'end':
        return this.#sink.onEnded(action.failure, this.#lastError);
    }
  }

  #use({ link: number, kind }: Extract<ConnectionAction, { readonly type: 'use' }>): void {
    const link = this.#links.get(number);
    if (link === undefined) return;
    this.#used = link;
    this.#parts.memory.works(kind);
    this.#line.use(link, { continues: this.#continuing.has(number) });
  }

  /** Closed as soon as the server knows the call by another link, lest it takes this for the end of the call. */
  #leave(link: Link | undefined): void {
    if (link === undefined) return;
    this.#line.leave(link);
    link.detach();
    this.#left.push(link);
  }

  /** Of a call that the server hasn't any more there is nothing to end. */
  #drop(link: Link | undefined): void {
    if (link === undefined) return;
    this.#line.leave(link);
    link.close();
    if (link === this.#used) this.#used = undefined;
  }

  #closeLeft(): void {
    for (const link of this.#left.splice(0)) link.close();
  }

  #open({ link: number, kind, callId }: OpenAction): void {
    const call = callId === undefined ? undefined : { callId };
    if (call !== undefined) this.#continuing.add(number);
    const sink = this.#linkSink(number);
    const { path } = this.#request;
    const endpoint = this.#endpointOf(callId);
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

  /** A new call in the place of one that is gone says so: the server tells then that nothing is continued. */
  #endpointOf(callId: string | undefined): CallEndpoint {
    const { endpoint, lastEventId } = this.#request;
    const last = callId === undefined ? lastEventId() : undefined;
    if (last === undefined) return endpoint;
    return { ...endpoint, query: { ...endpoint.query, last_event_id: last } };
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
    this.#leave(link);
    this.#lastError = error;
    // It may say why.
    if (this.#used === undefined) this.#tellEarly(number);
    this.#early.delete(number);
    this.#post({ type: 'failed', link: number, failure });
  }

  #message(number: number, text: string): void {
    if (this.#links.get(number) !== this.#used) return this.#keepEarly(number, text);
    this.#post({ type: 'heard' });
    this.#line.take(text);
  }

  #keepEarly(number: number, text: string): void {
    const texts = this.#early.get(number) ?? [];
    if (texts.length < EARLY_MESSAGE_COUNT_MAX) texts.push(text);
    this.#early.set(number, texts);
  }

  #tellEarly(number: number): void {
    const texts = this.#early.get(number) ?? [];
    this.#early.delete(number);
    for (const text of texts) if (!this.#isStopped) this.#line.take(text);
  }
}
