/** Moments of a turn as its client sees them, in milliseconds since the end of what the user said. */
export interface TurnMoments {
  /** `input_audio_buffer.speech_stopped` is there. */
  readonly speechStoppedMs: number | undefined;
  /** `response.created` is there. */
  readonly responseCreatedMs: number | undefined;
  /** The answer's first packet is there. */
  readonly firstPacketMs: number | undefined;
  /** The first packet that can be heard is there: what a listener waits for, less his jitter buffer and output. */
  readonly audibleMs: number | undefined;
}

const MOMENT_BY_EVENT: Readonly<Record<string, 'speechStoppedMs' | 'responseCreatedMs'>> = {
  'input_audio_buffer.speech_stopped': 'speechStoppedMs',
  'response.created': 'responseCreatedMs',
};

/** Follows one turn from the first word of the user to the end of the answer. */
export class TurnWatch {
  readonly #moments: { -readonly [Name in keyof TurnMoments]: number | undefined } = {
    speechStoppedMs: undefined,
    responseCreatedMs: undefined,
    firstPacketMs: undefined,
    audibleMs: undefined,
  };
  #speechEndAtMs: number | undefined;
  #isGenerated = false;
  #isPlayed = false;

  get isHeard(): boolean {
    return this.#moments.audibleMs !== undefined;
  }

  /** Whether the answer is over: generated, and played. */
  get isOver(): boolean {
    return this.#isGenerated && this.#isPlayed;
  }

  get moments(): TurnMoments {
    return { ...this.#moments };
  }

  /** The last frame with speech in it leaves. */
  speechEnded(atMs: number): void {
    this.#speechEndAtMs = atMs;
  }

  event(type: string, atMs: number): void {
    const moment = MOMENT_BY_EVENT[type];
    if (moment !== undefined) this.#mark(moment, atMs);
    if (type === 'response.created') this.#isGenerated = false;
    if (type === 'response.done') this.#isGenerated = true;
    if (type === 'output_audio_buffer.started') this.#isPlayed = false;
    if (type === 'output_audio_buffer.stopped') this.#isPlayed = true;
  }

  packet(atMs: number, isAudible: boolean): void {
    if (this.#moments.responseCreatedMs === undefined) return;
    this.#mark('firstPacketMs', atMs);
    if (isAudible) this.#mark('audibleMs', atMs);
  }

  #mark(moment: keyof TurnMoments, atMs: number): void {
    if (this.#speechEndAtMs !== undefined) this.#moments[moment] ??= atMs - this.#speechEndAtMs;
  }
}
