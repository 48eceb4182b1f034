import {
  EventLog,
  type LevelSample,
  PrismClientError,
  PrismSession,
  TurnLatencyMeter,
  type WireEvent,
} from '@prism/client';
import type { CallAction } from '../state/call-state.ts';
import { type ThemeColor, themeColorTool } from './theme-color.ts';
import { TurnControls, type TurnMode } from './turn-controls.ts';

const STATISTICS_INTERVAL_MS = 1000;
const LEVEL_INTERVAL_MS = 20;

const SILENCE: LevelSample = { microphoneRms: 0, agentRms: 0 };

/** What the controller works with. */
export interface CallControllerOptions {
  /** Base address of Prism. */
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly dispatch: (action: CallAction) => void;
  readonly applyThemeColor: (color: ThemeColor) => void;
}

/** Starts and ends calls and turns what the SDK reports into actions. */
export class CallController {
  readonly log = new EventLog();
  readonly #options: CallControllerOptions;
  readonly #logListeners = new Set<() => void>();
  #session: PrismSession | undefined;
  #turns: TurnControls | undefined;
  /** Session events that came before the session was there. */
  #sessionEvents: WireEvent[] = [];
  #attempt: AbortController | undefined;
  #latency = new TurnLatencyMeter();
  #levels: LevelSample = SILENCE;
  #timers: readonly ReturnType<typeof setInterval>[] = [];

  constructor(options: CallControllerOptions) {
    this.#options = options;
  }

  /** Calls back when the event log changes; the returned function ends that. */
  readonly subscribeLog = (listener: () => void): (() => void) => {
    this.#logListeners.add(listener);
    return () => {
      this.#logListeners.delete(listener);
    };
  };

  /** Empties the event log. */
  clearLog(): void {
    this.log.clear();
    this.#notifyLog();
  }

  /** The newest levels of both sides. */
  get levels(): LevelSample {
    return this.#levels;
  }

  /** Starts a call, or ends the one that runs or is being set up. */
  toggle(audioElement: HTMLAudioElement | undefined): void {
    if (this.#attempt === undefined) void this.#start(audioElement);
    else this.#attempt.abort();
  }

  /** Mutes or unmutes the microphone. */
  setMuted(isMuted: boolean): void {
    if (this.#turns === undefined) return;
    this.#turns.setMuted(isMuted);
    this.#options.dispatch({ type: 'microphone.muted', isMuted });
  }

  /** Lets the server end the user's turns, or the talk button. */
  setTurnMode(turnMode: TurnMode): void {
    this.#tryTurns((turns) => {
      turns.setMode(turnMode);
      this.#options.dispatch({ type: 'turn_mode.chosen', turnMode });
    });
  }

