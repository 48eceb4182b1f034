/**
 * Ears: what turns a session's audio into speech probabilities and heard sentences.
 *
 * Ears work elsewhere (worker threads) and answer through the listener; they decide nothing about turns. Positions
 * are samples at 24 kHz since the first sample pushed to this ear, so that nothing here needs a clock.
 */

/** Rate of the PCM that crosses the engine's ports, in and out. */
export const PORT_SAMPLE_RATE_HZ = 24_000;

/** Samples per voice-activity decision: 10 ms at 24 kHz. */
export const ACTIVITY_FRAME_SAMPLES = 240;

export interface Hearing {
  /** What was understood, in the grammar's words; empty if nothing was. */
  readonly text: string;
  /** False when the utterance doesn't fit the grammar well enough to be acted on. */
  readonly isAccepted: boolean;
  /** 0 (surely not in the grammar) to 1 (surely in it). */
  readonly confidenceRatio: number;
  /** How much of the utterance was speech. */
  readonly speechMs: number;
}

export interface EarListener {
  /** One speech probability (0–1) per {@link ACTIVITY_FRAME_SAMPLES}, the first of them starting at `firstSample`. */
  activity(firstSample: number, speechProbabilities: Float32Array): void;
  /** The words that have stayed the same so far, while the user is still speaking. */
  partial(utteranceId: string, text: string): void;
  /** The end result of `end`. Exactly one `final` or `failed` follows each `begin` that was not cancelled. */
  final(utteranceId: string, hearing: Hearing): void;
  failed(utteranceId: string, reason: string): void;
}

/** One session's ear. */
export interface Ear {
  /** PCM16 mono at 24 kHz, any length. Never blocks. The ear keeps at least the last 15 s for `begin`. */
  push(pcm: Int16Array): void;
  /** Starts recognising at `fromSample` (which may lie in the past) and follows the audio until `end` or `cancel`. */
  begin(utteranceId: string, fromSample: number): void;
  end(utteranceId: string, toSample: number): void;
  cancel(utteranceId: string): void;
  /** Replaces what can be understood, from the next `begin` on. */
  setGrammar(grammar: EarGrammar): void;
  close(): void;
}

export interface EarGrammar {
  /** JSGF with one public rule. Words are lower case. */
  readonly jsgf: string;
  /** Pronunciations (ARPAbet phones) that override or add to the dictionary and the grapheme-to-phoneme rules. */
  readonly pronunciations: Readonly<Record<string, string>>;
}

export interface Ears {
  open(grammar: EarGrammar, listener: EarListener): Ear;
  close(): Promise<void>;
}
