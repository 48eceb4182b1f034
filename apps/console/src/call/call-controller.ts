import {
  type LevelSample,
  type PreparedCall,
  PrismClientError,
  PrismSession,
  type SoundChange,
  type SoundState,
  type WireEvent,
} from '@prism/client';
import type { PlaygroundAction } from '../state/playground-state.ts';
import type { Settings } from '../state/settings.ts';
import { CallMonitor } from './call-monitor.ts';
import { CallPreparation } from './call-preparation.ts';
import { type CallPlace, connectOptions } from './connect-options.ts';
import { EventRecord } from './event-record.ts';
import { MicrophoneTest } from './microphone-test.ts';
import { type ThemeColor, themeColorAction } from './theme-color.ts';
import { TurnControls, type TurnMode } from './turn-controls.ts';

const SILENCE: LevelSample = { microphoneRms: 0, agentRms: 0 };

/** What the controller works with. */
export interface CallControllerOptions extends CallPlace {
  readonly settings: () => Settings;
  readonly dispatch: (action: PlaygroundAction) => void;
  readonly applyThemeColor: (color: ThemeColor) => void;
  /** The devices may have names now. */
  readonly refreshDevices: () => void;
}

/** Starts and ends calls and turns what the SDK reports into actions. */
export class CallController {
  readonly record = new EventRecord();
  readonly #options: CallControllerOptions;
  #session: PrismSession | undefined;
  #monitor: CallMonitor | undefined;
  #turns: TurnControls | undefined;
  /** Session events that came before the session was there. */
  #sessionEvents: WireEvent[] = [];
  #attempt: AbortController | undefined;
  #ended: Promise<void> = Promise.resolve();
  #audioElement: HTMLAudioElement | undefined;
  #test: MicrophoneTest | undefined;
  readonly #preparation: CallPreparation<PreparedCall>;

