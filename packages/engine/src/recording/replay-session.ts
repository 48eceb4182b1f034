import type { Tape, TapeEntry } from './tape.ts';

/** What a replayed session does. */
export type ReplayEffect =
  | { readonly type: 'send'; readonly text: string }
  | { readonly type: 'close'; readonly code: number; readonly reason: string };

/** Client messages that may run ahead of the tape; more end the replay as a mismatch. */
const PENDING_COUNT_MAX = 1_000;

const MISMATCH_CLOSE_CODE = 4_002;

/**
 * Plays the server's side of a tape to a client that does what the recorded one did.
 *
 * The client's messages are gates: what the server said after one is sent once that one has come, with the recorded
 * delay. Events must come in the recorded order of types; appended audio opens its gate by its amount, however it is
 * cut. A client that does something else is told what the tape expected, and closed with 4002.
 */
export class ReplaySession {
  readonly #entries: readonly TapeEntry[];
  /** Recorded delays are divided by this; infinity sends at once. */
  readonly #paceRatio: number;
  readonly #effects: ReplayEffect[] = [];
  readonly #pendingTypes: string[] = [];
  #nextIndex = 0;
  /** When the last gate opened: on the tape, and here. */
  #gate = { tapeMs: 0, nowMs: 0 };
  #audioBytesTaped = 0;
  #audioBytesCome = 0;
  #isOver = false;

  constructor(tape: Tape, options: { readonly paceRatio: number; readonly nowMs: number }) {
    this.#entries = tape.entries;
    this.#paceRatio = options.paceRatio;
    this.#gate = { tapeMs: 0, nowMs: options.nowMs };
    this.#advance(options.nowMs);
  }

  /** One text message of the client. */
  clientSaid(text: string, nowMs: number): void {
    if (this.#isOver) return;
    const { type, audioBytes } = readClientMessage(text);
    if (type === 'input_audio_buffer.append') this.#audioBytesCome += audioBytes;
    else this.#pendingTypes.push(type);
    if (this.#pendingTypes.length > PENDING_COUNT_MAX) {
      this.#mismatch(`no more than ${PENDING_COUNT_MAX} messages ahead of the tape`, type);
      return;
    }
    this.#advance(nowMs);
  }

  /** The deadline has come. */
  tick(nowMs: number): void {
    this.#advance(nowMs);
  }

  poll(): ReplayEffect | undefined {
    return this.#effects.shift();
  }

  /** When to call `tick`; `undefined` while the client is awaited or all is said. */
  deadlineMs(): number | undefined {
    const next = this.#entries[this.#nextIndex];
    if (this.#isOver || next === undefined || 'cut' in next || next.from === 'client') {
      return undefined;
    }
    return this.#dueMs(next.at_ms);
  }

  #dueMs(tapeMs: number): number {
    return this.#gate.nowMs + (tapeMs - this.#gate.tapeMs) / this.#paceRatio;
  }

  #advance(nowMs: number): void {
    for (;;) {
      const next = this.#entries[this.#nextIndex];
      if (this.#isOver || next === undefined || 'cut' in next) return;
      const isTaken = next.from === 'client' ? this.#pass(next, nowMs) : this.#say(next, nowMs);
      if (!isTaken) return;
      this.#nextIndex += 1;
    }
  }

  /** Sends a message of the server if it is due. */
  #say(entry: Exclude<TapeEntry, { cut: string }>, nowMs: number): boolean {
    if (this.#dueMs(entry.at_ms) > nowMs) return false;
    if ('close' in entry) {
      this.#effects.push({ type: 'close', ...entry.close });
      this.#isOver = true;
      return true;
    }
    const text = 'event' in entry ? JSON.stringify(entry.event) : entry.text;
    this.#effects.push({ type: 'send', text });
    return true;
  }

  /** Passes a message of the client if it has come. */
  #pass(entry: Exclude<TapeEntry, { cut: string }>, nowMs: number): boolean {
    if ('close' in entry) return false;
    const taped = readClientMessage('event' in entry ? JSON.stringify(entry.event) : entry.text);
    if (taped.type === 'input_audio_buffer.append') {
      if (this.#audioBytesCome < this.#audioBytesTaped + taped.audioBytes)
        return this.#isExpected(taped.type);
      this.#audioBytesTaped += taped.audioBytes;
    } else {
      const come = this.#pendingTypes[0];
      if (come === undefined) return false;
      if (come !== taped.type) return this.#mismatch(taped.type, come);
      this.#pendingTypes.shift();
    }
    this.#gate = { tapeMs: entry.at_ms, nowMs };
    return true;
  }

  /** The tape waits for audio: a client that has gone on to something else will not send it. */
  #isExpected(tapedType: string): false {
    const come = this.#pendingTypes[0];
    return come === undefined ? false : this.#mismatch(tapedType, come);
  }

  #mismatch(expected: string, come: string): false {
    const message = `The tape expects ${expected} here (line ${this.#nextIndex + 2}), the client sent ${come}.`;
    const error = {
      type: 'invalid_request_error',
      code: 'replay_mismatch',
      message,
      param: null,
      event_id: null,
    };
    const text = JSON.stringify({
      type: 'error',
      event_id: `event_replay_${this.#nextIndex}`,
      error,
    });
    this.#effects.push({ type: 'send', text });
    this.#effects.push({ type: 'close', code: MISMATCH_CLOSE_CODE, reason: 'replay_mismatch' });
    this.#isOver = true;
    return false;
  }
}

function readClientMessage(text: string): { readonly type: string; readonly audioBytes: number } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { type: 'a message that is not JSON', audioBytes: 0 };
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) {
    return { type: 'a message without type', audioBytes: 0 };
  }
  const audio = 'audio' in value && typeof value.audio === 'string' ? value.audio : '';
  return {
    type: String(value.type),
    audioBytes: Math.floor((audio.replace(/=+$/, '').length * 3) / 4),
  };
}
