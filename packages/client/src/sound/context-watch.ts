import { PrismClientError } from '../client-error.ts';
import type { PlaybackState } from './sound-state.ts';

/** Told whenever it changes whether a context's sound is heard. */
export type PlaybackTeller = (state: PlaybackState, error: PrismClientError | undefined) => void;

/** The part of an audio context that tells whether it runs; iOS also says `interrupted`. */
type WatchedContext = Pick<AudioContext, 'addEventListener' | 'removeEventListener'> & {
  readonly state: string;
};

/** Follows an audio context: one that has never run waits for a gesture, one that stops has been stopped. */
export class ContextWatch {
  readonly #context: WatchedContext;
  readonly #tell: PlaybackTeller;
  #hasRun = false;

  constructor(context: WatchedContext, tell: PlaybackTeller) {
    this.#context = context;
    this.#tell = tell;
    this.#hasRun = context.state === 'running';
    context.addEventListener('statechange', this.#onState);
  }

  /** Tells of a context that doesn't run; called when it should. */
  check(): void {
    this.#onState();
  }

  /** Idempotent. */
  close(): void {
    this.#context.removeEventListener('statechange', this.#onState);
  }

  readonly #onState = (): void => {
    const { state } = this.#context;
    if (state === 'closed') return;
    if (state === 'running') {
      this.#hasRun = true;
      return this.#tell('playing', undefined);
    }
    if (this.#hasRun) this.#tell('suspended', new PrismClientError('audio_suspended'));
    else this.#tell('blocked', new PrismClientError('audio_blocked'));
  };
}
