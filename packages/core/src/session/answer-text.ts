import type { AudioSource } from '../playout/playout-queue.ts';

/** One spoken content part of an answer, until what was heard of it is known. */
export interface AnswerPart {
  readonly source: AudioSource;
  isTextOver: boolean;
  isAudioOver: boolean;
}

/** The text of one of the assistant's items, from its parts: written ones as they are, spoken ones as heard. */
export class AnswerText {
  readonly itemId: string;
  readonly responseId: string;
  /** Nothing more comes of it. */
  isOver = false;
  /** Its response was cancelled, or ended before it was complete. */
  isIncomplete = false;
  readonly #open = new Map<number, AnswerPart>();
  readonly #textByIndex = new Map<number, string>();
  #isCut = false;

  constructor(itemId: string, responseId: string) {
    this.itemId = itemId;
    this.responseId = responseId;
  }

  /** Parts of which is not known yet what was heard. */
  get open(): Iterable<AnswerPart> {
    return this.#open.values();
  }

  get isSettled(): boolean {
    return this.isOver && this.#open.size === 0;
  }

  get isCut(): boolean {
    return this.#isCut || this.isIncomplete;
  }

  get text(): string {
    return [...this.#textByIndex]
      .sort(([left], [right]) => left - right)
      .map(([, text]) => text)
      .filter((text) => text !== '')
      .join(' ');
  }

  /** The spoken part with this source, which is open from now on. */
  part(source: AudioSource): AnswerPart {
    const known = this.#open.get(source.contentIndex);
    if (known !== undefined) return known;
    const part = { source, isTextOver: false, isAudioOver: false };
    this.#open.set(source.contentIndex, part);
    return part;
  }

  /** A written part is complete. */
  write(contentIndex: number, text: string): void {
    this.#textByIndex.set(contentIndex, text);
  }

  /** A spoken part is over; `text` is what was heard of it. */
  settle({ source }: AnswerPart, text: string, isCut: boolean): void {
    this.#open.delete(source.contentIndex);
    this.#textByIndex.set(source.contentIndex, text);
    this.#isCut ||= isCut;
  }
}
