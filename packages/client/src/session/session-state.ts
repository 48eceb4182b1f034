import type { LinkKind } from '../connection/link-kind.ts';
import type { SessionPhase, SessionStatus } from '../session-options.ts';
import { type SetupMark, SetupRecorder } from '../setup-timings.ts';
import type { ListenerCalls } from './listener-calls.ts';

/** Where a session stands, and who is told when that changes. */
export class SessionState {
  readonly #listeners: ListenerCalls;
  readonly #nowMs: () => number;
  readonly #setup = new SetupRecorder();
  #phase: SessionPhase = 'microphone';
  #iceState: RTCIceConnectionState = 'new';
  #link: LinkKind | undefined;
  /** The call, once the server has named it. */
  callId: string | undefined;

  constructor(listeners: ListenerCalls, nowMs: () => number) {
    this.#listeners = listeners;
    this.#nowMs = nowMs;
  }

  get phase(): SessionPhase {
    return this.#phase;
  }

  get isClosed(): boolean {
    return this.#phase === 'closed';
  }

  get isLive(): boolean {
    return this.#phase === 'live' || this.#phase === 'unstable';
  }

  get status(): SessionStatus {
    return {
      phase: this.#phase,
      iceState: this.#iceState,
      callId: this.callId,
      link: this.#link,
      setup: this.#setup.timings(),
    };
  }

  /** A step of the setup is done; told with the next report. */
  mark(step: SetupMark): void {
    this.#setup.mark(step, this.#nowMs());
  }

  enter(phase: SessionPhase): void {
    if (this.isClosed) return;
    this.#phase = phase;
    this.report();
  }

  ice(state: RTCIceConnectionState): void {
    this.#iceState = state;
    if (state === 'connected' || state === 'completed') this.mark('ice_connected');
    this.report();
  }

  step(step: SetupMark): void {
    this.mark(step);
    if (step === 'answer_applied' && this.#phase === 'signalling') this.enter('connecting');
    else this.report();
  }

  /** Something carries the call, for the first time, again, or instead of another. */
  carried(link: LinkKind): void {
    this.#link = link;
    if (this.#phase === 'unstable') this.enter('live');
    else this.report();
  }

  /** The way is lost for the moment. */
  shaken(): void {
    if (this.#phase === 'live') this.enter('unstable');
  }

  /** Nothing follows; the caller reports once everything is freed. */
  close(): void {
    this.#phase = 'closed';
    this.#iceState = 'closed';
  }

  report(): void {
    const status = this.status;
    this.#listeners.tell((page) => page.onStatus?.(status));
  }
}
