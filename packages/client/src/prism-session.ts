import type { ClientEvent, PrismClientEvent } from '@prism/protocol';
import { type BrowserEnvironment, browserEnvironment } from './browser-environment.ts';
import { type CallEndpoint, hangUp } from './call.ts';
import type { CallMedia, CallMediaSink } from './call-media.ts';
import { type ClientErrorCode, PrismClientError } from './client-error.ts';
import type { LinkFailure, LinkKind } from './connection/connection-plan.ts';
import { SeenEvents } from './connection/seen-events.ts';
import { realtimeError } from './error-mapping.ts';
import { type FunctionTool, FunctionTools } from './function-tools.ts';
import { fetchIceServers } from './ice-servers.ts';
import { PlayoutReporter } from './playout-reporter.ts';
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

const CONNECT_TIMEOUT_MS_DEFAULT = 20_000;

const HANG_UP_TIMEOUT_MS = 1000;

/** An error event explains the end of a live call only if it came this shortly before. */
const CLOSING_ERROR_AGE_MS_MAX = 2000;

/** What ends a live call for want of a way to it. */
const CODE_BY_FAILURE: Readonly<Partial<Record<LinkFailure, ClientErrorCode>>> = {
  network: 'connection_lost',
  call_gone: 'call_gone',
  draining: 'server_draining',
};

