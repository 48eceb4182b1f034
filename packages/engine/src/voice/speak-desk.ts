import type { SpeechRequest } from '../ports/voice.ts';
import type { SpeakReply, SpeakRequest } from '../workers/speak-protocol.ts';
import type { SpeakerStep } from './chunk-speaker.ts';

/** What a desk works with. */
export interface SpeakDeskParts {
  readonly speak: (request: SpeechRequest) => Iterator<SpeakerStep>;
  readonly send: (reply: SpeakReply) => void;
}

/** What was announced and isn't made yet; beyond it the oldest is dropped, and made when it is asked for. */
const MAX_ANNOUNCED_COUNT = 8;

/** All utterances of one thread, a chunk of one of them at a time. Bounded by the voice, which refuses more. */
export class SpeakDesk {
  readonly #parts: SpeakDeskParts;
  /** Who hasn't said anything yet goes first: their listeners wait. */
  readonly #fresh = new Map<number, Iterator<SpeakerStep>>();
  /** Speech is made many times faster than it is heard, so that who has begun can wait their turn. */
  readonly #begun = new Map<number, Iterator<SpeakerStep>>();

  /** What will probably be asked for: its first chunks are made when nobody waits, and are kept by the cache. */
  readonly #announced: Iterator<SpeakerStep>[] = [];

  constructor(parts: SpeakDeskParts) {
    this.#parts = parts;
  }

  /** Whether there is anything to say. */
  get isBusy(): boolean {
    return this.#fresh.size + this.#begun.size + this.#announced.length > 0;
  }

  /** Takes a request; the work it causes is done by {@link step}. */
  handle(request: SpeakRequest): void {
    switch (request.type) {
      case 'speak':
        this.#fresh.set(request.id, this.#parts.speak(request.request));
        break;
      case 'cancel':
        this.#fresh.delete(request.id);
        this.#begun.delete(request.id);
        break;
      case 'announce':
        this.#announced.push(this.#parts.speak(request.request));
        if (this.#announced.length > MAX_ANNOUNCED_COUNT) this.#announced.shift();
        break;
    }
  }

  /** Makes the next chunk of speech; of what was announced if nothing else is to be said. */
  step(): void {
    const speakers = this.#fresh.size > 0 ? this.#fresh : this.#begun;
    const next = speakers.entries().next();
    if (next.done === true) {
      this.#announced.shift()?.next();
      return;
    }
    const [id, speaker] = next.value;
    speakers.delete(id);
    const step = speaker.next();
    if (step.done === true) {
      this.#parts.send({ type: 'finished', id });
    } else if (step.value.type === 'failed') {
      this.#parts.send({ type: 'failed', id, reason: step.value.reason });
    } else {
      const { text, pcm } = step.value.chunk;
      this.#parts.send({ type: 'chunk', id, text, pcm });
      this.#begun.set(id, speaker);
    }
  }
}
