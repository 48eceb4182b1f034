/** What a process has seen of itself since the sample before. */
export interface LoadSample {
  /** Live sessions, and places that are promised. */
  readonly sessions: number;
  readonly sessionCountMax: number;
  /** How much of the time the event loop was busy, 0–1. */
  readonly busyRatio: number;
  /** 99th percentile of how late the event loop was. */
  readonly eventLoopDelayMs: number;
  /** The latest media tick. */
  readonly tickLatenessMs: number;
}

/** What load is made of. */
export const LOAD_PARTS = ['sessions', 'cpu', 'event_loop', 'media_tick'] as const;

export type LoadPart = (typeof LOAD_PARTS)[number];

/** Parts that say that the process itself can do no more; places are counted elsewhere, exactly. */
const MEASURED_PARTS = ['cpu', 'event_loop', 'media_tick'] as const satisfies readonly LoadPart[];

export interface LoadGaugeOptions {
  /** From this load on no session is taken, 0–1. */
  readonly refusedAbove: number;
}

/** Lateness that is a load of 1: three frames of 20 ms, which is more than a listener's jitter buffer usually holds. */
const FULL_LATENESS_MS = 60;
/** How much of a measured part is the newest sample: with one each second the rest of a spike is gone in 5 s. */
const NEWEST_SHARE = 0.4;
/** Once it takes no sessions it does again this far below. */
const HYSTERESIS = 0.2;

/**
 * How loaded a process is, as one figure from 0 to 1: its fullest part. What is measured is smoothed, so that one late
 * tick refuses nobody, and whether sessions are taken doesn't change to and fro.
 */
export class LoadGauge {
  readonly #options: LoadGaugeOptions;
  readonly #parts: Record<LoadPart, number> = { sessions: 0, cpu: 0, event_loop: 0, media_tick: 0 };
  #isOverloaded = false;

  constructor(options: LoadGaugeOptions) {
    this.#options = options;
  }

  /** The fullest part. */
  get load(): number {
    return Math.max(...LOAD_PARTS.map((part) => this.#parts[part]));
  }

  /** Each part, 0–1. */
  get parts(): Readonly<Record<LoadPart, number>> {
    return { ...this.#parts };
  }

  /** Whether the process can do no more. */
  get isOverloaded(): boolean {
    return this.#isOverloaded;
  }

  /** Parts that keep sessions out, the fullest first; none while they are taken. */
  get reasons(): readonly LoadPart[] {
    if (!this.#isOverloaded) return [];
    return MEASURED_PARTS.filter((part) => this.#parts[part] >= this.#releasedBelow).sort(
      (one, other) => this.#parts[other] - this.#parts[one],
    );
  }

  sample(sample: LoadSample): void {
    const { sessions, sessionCountMax, busyRatio, eventLoopDelayMs, tickLatenessMs } = sample;
    this.#parts.sessions = clamped(sessions / Math.max(1, sessionCountMax));
    this.#smooth('cpu', busyRatio);
    this.#smooth('event_loop', eventLoopDelayMs / FULL_LATENESS_MS);
    this.#smooth('media_tick', tickLatenessMs / FULL_LATENESS_MS);
    const measured = Math.max(...MEASURED_PARTS.map((part) => this.#parts[part]));
    const bound = this.#isOverloaded ? this.#releasedBelow : this.#options.refusedAbove;
    this.#isOverloaded = measured >= bound;
  }

  get #releasedBelow(): number {
    return Math.max(0, this.#options.refusedAbove - HYSTERESIS);
  }

  #smooth(part: LoadPart, value: number): void {
    const before = this.#parts[part];
    this.#parts[part] = before + NEWEST_SHARE * (clamped(value) - before);
  }
}

/** Between 0 and 1; what is no number is nothing. */
function clamped(ratio: number): number {
  return Number.isNaN(ratio) ? 0 : Math.min(1, Math.max(0, ratio));
}
