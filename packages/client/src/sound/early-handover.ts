import { attempt } from '../client-error.ts';
import type { Link } from '../connection/link.ts';
import { EARLY_AUDIO_OVERLAP_MS, earlyAudioEvents } from './early-audio.ts';
import { MicrophoneTap } from './microphone-tap.ts';

export interface EarlyHandoverParts {
  readonly microphone: () => MediaStream;
  readonly setTimer: (callback: () => void, delayMs: number) => () => void;
}

/**
 * The call's tap of its microphone, and when what it has recorded leaves: a socket takes it by itself, WebRTC is handed
 * it once, when its own audio flows.
 */
export class EarlyHandover {
  readonly #parts: EarlyHandoverParts;
  #tap: Promise<MicrophoneTap> | undefined;
  /** Whether what was said before the call was live is still to be handed over. */
  #isPending: boolean;
  /** The link whose call was made with that announced. */
  #announcedBy: number | undefined;
  #cancelTimer: (() => void) | undefined;
  #used: Link | undefined;

  /** @param tap - Has recorded from the open microphone on; undefined where nothing is to be handed over. */
  constructor(tap: MicrophoneTap | undefined, parts: EarlyHandoverParts) {
    this.#parts = parts;
    this.#tap = tap === undefined ? undefined : Promise.resolve(tap);
    this.#isPending = tap !== undefined;
  }

  /** Whether the new call that link `number` makes over WebRTC is to announce early audio. */
  announces(number: number): boolean {
    if (this.#isPending) this.#announcedBy = number;
    return this.#isPending;
  }

  /** The tap that there is, or a new one. Rejects with `audio_unsupported`. */
  tap(): Promise<MicrophoneTap> {
    this.#tap ??= MicrophoneTap.prepare().then((tap) => {
      tap.listenTo(this.#parts.microphone());
      return tap;
    });
    return this.#tap;
  }

  /** The call has another microphone. */
  microphoneChanged(): void {
    void this.#tap?.then((tap) => listens(tap, this.#parts.microphone()));
  }

  /** The call goes over this link from now on. */
  use(number: number, link: Link): void {
    this.#cancelTimer?.();
    this.#used = link;
    if (link.kind === 'websocket' || this.#announcedBy !== number) this.#isPending = false;
    if (link.kind === 'websocket') return;
    if (!this.#isPending) return this.close();
    this.#cancelTimer = this.#parts.setTimer(() => void this.#send(link), EARLY_AUDIO_OVERLAP_MS);
  }

  /** The link in use is gone; what it wasn't handed is for the next. */
  lost(): void {
    this.#cancelTimer?.();
    this.#used = undefined;
  }

  /** Nothing is recorded any more. */
  close(): void {
    this.#cancelTimer?.();
    const tap = this.#tap;
    this.#tap = undefined;
    void tap?.then(
      (opened) => opened.close(),
      () => undefined,
    );
  }

  async #send(link: Link): Promise<void> {
    const tap = await this.#tap;
    if (tap === undefined || this.#used !== link) return;
    const frames = tap.recorded();
    this.#isPending = false;
    this.close();
    attempt(
      () => {
        for (const event of earlyAudioEvents(frames)) link.send(JSON.stringify(event));
      },
      // Whatever follows this link begins with the call as it is then.
      () => undefined,
    );
  }
}

/** Begins to listen to a microphone; undefined, and closed, where the tap can't take it. */
export function listeningTap(
  tap: MicrophoneTap | undefined,
  microphone: MediaStream,
): MicrophoneTap | undefined {
  return tap !== undefined && listens(tap, microphone) ? tap : undefined;
}

function listens(tap: MicrophoneTap, microphone: MediaStream): boolean {
  let isListening = true;
  attempt(
    () => tap.listenTo(microphone),
    () => {
      isListening = false;
      tap.close();
    },
  );
  return isListening;
}