/** One voice call with Prism: microphone, loudspeaker, and the Realtime events, by WebRTC or WebSocket. */
export class PrismSession {
  readonly #environment: BrowserEnvironment;
  readonly #options: ConnectOptions;
  readonly #listeners: SessionListeners;
  readonly #endpoint: CallEndpoint;
  readonly #setup = new SetupRecorder();
  readonly #activity = new ResponseActivity();
  readonly #tools: FunctionTools;
  readonly #abort = new AbortController();
  readonly #releases: (() => void)[] = [];
  #phase: SessionPhase = 'microphone';
  #iceState: RTCIceConnectionState = 'new';
  #callId: string | undefined;
  #link: LinkKind | undefined;
  readonly #seen = new SeenEvents();
  #media: CallMedia | undefined;
  #reporter: PlayoutReporter | undefined;
  #sessionTools: readonly WireObject[] = [];
  #lastServerError: { readonly error: PrismClientError; readonly atMs: number } | undefined;
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
    this.#endpoint = { url: options.url, apiKey: options.apiKey, query: queryOf(options) };
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
      return session;
    } catch (failure) {
      const error =
        failure instanceof PrismClientError
          ? failure
          : new PrismClientError('setup_failed', { cause: failure });
      session.#end(error);
      throw error;
    }
  }

  /** The connection as it is now. */
  get status(): SessionStatus {
    return {
      phase: this.#phase,
      iceState: this.#iceState,
      callId: this.#callId,
      link: this.#link,
      setup: this.#setup.timings(),
    };
  }

  /** Whether the microphone sends silence. */
  get isMuted(): boolean {
    return this.#media?.isMuted ?? false;
  }

  /** RMS levels of both sides, now. */
  levels(): LevelSample {
    return this.#media?.levels() ?? { microphoneRms: 0, agentRms: 0 };
  }

  /** A snapshot of the media statistics; `undefined` after the end of the call. */
  async statistics(): Promise<CallStatistics | undefined> {
    const records = await this.#media?.statistics();
    if (records === undefined || this.#isClosed()) return undefined;
    this.#statistics = reduceStatistics(records, this.#statistics);
    return this.#statistics;
  }

  /** Sends an event of the Realtime API, or one of Prism's own; throws a `PrismClientError` if it cannot leave. */
  send(event: ClientEvent | PrismClientEvent): void {
    this.#send(event);
  }

  /** Says something by text; like speaking up, it interrupts a running answer. */
  sendText(text: string): void {
    if (this.#activity.isGenerating || this.#activity.isPlaying) this.interrupt();
    this.#send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
    this.#send({ type: 'response.create' });
  }

  /** Lets the microphone send silence. */
  mute(): void {
    if (this.#media !== undefined) this.#media.isMuted = true;
  }

  /** Lets the microphone be heard again. */
  unmute(): void {
    if (this.#media !== undefined) this.#media.isMuted = false;
  }

  /** Changes to another microphone, by its id in `enumerateDevices`; the one before goes on if that fails. */
  async switchMicrophone(deviceId: string | undefined): Promise<void> {
    if (this.#media === undefined || this.#isClosed()) throw new PrismClientError('not_connected');
    await this.#media.switchMicrophone(deviceId);
  }

  /** Stops the answer: generation if it still runs, and what is left of its playback. */
  interrupt(): void {
    if (this.#activity.isGenerating) this.#send({ type: 'response.cancel' });
    this.#send({ type: 'output_audio_buffer.clear' });
  }

  /** Lets the model call a function in this page; a live session is updated at once. */
  onFunctionCall(
    name: string,
    schema: { readonly description?: string; readonly parameters: WireObject },
    handler: FunctionTool['handler'],
  ): void {
    this.#tools.register({ name, ...schema, handler });
    if (this.#isLive()) this.#updateSession({});
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
    this.#report();
    const media = await this.#openMedia();
    this.#mark('microphone_open');
    const created = this.#untilCreated();
    this.#enter('signalling');
    media.connect();
    await created;
  }

  async #iceServers(): Promise<RTCIceServer[]> {
    const { iceServers = [] } = this.#options;
    if (iceServers !== 'server') return iceServers;
    return fetchIceServers(this.#environment, this.#endpoint, this.#abort.signal);
  }

  async #openMedia(): Promise<CallMedia> {
    const { mediaStream, audioElement, microphoneId, transport, path } = this.#options;
    const iceServers = await this.#iceServers();
    if (this.#isClosed()) throw new PrismClientError('connect_aborted');
    const media = await this.#environment.openMedia(
      {
        endpoint: this.#endpoint,
        mediaStream,
        audioElement,
        microphoneId,
        iceServers,
        transport: transport ?? 'auto',
        path: path ?? 'any',
        lastEventId: () => this.#seen.nameLast(),
      },
      this.#mediaSink(),
    );
    if (this.#isClosed()) {
      media.close();
      throw new PrismClientError('connect_aborted');
    }
    this.#media = media;
    this.#reporter = new PlayoutReporter(media, this.#environment);
    return media;
  }

  #mediaSink(): CallMediaSink {
    return {
      onIceState: (state) => {
        this.#iceState = state;
        if (state === 'connected' || state === 'completed') this.#mark('ice_connected');
        this.#report();
      },
      onCall: (callId) => {
        this.#callId = callId;
        // The server has answered a call that this side has given up.
        if (this.#isClosed()) this.#hangUp();
      },
      onStep: (step) => {
        this.#mark(step);
        if (step === 'answer_applied' && this.#phase === 'signalling') this.#enter('connecting');
        else this.#report();
      },
      onLive: (kind) => {
        this.#link = kind;
        if (this.#phase === 'unstable') this.#enter('live');
        else this.#report();
      },
      onUnstable: () => {
        if (this.#phase === 'live') this.#enter('unstable');
      },
      onEnded: (failure, error) => {
        this.#end(this.#explained(failure, error));
      },
      onMessage: (text) => {
        const event = parseWireEvent(text);
        if (event !== undefined) this.#onServerEvent(event, text.length);
      },
      onFailure: (error) => {
        this.#fail(error);
      },
    };
  }

  /** Settles with the first of `session.created`, the end of the session, and the timeout. */
  #untilCreated(): Promise<void> {
    const cancelTimer = this.#environment.setTimer(() => {
      this.#end(this.#lastServerError?.error ?? new PrismClientError('connect_timeout'));
    }, this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS_DEFAULT);
    this.#releases.push(cancelTimer);
    return new Promise((resolve, reject) => {
      this.#settle = (error) => {
        this.#settle = undefined;
        cancelTimer();
        if (error === undefined) resolve();
        else reject(error);
      };
    });
  }

  /** Why the call has no way to the server any more, as a person should be told. */
  #explained(failure: LinkFailure, error: PrismClientError): PrismClientError {
    if (failure === 'closed') return this.#closingError();
    if (!this.#isLive() && this.#phase !== 'closed') {
      const isOnItsWay = this.#callId !== undefined && failure === 'network';
      return isOnItsWay && this.#lastServerError !== undefined ? this.#closingError() : error;
    }
    const code = CODE_BY_FAILURE[failure];
    return code === undefined ? error : new PrismClientError(code, { cause: error });
  }

  #onServerEvent(event: WireEvent, sizeCharacters: number): void {
    if (event.type === 'prism.session.resumed') this.#seen.resumed();
    else if (typeof event.event_id === 'string' && !this.#seen.take(event.event_id)) return;
    this.#activity.handle(event);
    this.#reporter?.handle(event);
    this.#notify(() => this.#listeners.onServerEvent?.(event, sizeCharacters));
    if (event.type === 'session.created') this.#onSessionCreated(event);
    if (event.type === 'error') {
      const error = realtimeError(event);
      this.#lastServerError = { error, atMs: this.#environment.nowMs() };
      this.#fail(error);
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
    if (Array.isArray(config.tools)) this.#sessionTools = objectsField(config, 'tools');
    const tools =
      this.#tools.count > 0 ? { tools: this.#tools.definitions(this.#sessionTools) } : {};
    this.#trySend({ type: 'session.update', session: { ...config, ...tools, type: 'realtime' } });
  }

  #send(event: WireEvent): void {
    if (this.#media === undefined || this.#isClosed()) throw new PrismClientError('not_connected');
    const text = JSON.stringify(event);
    this.#media.send(text);
    this.#notify(() => this.#listeners.onClientEvent?.(event, text.length));
  }

  /** Sends what nobody waits for; a failure goes to the listener. */
  #trySend(event: WireEvent): void {
    if (this.#isClosed()) return;
    try {
      this.#send(event);
    } catch (failure) {
      if (!(failure instanceof PrismClientError)) throw failure;
      this.#fail(failure);
    }
  }

  #isClosed(): boolean {
    return this.#phase === 'closed';
  }

  #isLive(): boolean {
    return this.#phase === 'live' || this.#phase === 'unstable';
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

  /** Runs a listener; what it throws is the page's error, not the call's. */
  #notify(listener: () => void): void {
    try {
      listener();
    } catch (failure) {
      this.#environment.reportError(failure);
    }
  }

  /**
   * Why the server may have closed the call: an error just before it is the better answer. A call that never became
   * live ends because of its error, however long the end takes to be noticed on a busy machine.
   */
  #closingError(): PrismClientError {
    const last = this.#lastServerError;
    const ageMs = last === undefined ? 0 : this.#environment.nowMs() - last.atMs;
    if (last === undefined || (this.#isLive() && ageMs > CLOSING_ERROR_AGE_MS_MAX)) {
      return new PrismClientError('connection_closed');
    }
    const { serverCode, message } = last.error;
    return new PrismClientError('connection_closed', { serverCode, message, cause: last.error });
  }

  /**
   * Tells the server before the connection goes, so that it sees a hang-up and no lost peer; the
   * connection waits for that no longer than `HANG_UP_TIMEOUT_MS`.
   */
  #hangUp(): void {
    const media = this.#media;
    if (this.#callId === undefined) {
      media?.close();
      return;
    }
    const cancelTimer = this.#environment.setTimer(() => media?.close(), HANG_UP_TIMEOUT_MS);
    void hangUp(this.#environment, this.#endpoint, this.#callId).then(() => {
      cancelTimer();
      media?.close();
    });
  }

  #end(error: PrismClientError | undefined): void {
    if (this.#isClosed()) return;
    const wasLive = this.#isLive();
    this.#phase = 'closed';
    this.#iceState = 'closed';
    this.#abort.abort();
    for (const release of this.#releases.splice(0)) release();
    this.#tools.close();
    this.#reporter?.close();
    this.#media?.stop();
    if (error?.code === 'connection_closed') this.#media?.close();
    else this.#hangUp();
    this.#settle?.(error ?? new PrismClientError('connect_aborted'));
    this.#report();
    if (wasLive) this.#notify(() => this.#listeners.onClosed?.(error));
  }
}

/** What a new call asks for besides its offer. */
function queryOf({ model, agent }: ConnectOptions): Readonly<Record<string, string>> {
  return {
    ...(model === undefined ? {} : { model }),
    ...(agent === undefined ? {} : { agent }),
  };
}
