import type { CallEndpoint } from './call.ts';
import type { CallMedia, CallMediaRequest, CallMediaSink } from './call-media.ts';
import { PrismClientError } from './client-error.ts';
import { CallMicrophone } from './connection/call-microphone.ts';
import {
  type ConnectionAction,
  type ConnectionInput,
  ConnectionPlan,
} from './connection/connection-plan.ts';
import { EarlyMessages } from './connection/early-messages.ts';
import { EventLine } from './connection/event-line.ts';
import type { Link, LinkSink } from './connection/link.ts';
import type { LinkFailure } from './connection/link-failure.ts';
import { type LinkMakerParts, makeLink } from './connection/link-maker.ts';
import type { LinkMemory } from './connection/link-memory.ts';
import type { LevelSample } from './level-meter.ts';
import type { FadeStep, SilenceTeller } from './playback-fade.ts';
import type { HandedOverPacket } from './playout-position.ts';
import { CallSound } from './sound/call-sound.ts';
import { EarlyHandover, listeningTap } from './sound/early-handover.ts';
import { MicrophoneTap } from './sound/microphone-tap.ts';
import type { SoundChange, SoundState } from './sound/sound-state.ts';

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
  readonly #handover: EarlyHandover;
  readonly #sound: CallSound;
  readonly #linkParts: LinkMakerParts;
  readonly #links = new Map<number, Link>();
  /** Of the links, those that go on with a call, which the server has to take. */
  readonly #continuing = new Set<number>();
  #used: Link | undefined;
  /** Links that this side has done with, silent: the server may know the call by them until it has taken another. */
  #left: Link[] = [];
  readonly #line: EventLine;
  readonly #early = new EarlyMessages();
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
      tap,
    }: {
      readonly request: CallMediaRequest;
      readonly sink: CallMediaSink;
      readonly parts: BrowserCallMediaParts;
      readonly tap: MicrophoneTap | undefined;
    },
  ) {
    this.#microphone = microphone;
    this.#context = context;
    this.#request = request;
    this.#sink = sink;
    this.#parts = parts;
    this.#handover = new EarlyHandover(tap, {
      microphone: () => microphone.stream,
      setTimer: parts.setTimer,
    });
    this.#sound = new CallSound({
      page: window,
      outputId: request.outputId,
      microphone: () => microphone,
      setOutput: (deviceId) => this.#setOutput(deviceId),
      tell: (change) => this.soundChanged(change),
    });
    this.#linkParts = {
      request,
      fetch: parts.fetch,
      microphone: () => microphone.stream,
      handover: this.#handover,
      context,
      outputId: () => this.#sound.state.outputId,
    };
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
    // Made while the user is asked for the microphone, so that not even its first moment is missed.
    const prepared = request.recordsEarly ? MicrophoneTap.prepare().catch(() => undefined) : null;
    let media: BrowserCallMedia | undefined;
    try {
      const microphone = await CallMicrophone.open(
        {
          mediaStream: request.mediaStream,
          deviceId: request.microphoneId,
          context,
          page: window,
        },
        {
          onTrack: (track) => media?.switchTrack(track),
          onChanged: (cause) => media?.soundChanged({ type: 'microphone', cause }),
          onLost: (error) => media?.soundChanged({ type: 'microphone_lost', error }),
        },
      );
      const tap = listeningTap((await prepared) ?? undefined, microphone.stream);
      media = new BrowserCallMedia(microphone, context, { request, sink, parts, tap });
      return media;
    } catch (failure) {
      void prepared?.then((tap) => tap?.close());
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

  get sound(): SoundState {
    return this.#sound.state;
  }

  setOutput(deviceId: string | undefined): Promise<void> {
    return this.#sound.chooseOutput(deviceId);
  }

  async startAudio(): Promise<void> {
    await this.#used?.startAudio();
  }

  /** Something changed about the page's side of the sound. */
  soundChanged(change: SoundChange): void {
    if (this.#isStopped) return;
    if ('error' in change && change.error !== undefined) this.#sink.onFailure(change.error);
    this.#sink.onSound(change);
  }

  /** The microphone has another track. */
  switchTrack(track: MediaStreamTrack): void {
    this.#handover.microphoneChanged();
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

  fadePlayback(how: FadeStep, onSilent?: SilenceTeller): void {
    this.#used?.fadePlayback(how, onSilent);
  }

  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#cancelTimer?.();
    window.removeEventListener('online', this.#onNetworkChange);
    this.#request.prepared?.close();
    for (const link of this.#links.values()) link.detach();
    this.#handover.close();
    this.#sound.close();
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
    // A timer of a page in the background may take a minute, however short it is.
    if (delayMs === 0) queueMicrotask(() => this.#elapse());
    else this.#cancelTimer = this.#parts.setTimer(() => this.#post({ type: 'deadline' }), delayMs);
  }

  #elapse(): void {
    const atMs = this.#plan.deadlineMs;
    if (atMs !== undefined && atMs <= this.#parts.nowMs()) this.#post({ type: 'deadline' });
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
        this.#early.take(action.link);
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
    this.#handover.use(number, link);
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
    const wanted = { number, kind, call, endpoint: this.#endpointOf(callId) };
    const link = makeLink(this.#linkParts, wanted, this.#linkSink(number));
    this.#links.set(number, link);
    link.open();
  }

  /** Whether the answer comes by this link, or by none yet. */
  #isHeard(number: number): boolean {
    return this.#used === undefined || this.#links.get(number) === this.#used;
  }

  async #setOutput(deviceId: string | undefined): Promise<void> {
    await this.#used?.setOutput(deviceId);
  }

  /** A new call in the place of one that is gone says so: the server tells then that nothing is continued. */
  #endpointOf(callId: string | undefined): CallEndpoint {
    const { endpoint, lastEventId } = this.#request;
    const last = callId === undefined ? lastEventId() : undefined;
    if (last === undefined) return endpoint;
    return { ...endpoint, query: { ...endpoint.query, last_event_id: last } };
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
      onPlayback: (state, error) => {
        if (this.#isHeard(number)) this.#sound.played(state, error);
      },
      onPulse: () => this.#elapse(),
      onIceState: (state) => this.#sink.onIceState(state),
    };
  }

  #linkFailed(number: number, failure: LinkFailure, error: PrismClientError): void {
    const link = this.#links.get(number);
    this.#links.delete(number);
    if (link !== undefined && link === this.#used) {
      this.#used = undefined;
      this.#handover.lost();
    }
    this.#leave(link);
    this.#lastError = error;
    // It may say why.
    if (this.#used === undefined) this.#tellEarly(number);
    this.#early.take(number);
    this.#post({ type: 'failed', link: number, failure });
  }

  #message(number: number, text: string): void {
    if (this.#links.get(number) !== this.#used) return this.#early.keep(number, text);
    this.#post({ type: 'heard' });
    this.#line.take(text);
  }

  #tellEarly(number: number): void {
    for (const text of this.#early.take(number)) if (!this.#isStopped) this.#line.take(text);
  }
}
