import {
  type BrowserEnvironment,
  browserEnvironment,
  type CallStatistics,
  type ConnectOptions,
  displayLevel,
  emptyTranscript,
  PrismClientError,
  PrismSession,
  ResponseActivity,
  reduceTranscript,
  type SessionListeners,
  type SessionStatus,
  type Transcript,
  type VisibleEntry,
  visibleEntries,
  type WireEvent,
} from '@prism/client';
import { type CallSnapshot, changedSnapshot, IDLE_CALL } from './call-snapshot.ts';
import { Listeners } from './listeners.ts';
import { PageActions } from './page-actions.ts';
import { PAGE_CLOCK, type PageClock } from './page-clock.ts';
import { PageScreen } from './page-screen.ts';
import { SampledValue } from './sampled-value.ts';

/** Levels are measured with the page's frames, at most this often. */
const LEVEL_INTERVAL_MS = 50;

/** How often statistics are asked for while somebody looks at them. */
const STATISTICS_INTERVAL_MS = 2000;

/** Levels differ for a component from a hundredth on. */
const LEVEL_STEPS = 100;

/** Levels of both sides, each from 0 to 1 as `displayLevel` maps them. */
export interface AudioLevels {
  readonly microphone: number;
  readonly agent: number;
}

const SILENCE: AudioLevels = { microphone: 0, agent: 0 };

/** How the calls of a store are made, and who hears of them besides the components. */
export type CallOptions = Omit<ConnectOptions, 'signal'> & SessionListeners;

/** What a store takes from its page. */
export interface CallStorePage {
  readonly environment?: BrowserEnvironment | undefined;
  readonly clock?: PageClock | undefined;
}

/**
 * One call at a time, and everything that components read of it. It lives outside of React: what it hands out stays
 * the same object until it changes.
 */
export class CallStore {
  readonly levels: SampledValue<AudioLevels>;
  readonly statistics: SampledValue<CallStatistics | undefined>;
  readonly actions = new PageActions();
  readonly screen = new PageScreen();
  readonly #page: CallStorePage;
  readonly #changes = new Listeners<[]>();
  readonly #transcriptChanges = new Listeners<[]>();
  readonly #events = new Listeners<[event: WireEvent]>();
  #options: CallOptions;
  #snapshot = IDLE_CALL;
  #transcript: Transcript = emptyTranscript();
  #entries: readonly VisibleEntry[] = [];
  #responses = new ResponseActivity();
  #attempt: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  #holderCount = 0;

  constructor(options: CallOptions, page: CallStorePage = {}) {
    this.#options = options;
    this.#page = page;
    const { every, everyFrame } = page.clock ?? PAGE_CLOCK;
    this.levels = new SampledValue({
      resting: SILENCE,
      measure: () => this.#measureLevels(),
      every: (callback) => everyFrame(callback, LEVEL_INTERVAL_MS),
    });
    this.statistics = new SampledValue<CallStatistics | undefined>({
      resting: undefined,
      measure: () => {
        void this.#measureStatistics();
        return undefined;
      },
      every: (callback) => every(callback, STATISTICS_INTERVAL_MS),
    });
  }

  /** Options of the calls from now on; a running call keeps those that it began with. */
  configure(options: CallOptions): void {
    this.#options = options;
  }

  readonly read = (): CallSnapshot => this.#snapshot;
  readonly subscribe = (listener: () => void): (() => void) => this.#changes.add(listener);
  readonly readEntries = (): readonly VisibleEntry[] => this.#entries;
  readonly subscribeEntries = (listener: () => void): (() => void) =>
    this.#transcriptChanges.add(listener);

  /** Calls back for each server event; the returned function ends that. */
  onEvent(listener: (event: WireEvent) => void): () => void {
    return this.#events.add(listener);
  }

