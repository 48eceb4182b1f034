import type { PrismSession, WireEvent } from '@prism/client';

/** Who ends the user's turns: the server's turn detection, or the user with a button. */
export type TurnMode = 'hands_free' | 'push_to_talk';

/** A shorter press is a slip; what was said in it is dropped. */
const PRESS_MS_MIN = 200;

/** What the controls need of a session. */
export type ControlledSession = Pick<PrismSession, 'send' | 'mute' | 'unmute' | 'interrupt'>;

/** The turn detection that a session object names; `undefined` if the event has none. */
function turnDetectionOf(event: WireEvent): unknown {
  const { session } = event as {
    readonly session?: { readonly audio?: { readonly input?: object } };
  };
  const input = session?.audio?.input;
  return input !== undefined && 'turn_detection' in input ? input.turn_detection : undefined;
}

/**
 * Push to talk and hold, on one call.
 *
 * With push to talk the session has no turn detection, and the microphone sends silence but while the button is down.
 * Letting go commits what was said and asks for the answer.
 */
export class TurnControls {
  readonly #session: ControlledSession;
  readonly #nowMs: () => number;
  /** As the server first had it, to be set again. */
  #turnDetection: unknown;
  #mode: TurnMode = 'hands_free';
  #isMuted = false;
  #pressedAtMs: number | undefined;

  constructor(session: ControlledSession, nowMs: () => number) {
    this.#session = session;
    this.#nowMs = nowMs;
  }

  /** Follows the session's turn detection. */
  handle(event: WireEvent): void {
    if (event.type !== 'session.created' && event.type !== 'session.updated') return;
    this.#turnDetection = turnDetectionOf(event) ?? this.#turnDetection;
  }

  /** Lets the server end the turns, or the button. */
  setMode(mode: TurnMode): void {
    if (mode === this.#mode) return;
    this.release();
    this.#mode = mode;
    const turnDetection = mode === 'push_to_talk' ? null : this.#turnDetection;
    this.#session.send({
      type: 'session.update',
      session: {
        type: 'realtime',
        audio: { input: { turn_detection: turnDetection } },
      },
    } as Parameters<ControlledSession['send']>[0]);
    this.#applyMicrophone();
  }

  /** Mutes the microphone, or opens it where the button doesn't decide. */
  setMuted(isMuted: boolean): void {
    this.#isMuted = isMuted;
    this.#applyMicrophone();
  }

  /** The button is down. False if it does nothing now. */
  press(): boolean {
    if (this.#mode === 'hands_free' || this.#pressedAtMs !== undefined) return false;
    this.#pressedAtMs = this.#nowMs();
    this.#session.interrupt();
    // The silence since the last turn is no part of this one.
    this.#session.send({ type: 'input_audio_buffer.clear' });
    this.#applyMicrophone();
    return true;
  }

  /** The button is up: what was said is answered. */
  release(): void {
    if (this.#pressedAtMs === undefined) return;
    const isSlip = this.#nowMs() - this.#pressedAtMs < PRESS_MS_MIN;
    this.#pressedAtMs = undefined;
    this.#applyMicrophone();
    if (isSlip) {
      this.#session.send({ type: 'input_audio_buffer.clear' });
      return;
    }
    this.#session.send({ type: 'input_audio_buffer.commit' });
    this.#session.send({ type: 'response.create' });
  }

  /** Lets the call wait: the answer stops where it is, the microphone is silent; or both go on. */
  setHeld(isHeld: boolean): void {
    this.#session.send({ type: 'prism.input.mute', muted: isHeld });
    this.#session.send({ type: 'prism.output.hold', held: isHeld });
  }

  #applyMicrophone(): void {
    const isOpen = this.#mode === 'hands_free' ? !this.#isMuted : this.#pressedAtMs !== undefined;
    if (isOpen) this.#session.unmute();
    else this.#session.mute();
  }
}
