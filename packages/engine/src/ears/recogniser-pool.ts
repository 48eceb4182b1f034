import type { PreparedGrammar } from './prepared-grammar.ts';
import type { Recogniser } from './recogniser.ts';

/** A recogniser, or why there can't be one. */
export type Acquired =
  | { readonly type: 'recogniser'; readonly recogniser: Recogniser }
  | { readonly type: 'busy' }
  | { readonly type: 'refused'; readonly reason: string };

/** What a pool needs. */
export interface RecogniserPoolOptions {
  readonly create: () => Promise<Recogniser>;
  /** Recognisers that it has at most; each takes about 20 MB, so that they are made when they are needed. */
  readonly countMax: number;
  /** The pool has stopped growing, so that work that waited for it can go on. */
  readonly settled: () => void;
  /** One more recogniser can't be made. */
  readonly failed: (error: unknown) => void;
}

/**
 * The recognisers of a worker. An utterance takes one that has its grammar already, if one is free; else the one that
 * has been idle for longest takes the grammar. There is one at first, and more are
 * made as more people may talk.
 */
export class RecogniserPool {
  /** The longest idle first. */
  readonly #idle: Recogniser[] = [];
  readonly #create: () => Promise<Recogniser>;
  readonly #countMax: number;
  readonly #settled: () => void;
  readonly #failed: (error: unknown) => void;
  /** Those in use included. */
  #count = 0;
  #wantedCount = 1;
  #isGrowing = false;

  constructor(options: RecogniserPoolOptions) {
    this.#create = options.create;
    this.#countMax = options.countMax;
    this.#settled = options.settled;
    this.#failed = options.failed;
  }

  /** Recognisers that there are, those in use included. */
  get count(): number {
    return this.#count;
  }

  /**
   * Whether recognisers are being made: they read files, a piece per turn of the event loop, so that a thread which goes
   * on recognising meanwhile makes each of them wait for a second instead of 50 ms.
   */
  get isGrowing(): boolean {
    return this.#isGrowing;
  }

  /** Makes recognisers in the background until there are so many, or as many as there may be. */
  ensure(count: number): void {
    this.#wantedCount = Math.max(this.#wantedCount, Math.min(count, this.#countMax));
    if (!this.#isGrowing && this.#count < this.#wantedCount) this.grow().catch(this.#failed);
  }

  /** Makes one more recogniser, and all that are wanted until then; rejects if one can't be made. */
  async grow(): Promise<void> {
    this.#isGrowing = true;
    try {
      do {
        const recogniser = await this.#create();
        this.#count++;
        this.#idle.push(recogniser);
      } while (this.#count < this.#wantedCount);
    } finally {
      this.#isGrowing = false;
      this.#settled();
    }
  }

  /**
   * Lets an idle recogniser learn a grammar that none of the idle ones has, so that the next utterance needn't wait.
   *
   * @returns Why it can't be learned.
   */
  warm(grammar: PreparedGrammar): string | undefined {
    if (this.#idle.some((recogniser) => recogniser.grammarKey === grammar.key)) return undefined;
    return this.#idle[0]?.setGrammar(grammar);
  }

  /**
   * Lets one idle recogniser that has no grammar yet learn one.
   *
   * @returns Whether there was one.
   */
  warmBlank(grammar: PreparedGrammar): boolean {
    const blank = this.#idle.find((recogniser) => recogniser.grammarKey === '');
    return blank !== undefined && blank.setGrammar(grammar) === undefined;
  }

  /** Takes a recogniser out of the pool. */
  acquire(grammar: PreparedGrammar): Acquired {
    const fit = this.#idle.findIndex((recogniser) => recogniser.grammarKey === grammar.key);
    const [recogniser] = this.#idle.splice(Math.max(0, fit), 1);
    if (recogniser === undefined) return { type: 'busy' };
    const reason = recogniser.setGrammar(grammar);
    if (reason === undefined) return { type: 'recogniser', recogniser };
    this.#idle.push(recogniser);
    return { type: 'refused', reason };
  }

  /** Puts a recogniser back, between utterances. */
  release(recogniser: Recogniser): void {
    if (!recogniser.isWorn) {
      this.#idle.push(recogniser);
      return;
    }
    recogniser.delete();
    this.#count--;
    this.ensure(this.#wantedCount);
  }
}
