import { type BrowserEnvironment, browserEnvironment } from './browser-environment.ts';
import { type CallEndpoint, exchangeOffer, hangUp } from './call.ts';
import { CallAudio } from './call-audio.ts';
import { PrismClientError } from './client-error.ts';
import { realtimeError } from './error-mapping.ts';
import { type FunctionTool, FunctionTools } from './function-tools.ts';
import { openMicrophone, stopStream } from './microphone.ts';
import { PeerLink } from './peer-link.ts';
import { ResponseActivity } from './response-activity.ts';
import type {
  ConnectOptions,
  SessionListeners,
  SessionPhase,
  SessionStatus,
} from './session-options.ts';
import { type SetupMark, SetupRecorder } from './setup-timings.ts';
import { type CallStatistics, reduceStatistics } from './statistics.ts';
import type { LevelSample } from './turn-latency.ts';
import {
  objectField,
  objectsField,
  parseWireEvent,
  type WireEvent,
  type WireObject,
} from './wire-event.ts';

const defaultConnectTimeoutMs = 20_000;

/** One voice call with Prism: microphone, WebRTC, and the Realtime events on the data channel. */
export class PrismSession {
  readonly #environment: BrowserEnvironment;
  readonly #options: ConnectOptions;
  readonly #listeners: SessionListeners;
  readonly #setup = new SetupRecorder();
  readonly #activity = new ResponseActivity();
  readonly #tools: FunctionTools;
  readonly #abort = new AbortController();
  readonly #releases: (() => void)[] = [];
  #phase: SessionPhase = 'microphone';
  #iceState: RTCIceConnectionState = 'new';
  #callId: string | undefined;
  #audio: CallAudio | undefined;
  #link: PeerLink | undefined;
  #sessionTools: readonly WireObject[] = [];
  #lastServerError: PrismClientError | undefined;
  #statistics: CallStatistics | undefined;
  #settle: ((error: PrismClientError | undefined) => void) | undefined;

