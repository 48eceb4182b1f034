import { redactEvent } from './redact-event.ts';
import type { Redaction, TapeEntry, TapeHeader } from './tape.ts';

/** The largest tape; what comes later is not written, and the tape says so. */
const TAPE_BYTES_MAX = 512 * 1024 * 1024;

export interface TapeRecorderOptions {
  readonly sessionType: TapeHeader['session_type'];
  readonly model: string;
  readonly redaction: Redaction;
  /** Takes the lines of the tape, each with its line end. */
  readonly write: (line: string) => void;
  readonly openedAtMs: number;
  /** 512 MiB by default. */
  readonly sizeBytesMax?: number;
}

/** Writes one session's tape, line by line. Nothing is written after the close. */
export class TapeRecorder {
  readonly #options: TapeRecorderOptions;
  #sizeBytes = 0;
  #isOver = false;

  constructor(options: TapeRecorderOptions) {
    this.#options = options;
    const header: TapeHeader = {
      type: 'prism.tape',
      version: 1,
      session_type: options.sessionType,
      model: options.model,
      redaction: options.redaction,
    };
    this.#write(header, options.openedAtMs);
  }

  /** One message as it went over the wire. */
  said(from: 'client' | 'server', text: string, nowMs: number): void {
    const event = parseObject(text);
    const content =
      event === undefined ? { text } : { event: redactEvent(event, this.#options.redaction) };
    this.#write({ at_ms: this.#atMs(nowMs), from, ...content }, nowMs);
  }

  closed(from: 'client' | 'server', close: { code: number; reason: string }, nowMs: number): void {
    this.#write({ at_ms: this.#atMs(nowMs), from, close }, nowMs);
    this.#isOver = true;
  }

  /** Rounded to microseconds, so that a tape is no longer than it needs to be. */
  #atMs(nowMs: number): number {
    return Math.round((nowMs - this.#options.openedAtMs) * 1_000) / 1_000;
  }

  #write(line: TapeHeader | TapeEntry, nowMs: number): void {
    if (this.#isOver) return;
    const text = `${JSON.stringify(line)}\n`;
    this.#sizeBytes += Buffer.byteLength(text);
    const sizeBytesMax = this.#options.sizeBytesMax ?? TAPE_BYTES_MAX;
    if (this.#sizeBytes > sizeBytesMax) {
      this.#isOver = true;
      const cut = `the tape is full: ${sizeBytesMax} bytes`;
      this.#options.write(`${JSON.stringify({ at_ms: this.#atMs(nowMs), cut })}\n`);
      return;
    }
    this.#options.write(text);
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
