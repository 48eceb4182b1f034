import type { ClientEvent, PrismClientEvent } from '@prism/protocol';
import type { ActionDefinition, ActionHandler } from './actions/action.ts';
import { ActionRunner } from './actions/action-runner.ts';
import { type BrowserEnvironment, browserEnvironment } from './browser-environment.ts';
import type { CallEndpoint } from './call.ts';
import type { CallMedia, CallMediaSink } from './call-media.ts';
import { asClientError, PrismClientError } from './client-error.ts';
import { PreparedCall } from './connection/prepared-call.ts';
import { realtimeError } from './error-mapping.ts';
import type { LevelSample } from './level-meter.ts';
import { PlayoutReporter } from './playout-reporter.ts';
import { reduceTranscript } from './reduce-transcript.ts';
import { ResponseActivity } from './response-activity.ts';
import { ClosingReasons } from './session/closing-reasons.ts';
import { endpointOf } from './session/endpoint.ts';
import { hangUpAndClose } from './session/hang-up.ts';
import { type KeptCall, KeptCalls } from './session/kept-call.ts';
import { ListenerCalls } from './session/listener-calls.ts';
import { openMedia } from './session/open-media.ts';
import { OutgoingEvents } from './session/outgoing-events.ts';
import { ServerLeave } from './session/server-leave.ts';
import { SessionSettings } from './session/session-settings.ts';
import { SessionStart } from './session/session-start.ts';
import { SessionState } from './session/session-state.ts';
import type { ConnectOptions, SessionListeners, SessionStatus } from './session-options.ts';
import type { SoundState } from './sound/sound-state.ts';
import { type CallStatistics, reduceStatistics } from './statistics.ts';
import { emptyTranscript, type Transcript } from './transcript.ts';
import { parseWireEvent, textField, type WireEvent, type WireObject } from './wire-event.ts';

const CONNECT_TIMEOUT_MS_DEFAULT = 20_000;

/** One voice call with Prism: microphone, loudspeaker, and the Realtime events, by WebRTC or WebSocket. */
export class PrismSession {
  readonly #environment: BrowserEnvironment;
  readonly #options: ConnectOptions;
  readonly #listeners: ListenerCalls;
  readonly #endpoint: CallEndpoint;
  readonly #state: SessionState;
  readonly #reasons: ClosingReasons;
  readonly #start: SessionStart;
  readonly #activity = new ResponseActivity();
  readonly #outgoing: OutgoingEvents;
  readonly #actions: ActionRunner;
  readonly #settings: SessionSettings;
  readonly #leave: ServerLeave;
  readonly #abort = new AbortController();
  readonly #releases: (() => void)[] = [];
  #media: CallMedia | undefined;
  readonly #calls: KeptCalls;
  readonly #kept: KeptCall | undefined;
  #lastEventId: string | undefined;
  /** Followed only where it is to be kept. */
  #transcript: Transcript;
  #reporter: PlayoutReporter | undefined;
  #statistics: CallStatistics | undefined;