  private constructor(
    options: ConnectOptions,
    listeners: SessionListeners,
    environment: BrowserEnvironment,
  ) {
    this.#options = options;
    this.#listeners = listeners;
    this.#environment = environment;
    this.#tools = new FunctionTools({
      send: (event) => {
        this.#trySend(event);
      },
      setTimer: environment.setTimer,
    });
    for (const tool of options.tools ?? []) this.#tools.register(tool);
  }

  /**
   * Opens the microphone, calls Prism and resolves once the session exists (`session.created`).
   * Rejects with a `PrismClientError`, and nothing stays open then.
   */
  static async connect(
    options: ConnectOptions,
    listeners: SessionListeners = {},
    environment: BrowserEnvironment = browserEnvironment(),
  ): Promise<PrismSession> {
    const session = new PrismSession(options, listeners, environment);
    try {
      await session.#connect();
    } catch (failure) {
      const error =
        failure instanceof PrismClientError
          ? failure
          : new PrismClientError('answer_invalid', { cause: failure });
      session.#end(error);
      throw error;
    }
    return session;
  }

  /** The connection as it is now. */
  get status(): SessionStatus {
    return {
      phase: this.#phase,
      iceState: this.#iceState,
      callId: this.#callId,
      setup: this.#setup.timings(),
    };
  }

  /** Whether the microphone sends silence. */
  get isMuted(): boolean {
    return this.#audio?.isMuted ?? false;
  }

  /** RMS levels of both sides, now. */
  levels(): LevelSample {
    return this.#audio?.levels() ?? { microphoneRms: 0, agentRms: 0 };
  }

  /** A snapshot of the media statistics; `undefined` after the end of the call. */
  async statistics(): Promise<CallStatistics | undefined> {
    const records = await this.#link?.statistics();
    if (records === undefined || this.#phase === 'closed') return undefined;
    this.#statistics = reduceStatistics(records, this.#statistics);
    return this.#statistics;
  }

  /** Sends a Realtime client event; throws a `PrismClientError` if it cannot leave. */
  send(event: WireEvent): void {
    const text = JSON.stringify(event);
    if (this.#link === undefined) throw new PrismClientError('not_connected');
    this.#link.send(text);
    this.#notify(() => this.#listeners.onClientEvent?.(event, text.length));
  }

  /** Says something by text; like speaking up, it interrupts a running answer. */
  sendText(text: string): void {
    if (this.#activity.isGenerating || this.#activity.isPlaying) this.interrupt();
    this.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
    this.send({ type: 'response.create' });
  }

  /** Lets the microphone send silence. */
  mute(): void {
    if (this.#audio !== undefined) this.#audio.isMuted = true;
  }

  /** Lets the microphone be heard again. */
  unmute(): void {
    if (this.#audio !== undefined) this.#audio.isMuted = false;
  }

  /** Stops the answer: generation if it still runs, and what is left of its playback. */
  interrupt(): void {
    if (this.#activity.isGenerating) this.send({ type: 'response.cancel' });
    this.send({ type: 'output_audio_buffer.clear' });
  }

  /** Lets the model call a function in this page; a live session is updated at once. */
  onFunctionCall(
    name: string,
    schema: { readonly description?: string; readonly parameters: WireObject },
    handler: FunctionTool['handler'],
  ): void {
    this.#tools.register({ name, ...schema, handler });
    if (this.#phase === 'live' || this.#phase === 'unstable') this.#updateSession({});
  }

  /** Hangs up and frees everything; idempotent. */
  close(): void {
    this.#end(undefined);
  }

  async #connect(): Promise<void> {
    const { signal } = this.#options;
    if (signal?.aborted === true) throw new PrismClientError('connect_aborted');
    const onAbort = (): void => {
      this.close();
    };
    signal?.addEventListener('abort', onAbort);
    this.#releases.push(
      () => signal?.removeEventListener('abort', onAbort),
      this.#environment.onPageHide(onAbort),
    );
    this.#mark('started');
    this.#openAudio(await this.#openMicrophone());
    this.#mark('microphone_open');
    const cancelTimer = this.#environment.setTimer(() => {
      this.#end(this.#lastServerError ?? new PrismClientError('connect_timeout'));
    }, this.#options.connectTimeoutMs ?? defaultConnectTimeoutMs);
    this.#releases.push(cancelTimer);
    const created = this.#untilCreated();
    await Promise.all([this.#signal(), created]);
    cancelTimer();
  }

  #untilCreated(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#settle = (error) => {
        this.#settle = undefined;
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }

  async #openMicrophone(): Promise<MediaStream> {
    if (this.#environment.createPeerConnection === undefined) {
      throw new PrismClientError('webrtc_unsupported');
    }
    this.#report();
    const stream = this.#options.mediaStream ?? (await openMicrophone(this.#environment));
    if (this.#phase === 'closed') {
      if (this.#options.mediaStream === undefined) stopStream(stream);
      throw new PrismClientError('connect_aborted');
    }
    return stream;
  }

  #openAudio(microphone: MediaStream): void {
    const { audioElement, mediaStream } = this.#options;
    const ownsMicrophone = mediaStream === undefined;
    this.#audio = new CallAudio(this.#environment, { microphone, ownsMicrophone, audioElement });
    const connection = this.#environment.createPeerConnection?.({
      iceServers: this.#options.iceServers ?? [],
    });
    if (connection === undefined) throw new PrismClientError('webrtc_unsupported');
    for (const track of microphone.getAudioTracks()) {
      const onEnded = (): void => {
        this.#fail(new PrismClientError('microphone_ended'));
      };
      track.addEventListener('ended', onEnded);
      this.#releases.push(() => {
        track.removeEventListener('ended', onEnded);
      });
    }
    this.#link = this.#openLink(connection, microphone);
  }

  #openLink(connection: RTCPeerConnection, microphone: MediaStream): PeerLink {
    return new PeerLink(connection, microphone, {
      onTrack: (stream) => {
        this.#audio?.play(stream).catch((failure: unknown) => {
          if (failure instanceof PrismClientError) this.#fail(failure);
        });
      },
      onIceState: (state) => {
        this.#iceState = state;
        if (state === 'connected' || state === 'completed') this.#mark('ice_connected');
        this.#report();
      },
      onPeerState: (state) => {
        this.#onPeerState(state);
      },
      onChannelOpen: () => {
        this.#mark('channel_open');
        this.#report();
      },
      onMessage: (text) => {
        const event = parseWireEvent(text);
        if (event !== undefined) this.#onServerEvent(event, text.length);
      },
      onChannelClosed: () => {
        this.#end(this.#closingError());
      },
    });
  }

  async #signal(): Promise<void> {
    const link = this.#link;
    if (link === undefined) return;
    this.#enter('signalling');
    const offerSdp = await link.makeOffer();
    this.#mark('offer_ready');
    const { answerSdp, callId } = await exchangeOffer(this.#environment, this.#endpoint(), {
      offerSdp,
      signal: this.#abort.signal,
    });
    if (this.#isClosed()) {
      if (callId !== undefined) void hangUp(this.#environment, this.#endpoint(), callId);
      return;
    }
    this.#callId = callId;
    this.#enter('connecting');
    await link.applyAnswer(answerSdp);
    this.#mark('answer_applied');
  }

  #endpoint(): CallEndpoint {
    return { url: this.#options.url, apiKey: this.#options.apiKey };
  }

  #isClosed(): boolean {
    return this.#phase === 'closed';
  }

  #onPeerState(state: RTCPeerConnectionState): void {
    if (state === 'connected') {
      this.#mark('peer_connected');
      if (this.#phase === 'unstable') this.#enter('live');
    } else if (state === 'disconnected') {
      if (this.#phase === 'live') this.#enter('unstable');
    } else if (state === 'failed') {
      this.#end(new PrismClientError('ice_failed'));
    }
  }

  #onServerEvent(event: WireEvent, sizeCharacters: number): void {
    this.#activity.handle(event);
    this.#notify(() => this.#listeners.onServerEvent?.(event, sizeCharacters));
    if (event.type === 'session.created') this.#onSessionCreated(event);
    if (event.type === 'error') {
      this.#lastServerError = realtimeError(event);
      this.#fail(this.#lastServerError);
    }
    this.#tools.handle(event);
  }

  #onSessionCreated(event: WireEvent): void {
    this.#mark('session_created');
    this.#sessionTools = objectsField(objectField(event, 'session'), 'tools');
    this.#enter('live');
    const config = this.#options.sessionConfig;
    if (config !== undefined || this.#tools.count > 0) this.#updateSession(config ?? {});
    this.#settle?.(undefined);
  }

  #updateSession(config: WireObject): void {
    const configured = Array.isArray(config.tools) ? objectsField(config, 'tools') : undefined;
    this.#sessionTools = configured ?? this.#sessionTools;
    const tools =
      this.#tools.count > 0 ? { tools: this.#tools.definitions(this.#sessionTools) } : {};
    this.#trySend({ type: 'session.update', session: { ...config, ...tools, type: 'realtime' } });
  }

  #trySend(event: WireEvent): void {
    if (this.#isClosed()) return;
    try {
      this.send(event);
    } catch (failure) {
      if (failure instanceof PrismClientError) this.#fail(failure);
      else throw failure;
    }
  }

  /** Why the server may have closed the call: an error just before it is the better answer. */
  #closingError(): PrismClientError {
    const last = this.#lastServerError;
    if (last === undefined) return new PrismClientError('connection_closed');
    const { serverCode, message } = last;
    return new PrismClientError('connection_closed', { serverCode, message, cause: last });
  }

  #mark(step: SetupMark): void {
    this.#setup.mark(step, this.#environment.nowMs());
  }

  #enter(phase: SessionPhase): void {
    if (this.#isClosed()) return;
    this.#phase = phase;
    this.#report();
  }

  #report(): void {
    this.#notify(() => this.#listeners.onStatus?.(this.status));
  }

  #fail(error: PrismClientError): void {
    this.#notify(() => this.#listeners.onError?.(error));
  }

  /** Runs a listener; what it throws surfaces as an uncaught error of the page, not of the call. */
  #notify(listener: () => void): void {
    try {
      listener();
    } catch (failure) {
      this.#environment.reportError(failure);
    }
  }

  #end(error: PrismClientError | undefined): void {
    if (this.#isClosed()) return;
    const wasLive = this.#phase === 'live' || this.#phase === 'unstable';
    this.#phase = 'closed';
    this.#abort.abort();
    for (const release of this.#releases.splice(0)) release();
    this.#tools.close();
    this.#link?.close();
    this.#audio?.close();
    this.#iceState = 'closed';
    const isServerGone = error?.code === 'connection_closed';
    if (this.#callId !== undefined && !isServerGone) {
      void hangUp(this.#environment, this.#endpoint(), this.#callId);
    }
    this.#settle?.(error ?? new PrismClientError('connect_aborted'));
    this.#report();
    if (wasLive) this.#notify(() => this.#listeners.onClosed?.(error));
  }
}