  /** The talk button of push to talk is down. */
  press(): void {
    this.#tryTurns((turns) => {
      if (turns.press()) this.#options.dispatch({ type: 'push.changed', isPushed: true });
    });
  }

  /** It is up again. */
  release(): void {
    this.#options.dispatch({ type: 'push.changed', isPushed: false });
    this.#tryTurns((turns) => {
      turns.release();
    });
  }

  /** Lets the call wait, or go on. */
  setHeld(isHeld: boolean): void {
    this.#tryTurns((turns) => {
      turns.setHeld(isHeld);
    });
  }

  /** Stops the answer. */
  interrupt(): void {
    this.#try((session) => {
      session.interrupt();
    });
  }

  /** Sends typed words; `false` if there is no live call. */
  sendText(text: string): boolean {
    return this.#try((session) => {
      session.sendText(text);
    });
  }

  async #start(audioElement: HTMLAudioElement | undefined): Promise<void> {
    const { dispatch } = this.#options;
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#latency = new TurnLatencyMeter();
    this.log.clear();
    this.#notifyLog();
    dispatch({ type: 'call.started' });
    try {
      const session = await this.#connect(audioElement, attempt.signal);
      // A call can end between its first event and this line; onClosed has spoken then.
      if (session.status.phase === 'closed') return;
      this.#session = session;
      this.#turns = new TurnControls(session, () => performance.now());
      for (const event of this.#sessionEvents.splice(0)) this.#turns.handle(event);
      this.#startTimers(session);
    } catch (failure) {
      this.#attempt = undefined;
      const error =
        failure instanceof PrismClientError
          ? failure
          : new PrismClientError('answer_invalid', { cause: failure });
      dispatch({ type: 'call.ended', error });
    }
  }

  #connect(audioElement: HTMLAudioElement | undefined, signal: AbortSignal): Promise<PrismSession> {
    const { url, apiKey: token, dispatch, applyThemeColor } = this.#options;
    return PrismSession.connect(
      {
        url,
        token,
        audioElement,
        signal,
        // Without a transcription model the user's side of the transcript would stay empty.
        sessionConfig: { audio: { input: { transcription: { model: 'gpt-4o-mini-transcribe' } } } },
        tools: [themeColorTool(applyThemeColor)],
      },
      {
        onStatus: (status) => {
          dispatch({ type: 'call.status', status });
        },
        onServerEvent: (event, sizeCharacters) => {
          this.#onServerEvent(event, sizeCharacters);
        },
        onClientEvent: (event, sizeCharacters) => {
          this.#record('out', event, sizeCharacters);
        },
        onError: (error) => {
          dispatch({ type: 'call.failed', error });
        },
        onClosed: (error) => {
          this.#onClosed(error);
        },
      },
    );
  }

  #onServerEvent(event: WireEvent, sizeCharacters: number): void {
    const before = this.#latency.latest;
    this.#latency.handle(event, performance.now());
    this.#publishLatency(before);
    this.#record('in', event, sizeCharacters);
    if (this.#turns !== undefined) this.#turns.handle(event);
    else if (event.type === 'session.created') this.#sessionEvents = [event];
    this.#options.dispatch({ type: 'server.event', event });
  }

  #onClosed(error: PrismClientError | undefined): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    this.#session = undefined;
    this.#turns = undefined;
    this.#attempt = undefined;
    this.#levels = SILENCE;
    this.#options.dispatch({ type: 'call.ended', error });
  }

  #record(direction: 'in' | 'out', event: WireEvent, sizeCharacters: number): void {
    this.log.push({ direction, event, sizeCharacters, atMs: Date.now() });
    this.#notifyLog();
  }

  #notifyLog(): void {
    for (const listener of this.#logListeners) listener();
  }

  #startTimers(session: PrismSession): void {
    const statistics = setInterval(() => {
      void this.#readStatistics(session);
    }, STATISTICS_INTERVAL_MS);
    const levels = setInterval(() => {
      const before = this.#latency.latest;
      this.#levels = session.levels();
      this.#latency.sample(this.#levels, performance.now());
      this.#publishLatency(before);
    }, LEVEL_INTERVAL_MS);
    this.#timers = [statistics, levels];
    void this.#readStatistics(session);
  }

  async #readStatistics(session: PrismSession): Promise<void> {
    const statistics = await session.statistics();
    if (statistics !== undefined && this.#session === session) {
      this.#options.dispatch({ type: 'statistics.read', statistics });
    }
  }

  #publishLatency(before: TurnLatencyMeter['latest']): void {
    const { latest } = this.#latency;
    if (latest === undefined || latest === before) return;
    this.#options.dispatch({ type: 'latency.measured', latency: latest });
  }

  #tryTurns(act: (turns: TurnControls) => void): void {
    const turns = this.#turns;
    if (turns === undefined) return;
    this.#try(() => {
      act(turns);
    });
  }

  #try(act: (session: PrismSession) => void): boolean {
    if (this.#session === undefined) return false;
    try {
      act(this.#session);
      return true;
    } catch (failure) {
      if (!(failure instanceof PrismClientError)) throw failure;
      this.#options.dispatch({ type: 'call.failed', error: failure });
      return false;
    }
  }
}