  private constructor(
    options: ConnectOptions,
    listeners: SessionListeners,
    {
      environment,
      calls,
      kept,
    }: {
      readonly environment: BrowserEnvironment;
      readonly calls: KeptCalls;
      readonly kept: KeptCall | undefined;
    },
  ) {
    this.#options = options;
    this.#calls = calls;
    this.#kept = kept;
    this.#lastEventId = kept?.lastEventId;
    this.#transcript = kept?.transcript ?? emptyTranscript();
    this.#environment = environment;
    this.#endpoint =
      (kept === undefined ? options.prepared?.endpoint : undefined) ??
      endpointOf(options, environment, kept?.token);
    this.#listeners = new ListenerCalls(listeners, environment.reportError);
    this.#state = new SessionState(this.#listeners, environment.nowMs);
    this.#reasons = new ClosingReasons(this.#state, environment.nowMs);
    this.#start = new SessionStart(environment.setTimer);
    this.#outgoing = new OutgoingEvents(this.#listeners);
    this.#actions = new ActionRunner({
      send: (event) => this.#outgoing.trySend(event),
      onChange: () => this.#settings.actionsChanged(),
      setTimer: environment.setTimer,
    });
    this.#settings = new SessionSettings(this.#actions, this.#outgoing);
    this.#leave = new ServerLeave({
      activity: this.#activity,
      setTimer: environment.setTimer,
      draining: () => this.#media?.serverLeaves('draining'),
      askToMove: () => this.#outgoing.sendNow({ type: 'prism.session.move' }),
      moved: () => this.#media?.serverLeaves('moved'),
    });
    for (const action of options.actions ?? []) this.#actions.register(action);
  }

  /**
   * Lets Prism answer a call ahead of time, as when the page shows its button: `connect` with it, within 25 s and with
   * the same options, is a round trip quicker. It takes a place of the server's, and a use of its token, and costs
   * nothing else; close it if it isn't wanted.
   */
  static prepare(
    options: ConnectOptions,
    environment: BrowserEnvironment = browserEnvironment(),
  ): PreparedCall {
    return PreparedCall.open(options, environment);
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
    const { url, resume } = options;
    const calls = new KeptCalls({
      store: environment.callStore(),
      wallMs: environment.wallMs,
      url,
    });
    const kept = resume === undefined ? undefined : calls.take();
    const open = async (before: KeptCall | undefined): Promise<PrismSession> => {
      const session = new PrismSession(options, listeners, { environment, calls, kept: before });
      return session.#opened();
    };
    try {
      return await open(kept);
    } catch (failure) {
      const isGone =
        failure instanceof PrismClientError && failure.serverCode === 'call_id_not_found';
      if (kept === undefined || !isGone) throw failure;
      return open(undefined);
    }
  }

  /** What there was of the call before the page was loaded anew; undefined in a new call. */
  get restored(): { readonly transcript: Transcript } | undefined {
    return this.#kept;
  }

  async #opened(): Promise<this> {
    try {
      await this.#connect();
      return this;
    } catch (failure) {
      const error = asClientError(failure);
      this.#end(error);
      throw error;
    }
  }

  /** The connection as it is now. */
  get status(): SessionStatus {
    return this.#state.status;
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
    if (records === undefined || this.#state.isClosed) return undefined;
    this.#statistics = reduceStatistics(records, this.#statistics);
    return this.#statistics;
  }

  /** Sends an event of the Realtime API, or one of Prism's own; throws a `PrismClientError` if it cannot leave. */
  send(event: ClientEvent | PrismClientEvent): void {
    this.#outgoing.send(event);
  }

  /** Says something by text; like speaking up, it interrupts a running answer. */
  sendText(text: string): void {
    if (this.#activity.isGenerating || this.#activity.isPlaying) this.interrupt();
    this.#outgoing.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
    this.#outgoing.send({ type: 'response.create' });
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
    if (this.#media === undefined || this.#state.isClosed)
      throw new PrismClientError('not_connected');
    await this.#media.switchMicrophone(deviceId);
  }

  /** The page's side of the sound: microphone, playback, output, background; undefined before the microphone is open. */
  get sound(): SoundState | undefined {
    return this.#media?.sound;
  }

  /** Lets the answer be heard after `audio_blocked` or `audio_suspended`; call it from a click or a key press. */
  async startAudio(): Promise<void> {
    await this.#media?.startAudio();
  }

  /**
   * Lets the answer be heard by another device, by its id in `enumerateDevices`, the system's own if undefined. Rejects
   * with `output_unsupported`, `output_missing` or `output_failed`, and the one before goes on.
   */
  async setOutput(deviceId: string | undefined): Promise<void> {
    if (this.#media === undefined || this.#state.isClosed)
      throw new PrismClientError('not_connected');
    await this.#media.setOutput(deviceId);
  }

  /** Stops the answer: generation if it still runs, and what is left of its playback. */
  interrupt(): void {
    if (this.#activity.isGenerating) this.#outgoing.send({ type: 'response.cancel' });
    this.#outgoing.send({ type: 'output_audio_buffer.clear' });
  }

  /**
   * Lets the model do something on this page; a live session is told at once. The handler's value, or its failure, is
   * told to the model, which goes on then. The returned function takes the action back.
   */
  onAction(name: string, definition: ActionDefinition, handler: ActionHandler): () => void {
    return this.#actions.register({ ...definition, name, handler });
  }

  /**
   * Tells the model what the user sees right now, in place of what it was told before; `undefined`: nothing any more.
   * It asks for no answer. A server that takes no context, or less, says so in an error for `onError`. Throws a
   * `PrismClientError` if it cannot leave.
   */
  updateContext(context: WireObject | undefined): void {
    this.#outgoing.send({ type: 'prism.context.update', context: context ?? null });
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
      this.#environment.onPageHide(() => this.#leavePage()),
    );
    this.#state.mark('started');
    this.#state.report();
    const media = await openMedia(
      {
        environment: this.#environment,
        endpoint: this.#endpoint,
        callId: this.#kept?.callId,
        lastEventId: () => this.#lastEventId,
        signal: this.#abort.signal,
      },
      this.#options,
      this.#mediaSink(),
    );
    this.#media = media;
    this.#outgoing.open(media);
    this.#reporter = new PlayoutReporter(media, this.#environment);
    this.#state.mark('microphone_open');
    const timeoutMs = this.#options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS_DEFAULT;
    const created = this.#start.wait(timeoutMs, () => this.#end(this.#reasons.timeout()));
    this.#state.enter('signalling');
    media.connect();
    await created;
  }

  #mediaSink(): CallMediaSink {
    return {
      onIceState: (state) => this.#state.ice(state),
      onCall: (callId) => {
        this.#state.callId = callId;
        // The server has answered a call that this side has given up.
        if (this.#state.isClosed) this.#hangUp();
      },
      onStep: (step) => this.#state.step(step),
      onLive: (kind) => this.#state.carried(kind),
      onUnstable: () => this.#state.shaken(),
      onEnded: (failure, error) => this.#end(this.#reasons.explain(failure, error)),
      onMessage: (text) => {
        const event = parseWireEvent(text);
        if (event !== undefined) this.#onServerEvent(event, text.length);
      },
      onFailure: (error) => this.#listeners.failed(error),
      onSound: (change) => {
        const { sound } = this;
        if (sound !== undefined) this.#listeners.tell((page) => page.onSound?.(change, sound));
      },
    };
  }

  #onServerEvent(event: WireEvent, sizeCharacters: number): void {
    if (this.#options.resume !== undefined)
      this.#transcript = reduceTranscript(this.#transcript, event);
    this.#activity.handle(event);
    const isOfLeaving = this.#leave.handle(event);
    // What is about the way is no event of the session, which the server could tell on from.
    if (event.type !== 'prism.session.resumed' && !isOfLeaving)
      this.#lastEventId = textField(event, 'event_id') ?? this.#lastEventId;
    this.#reporter?.handle(event);
    this.#listeners.tell((page) => page.onServerEvent?.(event, sizeCharacters));
    if (event.type === 'session.created') this.#onSessionCreated(event);
    if (event.type === 'prism.session.resumed') this.#onResumed();
    if (event.type === 'error') {
      const error = realtimeError(event);
      this.#reasons.serverError(error);
      if (!isOfLeaving) this.#listeners.failed(error);
    }
    this.#actions.handle(event);
  }

  #onSessionCreated(event: WireEvent): void {
    this.#state.mark('session_created');
    this.#state.enter('live');
    this.#askToKeep();
    this.#settings.created(event, this.#options.sessionConfig);
    this.#start.created();
  }

  /** The call is there again: after the page was loaded anew, or on another way. */
  #onResumed(): void {
    this.#askToKeep();
    // Of a call that had not begun the beginning follows.
    if (this.#state.isLive || this.#kept?.lastEventId === undefined) return;
    this.#state.mark('session_created');
    this.#state.enter('live');
    this.#settings.resumed(this.#kept.tools);
    this.#start.created();
  }

  #askToKeep(): void {
    if (this.#options.resume !== undefined)
      this.#outgoing.trySend({ type: 'prism.session.keep', kept: true });
  }

  /** The page goes away, for good or to be loaded anew. */
  #leavePage(): void {
    const { callId } = this.#state;
    if (this.#options.resume === undefined || callId === undefined || !this.#state.isLive)
      return this.close();
    this.#calls.keep({
      callId,
      token: this.#endpoint.tokens.known,
      lastEventId: this.#lastEventId,
      tools: this.#settings.tools,
      transcript: this.#transcript,
    });
  }

  #hangUp(): void {
    const call = { callId: this.#state.callId, media: this.#media };
    hangUpAndClose(this.#environment, this.#endpoint, call);
  }

  #end(error: PrismClientError | undefined): void {
    if (this.#state.isClosed) return;
    const wasLive = this.#state.isLive;
    this.#state.close();
    this.#abort.abort();
    for (const release of this.#releases.splice(0)) release();
    this.#outgoing.close();
    this.#actions.close();
    this.#leave.close();
    this.#reporter?.close();
    this.#media?.stop();
    if (error?.code === 'connection_closed') this.#media?.close();
    else this.#hangUp();
    this.#start.failed(error ?? new PrismClientError('connect_aborted'));
    this.#state.report();
    if (wasLive) this.#listeners.tell((page) => page.onClosed?.(error));
  }
}