  constructor(options: CallControllerOptions) {
    this.#options = options;
    this.#preparation = new CallPreparation({
      options: () => connectOptions(options, options.settings()),
      prepare: (wanted) => PrismSession.prepare(wanted),
      nowMs: () => performance.now(),
    });
  }

  /** The user may press the button soon. */
  prepare(): void {
    if (this.#attempt === undefined) this.#preparation.begin();
  }

  /** What was prepared isn't wanted any more. */
  unprepare(): void {
    this.#preparation.close();
  }

  /** The newest levels of both sides. */
  get levels(): LevelSample {
    if (this.#monitor !== undefined) return this.#monitor.levels;
    return this.#test === undefined ? SILENCE : { microphoneRms: this.#test.rms(), agentRms: 0 };
  }

  /** The element that plays the answers. */
  setAudioElement(element: HTMLAudioElement | undefined): void {
    this.#audioElement = element;
  }

  /** Starts a call, or ends the one that runs or is being set up. */
  toggle(): void {
    if (this.#attempt === undefined) this.start();
    else this.#attempt.abort();
  }

  /** Starts a call; one that runs ends before. */
  start(): void {
    this.#attempt?.abort();
    void this.#ended.then(() => {
      this.#ended = this.#run();
    });
  }

  /** Takes another microphone, in the running call too. */
  async chooseMicrophone(deviceId: string | undefined): Promise<void> {
    const { dispatch } = this.#options;
    dispatch({ type: 'settings.changed', change: { microphoneId: deviceId } });
    dispatch({ type: 'device.chosen', kind: 'microphone' });
    try {
      await this.#session?.switchMicrophone(deviceId);
      if (this.#test !== undefined) await this.#openTest();
    } catch (failure) {
      this.#failed(failure);
    }
  }

  /** Takes another loudspeaker, in the running call too. */
  async chooseSpeaker(deviceId: string | undefined): Promise<void> {
    const { dispatch } = this.#options;
    dispatch({ type: 'settings.changed', change: { speakerId: deviceId } });
    dispatch({ type: 'device.chosen', kind: 'speaker' });
    try {
      await this.#session?.setOutput(deviceId);
    } catch (failure) {
      this.#failed(failure);
    }
  }

  /** Lets the answer be heard where the browser wants a gesture first; called by one. */
  startAudio(): void {
    void this.#session?.startAudio();
  }

  /** Listens to the microphone without a call, or no more. */
  async setMicrophoneTest(isTesting: boolean): Promise<void> {
    try {
      if (isTesting) await this.#openTest();
      else this.#closeTest();
    } catch (failure) {
      this.#closeTest();
      this.#failed(failure);
    }
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

  /** One call, from its start to its end. */
  async #run(): Promise<void> {
    const { dispatch } = this.#options;
    const attempt = new AbortController();
    this.#attempt = attempt;
    this.#closeTest();
    this.#monitor = new CallMonitor(dispatch);
    const prepared = this.#preparation.take();
    this.record.clear();
    dispatch({ type: 'call.started', atMs: performance.now() });
    try {
      const session = await this.#connect(attempt.signal, prepared);
      // A call can end between its first event and this line; onClosed has spoken then.
      if (session.status.phase === 'closed') return;
      this.#session = session;
      this.#turns = new TurnControls(session, () => performance.now());
      for (const event of this.#sessionEvents.splice(0)) this.#turns.handle(event);
      this.#monitor?.start(session);
      this.#options.refreshDevices();
    } catch (failure) {
      const error =
        failure instanceof PrismClientError
          ? failure
          : new PrismClientError('answer_invalid', { cause: failure });
      this.#onClosed(error);
    } finally {
      // One that the call couldn't take gives its place back.
      prepared?.close();
    }
  }

  #connect(signal: AbortSignal, prepared: PreparedCall | undefined): Promise<PrismSession> {
    const { dispatch, applyThemeColor } = this.#options;
    const settings = this.#options.settings();
    return PrismSession.connect(
      {
        ...connectOptions(this.#options, settings),
        audioElement: this.#audioElement,
        prepared,
        signal,
        actions: settings.hasColorTool ? [themeColorAction(applyThemeColor)] : [],
      },
      {
        onStatus: (status) => {
          dispatch({ type: 'call.status', status, atMs: performance.now() });
        },
        onServerEvent: (event, sizeCharacters) => {
          this.#onServerEvent(event, sizeCharacters);
        },
        onClientEvent: (event, sizeCharacters) => {
          this.#monitor?.handle('out', event);
          this.record.push('out', event, sizeCharacters);
        },
        onError: (error) => {
          dispatch({ type: 'call.failed', error });
        },
        onSound: (change, sound) => {
          this.#onSound(change, sound);
        },
        onClosed: (error) => {
          this.#onClosed(error);
        },
      },
    );
  }

  #onServerEvent(event: WireEvent, sizeCharacters: number): void {
    this.#monitor?.handle('in', event);
    this.record.push('in', event, sizeCharacters);
    if (this.#turns !== undefined) this.#turns.handle(event);
    else if (event.type === 'session.created') this.#sessionEvents = [event];
    this.#options.dispatch({ type: 'server.event', event });
  }

  #onSound(change: SoundChange, sound: SoundState): void {
    this.#options.dispatch({ type: 'sound.changed', sound });
    if (change.type !== 'devices') return;
    // The system's own plays while the chosen loudspeaker is unplugged.
    const { speakerId } = this.#options.settings();
    const isBack = change.devices.some(({ kind, id }) => kind === 'output' && id === speakerId);
    if (isBack && sound.outputId !== speakerId)
      void this.#session?.setOutput(speakerId).catch((failure: unknown) => this.#failed(failure));
  }

  #onClosed(error: PrismClientError | undefined): void {
    this.#monitor?.stop();
    this.#monitor = undefined;
    this.#session = undefined;
    this.#turns = undefined;
    this.#attempt = undefined;
    this.#options.dispatch({ type: 'call.ended', error });
  }

  async #openTest(): Promise<void> {
    this.#closeTest();
    this.#test = await MicrophoneTest.open(this.#options.settings().microphoneId);
    this.#options.dispatch({ type: 'microphone.tested', isTesting: true });
    this.#options.refreshDevices();
  }

  #closeTest(): void {
    this.#test?.close();
    this.#test = undefined;
    this.#options.dispatch({ type: 'microphone.tested', isTesting: false });
  }

  #failed(failure: unknown): void {
    const error =
      failure instanceof PrismClientError
        ? failure
        : new PrismClientError('setup_failed', { cause: failure });
    this.#options.dispatch({ type: 'call.failed', error });
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
