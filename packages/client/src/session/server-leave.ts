import type { ResponseActivity } from '../response-activity.ts';
import {
  booleanField,
  numberField,
  objectField,
  textField,
  type WireEvent,
} from '../wire-event.ts';

/** How long before the server's deadline this side moves at the latest, whoever speaks then. */
const MARGIN_MS = 500;

export interface ServerLeaveParts {
  readonly activity: Pick<ResponseActivity, 'isGenerating' | 'isPlaying'>;
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
  /** The server goes: from now on the call may have to be looked for elsewhere. */
  readonly draining: () => void;
  /** Asks the server to let the call go. */
  readonly askToMove: () => void;
  /** The conversation has left the server. */
  readonly moved: () => void;
}

/**
 * A server that is about to go, and when the call leaves it: at the first moment at which nobody speaks and nothing is
 * being answered, or when the time is nearly over.
 */
export class ServerLeave {
  readonly #parts: ServerLeaveParts;
  #isLeaving = false;
  #wantsMove = false;
  #isUserSpeaking = false;
  #isAnswerExpected = false;
  #cancelTimer: (() => void) | undefined;

  constructor(parts: ServerLeaveParts) {
    this.#parts = parts;
  }

  /** Takes one server event, after the session's activity has. True if it is about the server that goes alone. */
  handle(event: WireEvent): boolean {
    switch (event.type) {
      case 'prism.server.draining':
        this.#draining(event);
        break;
      case 'prism.session.moved':
        this.#stop();
        this.#isLeaving = true;
        this.#parts.moved();
        return true;
      case 'prism.session.resumed':
      case 'session.created':
        this.#stop();
        this.#isLeaving = false;
        break;
      case 'input_audio_buffer.speech_started':
        this.#isUserSpeaking = true;
        break;
      case 'input_audio_buffer.speech_stopped':
        this.#isUserSpeaking = false;
        this.#isAnswerExpected = true;
        break;
      case 'response.created':
        this.#isAnswerExpected = false;
        break;
      default:
    }
    this.#moveIfQuiet();
    return this.#isLeaving && isAboutDraining(event);
  }

  close(): void {
    this.#stop();
  }

  #draining(event: WireEvent): void {
    this.#stop();
    this.#isLeaving = true;
    this.#parts.draining();
    // What can't go on elsewhere stays as long as it may.
    if (booleanField(event, 'can_move') !== true) return;
    this.#wantsMove = true;
    const leftMs = numberField(event, 'deadline_ms') ?? 0;
    const delayMs = Math.max(0, leftMs - MARGIN_MS);
    this.#cancelTimer = this.#parts.setTimer(() => this.#move(), delayMs);
  }

  #moveIfQuiet(): void {
    const { isGenerating, isPlaying } = this.#parts.activity;
    const isBusy = isGenerating || isPlaying || this.#isUserSpeaking || this.#isAnswerExpected;
    if (this.#wantsMove && !isBusy) this.#move();
  }

  #move(): void {
    this.#stop();
    this.#parts.askToMove();
  }

  #stop(): void {
    this.#wantsMove = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

function isAboutDraining(event: WireEvent): boolean {
  if (event.type !== 'error') return false;
  return textField(objectField(event, 'error'), 'code') === 'server_draining';
}
