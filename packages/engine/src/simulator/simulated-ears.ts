import type { Clock } from '../door/clock.ts';
import {
  type Ear,
  type EarGrammar,
  type EarListener,
  type Ears,
  PORT_SAMPLE_RATE_HZ,
} from '../ports/ears.ts';
import { decodeTimeCode } from '../time-code/decode-time-code.ts';
import { reportTimeCode } from '../time-code/time-code-report.ts';
import { type Distribution, sampleMs } from './distribution.ts';
import { EnergyDetector } from './energy-detector.ts';
import { RecentAudio } from './recent-audio.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatorScript } from './simulator-script.ts';

const SAMPLES_PER_MS = PORT_SAMPLE_RATE_HZ / 1_000;

export interface SimulatedEarsOptions {
  readonly hearing: SimulatorScript['hearing'];
  readonly transcriptionMs: Distribution;
  readonly random: SeededRandom;
  readonly clock: Clock;
}

/** Ears that tell sound from silence by its energy, and hear what their script says. */
export class SimulatedEars implements Ears {
  readonly #options: SimulatedEarsOptions;
  #heardCount = 0;

  constructor(options: SimulatedEarsOptions) {
    this.#options = options;
  }

  open(_grammar: EarGrammar, listener: EarListener): Ear {
    return new SimulatedEar({ ...this.#options, nextTranscript: () => this.#next() }, listener);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #next(): string {
    const { transcripts } = this.#options.hearing;
    this.#heardCount += 1;
    return transcripts[(this.#heardCount - 1) % transcripts.length] ?? '';
  }
}

interface SimulatedEarOptions extends SimulatedEarsOptions {
  readonly nextTranscript: () => string;
}

class SimulatedEar implements Ear {
  readonly #options: SimulatedEarOptions;
  readonly #listener: EarListener;
  readonly #detector: EnergyDetector;
  /** Kept only where the time code is read. */
  readonly #recent: RecentAudio | undefined;
  /** First samples of the utterances that go on; bounded by the conversation. */
  readonly #begun = new Map<string, number>();
  readonly #timers = new Map<string, () => void>();

  constructor(options: SimulatedEarOptions, listener: EarListener) {
    this.#options = options;
    this.#listener = listener;
    this.#detector = new EnergyDetector(options.hearing.threshold_dbfs);
    this.#recent = options.hearing.reads_time_code ? new RecentAudio() : undefined;
  }

  push(pcm: Int16Array): void {
    this.#recent?.push(pcm);
    const found = this.#detector.push(pcm);
    if (found !== undefined) {
      this.#listener.activity(found.firstSample, found.probabilities);
    }
  }

  begin(utteranceId: string, fromSample: number): void {
    this.#begun.set(utteranceId, fromSample);
  }

  end(utteranceId: string, toSample: number): void {
    const fromSample = this.#begun.get(utteranceId) ?? toSample;
    this.#begun.delete(utteranceId);
    const { hearing, transcriptionMs, random, clock } = this.#options;
    const text = this.#codeIn(fromSample, toSample) ?? this.#options.nextTranscript();
    const atMs = clock.nowMs() + sampleMs(transcriptionMs, random);
    const cancel = clock.callAt(atMs, () => {
      this.#timers.delete(utteranceId);
      if (hearing.fails) {
        this.#listener.failed(utteranceId, 'the script lets hearing fail');
        return;
      }
      const speechMs = (toSample - fromSample) / SAMPLES_PER_MS;
      const heard = { text, isAccepted: text !== '', confidenceRatio: 1, speechMs };
      this.#listener.final(utteranceId, heard);
    });
    this.#timers.set(utteranceId, cancel);
  }

  cancel(utteranceId: string): void {
    this.#begun.delete(utteranceId);
    this.#timers.get(utteranceId)?.();
    this.#timers.delete(utteranceId);
  }

  setGrammar(): void {
    // What is heard follows from the script.
  }

  close(): void {
    for (const cancel of this.#timers.values()) {
      cancel();
    }
    this.#timers.clear();
    this.#begun.clear();
  }

  #codeIn(fromSample: number, toSample: number): string | undefined {
    if (this.#recent === undefined) {
      return undefined;
    }
    const report = reportTimeCode(decodeTimeCode(this.#recent.slice(fromSample, toSample)));
    const { firstFrame, lastFrame, heardCount, missingCount, repeatedCount } = report;
    return firstFrame === undefined || lastFrame === undefined
      ? undefined
      : `time code ${firstFrame} to ${lastFrame}, ${heardCount} heard, ${missingCount} missing, ${repeatedCount} repeated, ${report.disorderedCount} out of order`;
  }
}