  /**
   * Starts a call, or does nothing if there is one. Never rejects: why there is no call stands in the snapshot's
   * `error`.
   */
  readonly connect = (): Promise<void> => {
    if (this.#attempt !== undefined) return this.#attempt.done;
    const abort = new AbortController();
    this.#setTranscript(emptyTranscript());
    this.#responses = new ResponseActivity();
    this.#change({ ...IDLE_CALL, status: 'connecting' });
    // A moment later: the attempt is known before its first callback, and one that is ended at once asks for nothing.
    const done = Promise.resolve().then(() => this.#run(abort));
    this.#attempt = { abort, done };
    return done;
  };

  /** Ends the call, or the attempt at one. */
  readonly end = (): void => {
    const attempt = this.#attempt;
    if (attempt === undefined) return;
    const wasConnecting = this.#snapshot.status === 'connecting';
    this.#leave(wasConnecting ? 'idle' : 'ended', undefined);
    attempt.abort.abort();
  };

  /** Mutes or unmutes the microphone of the live call. */
  readonly setMuted = (isMuted: boolean): void => {
    const { session } = this.#snapshot;
    if (isMuted) session?.mute();
    else session?.unmute();
    this.#change({ isMuted: session?.isMuted ?? false });
  };

  /** Says something by text; throws a `PrismClientError` without a live call. */
  readonly sendText = (text: string): void => {
    const { session } = this.#snapshot;
    if (session === undefined) throw new PrismClientError('not_connected');
    session.sendText(text);
  };

  /** Stops the answer, if there is one. */
  readonly interrupt = (): void => {
    this.#snapshot.session?.interrupt();
  };

  /**
   * Keeps the store's call alive until the returned function is called. When nobody holds it any more the call ends, a
   * moment later: React takes effects back and makes them again in one go, in strict mode and as it pleases.
   */
  hold(): () => void {
    this.#holderCount += 1;
    return () => {
      this.#holderCount -= 1;
      void Promise.resolve().then(() => {
        if (this.#holderCount === 0) this.end();
      });
    };
  }

  async #run(abort: AbortController): Promise<void> {
    const { environment } = this.#page;
    const isCurrent = (): boolean => this.#attempt?.abort === abort;
    if (!isCurrent()) return;
    try {
      const session = await PrismSession.connect(
        { ...this.#options, signal: abort.signal },
        this.#sessionListeners(isCurrent),
        environment ?? browserEnvironment(),
      );
      // A call can end between its first event and this line.
      if (!isCurrent() || session.status.phase === 'closed') return;
      this.#change({ status: statusOf(session.status), connection: session.status, session });
      this.#updateActivity();
      this.actions.serve(session);
      this.screen.serve(session);
      this.levels.setRunning(true);
      this.statistics.setRunning(true);
    } catch (failure) {
      if (!isCurrent()) return;
      this.#leave(
        'ended',
        failure instanceof PrismClientError
          ? failure
          : new PrismClientError('setup_failed', { cause: failure }),
      );
    }
  }

  #sessionListeners(isCurrent: () => boolean): SessionListeners {
    const outer = this.#options;
    return {
      onStatus: (status) => {
        if (isCurrent()) this.#onStatus(status);
        outer.onStatus?.(status);
      },
      onServerEvent: (event, sizeCharacters) => {
        if (isCurrent()) this.#onServerEvent(event);
        outer.onServerEvent?.(event, sizeCharacters);
      },
      onClientEvent: (event, sizeCharacters) => outer.onClientEvent?.(event, sizeCharacters),
      onError: (error) => {
        if (isCurrent()) this.#change({ error });
        outer.onError?.(error);
      },
      onClosed: (error) => {
        if (isCurrent()) this.#leave('ended', error);
        outer.onClosed?.(error);
      },
    };
  }

  #onStatus(status: SessionStatus): void {
    const { session } = this.#snapshot;
    // Without the session in hand a call counts as connecting, so that `live` always comes with one.
    const isHere = session !== undefined && status.phase !== 'closed';
    this.#change({ connection: status, ...(isHere ? { status: statusOf(status) } : {}) });
  }

  #onServerEvent(event: WireEvent): void {
    this.#responses.handle(event);
    if (event.type === 'input_audio_buffer.speech_started') this.#change({ isUserSpeaking: true });
    if (event.type === 'input_audio_buffer.speech_stopped') this.#change({ isUserSpeaking: false });
    this.#updateActivity();
    this.#setTranscript(reduceTranscript(this.#transcript, event));
    this.#events.notify(event);
  }

  #updateActivity(): void {
    if (this.#snapshot.session === undefined) return;
    const { isPlaying, isGenerating } = this.#responses;
    const waiting = isGenerating ? 'thinking' : 'listening';
    this.#change({ activity: isPlaying ? 'speaking' : waiting });
  }

  #leave(status: 'idle' | 'ended', error: PrismClientError | undefined): void {
    this.#attempt = undefined;
    this.actions.serve(undefined);
    this.screen.serve(undefined);
    this.levels.setRunning(false);
    this.statistics.setRunning(false);
    const { connection } = this.#snapshot;
    const last = this.#snapshot.error;
    this.#change({ ...IDLE_CALL, status, connection, error: error ?? last });
  }

  #measureLevels(): AudioLevels | undefined {
    const levels = this.#snapshot.session?.levels();
    if (levels === undefined) return undefined;
    const microphone = roundedLevel(levels.microphoneRms);
    const agent = roundedLevel(levels.agentRms);
    const now = this.levels.read();
    return microphone === now.microphone && agent === now.agent ? undefined : { microphone, agent };
  }

  async #measureStatistics(): Promise<void> {
    const { session } = this.#snapshot;
    const statistics = await session?.statistics();
    if (session === this.#snapshot.session && statistics !== undefined) {
      this.statistics.take(statistics);
    }
  }

  #setTranscript(transcript: Transcript): void {
    if (transcript === this.#transcript) return;
    this.#transcript = transcript;
    this.#entries = visibleEntries(transcript);
    this.#transcriptChanges.notify();
  }

  #change(change: Partial<CallSnapshot>): void {
    const next = changedSnapshot(this.#snapshot, change);
    if (next === this.#snapshot) return;
    this.#snapshot = next;
    this.#changes.notify();
  }
}

function statusOf({ phase }: SessionStatus): 'connecting' | 'live' | 'unstable' {
  return phase === 'live' || phase === 'unstable' ? phase : 'connecting';
}

function roundedLevel(rms: number): number {
  return Math.round(displayLevel(rms) * LEVEL_STEPS) / LEVEL_STEPS;
}
