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
  /** There is one more, so that an utterance that waits can go on. */
  readonly grown: () => void;
  /** One more recogniser can't be made. */
  readonly failed: (error: unknown) => void;
}

/**
 * The recognisers of a worker. An utterance takes one that has its grammar already, if one is free; else the one that
 * has been idle for longest takes the grammar. When the last idle one is taken, one more is made, up to the limit: the
 * next utterance finds it ready.
 */
export class RecogniserPool {
  /** The longest idle first. */
  readonly #idle: Recogniser[] = [];
  readonly #create: () => Promise<Recogniser>;
  readonly #countMax: number;
  readonly #grown: () => void;
  readonly #failed: (error: unknown) => void;
  /** Those in use and those being made included. */
  #count = 0;

  constructor(options: RecogniserPoolOptions) {
    this.#create = options.create;
    this.#countMax = options.countMax;
    this.#grown = options.grown;
    this.#failed = options.failed;
  }

  /** Recognisers that there are, those in use and those being made included. */
  get count(): number {
    return this.#count;
  }

  /** Makes one more recogniser. */
  async grow(): Promise<void> {
    this.#count++;
    try {
      this.#idle.push(await this.#create());
    } catch (error) {
      this.#count--;
      throw error;
    }
    this.#grown();
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
    if (reason === undefined) {
      if (this.#idle.length === 0) this.#growInBackground();
      return { type: 'recogniser', recogniser };
    }
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
    this.#growInBackground();
  }

  #growInBackground(): void {
    if (this.#count < this.#countMax) this.grow().catch(this.#failed);
  }
}
