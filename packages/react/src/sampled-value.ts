import { Listeners } from './listeners.ts';

/** How a value is measured, and how often. */
export interface Sampling<Value> {
  /** The value while nobody measures, and before the first measurement. */
  readonly resting: Value;
  /** Measures; undefined if there is nothing to measure, or no change that anybody would see. */
  readonly measure: () => Value | undefined;
  /** Calls back again and again; the returned function ends that. */
  readonly every: (callback: () => void) => () => void;
}

/**
 * A value that is measured again and again while it can be and somebody looks at it. However many look, there is one
 * timer, and none when the last has left or the call has ended.
 */
export class SampledValue<Value> {
  readonly #sampling: Sampling<Value>;
  readonly #listeners = new Listeners<[]>();
  #value: Value;
  #isRunning = false;
  #stop: (() => void) | undefined;

  constructor(sampling: Sampling<Value>) {
    this.#sampling = sampling;
    this.#value = sampling.resting;
  }

  /** The newest value; the same object until there is another. */
  readonly read = (): Value => this.#value;

  /** Calls back after each change; the returned function ends that. */
  readonly subscribe = (listener: () => void): (() => void) => {
    const leave = this.#listeners.add(listener);
    this.#adjust();
    return () => {
      leave();
      this.#adjust();
    };
  };

  /** Whether there is something to measure; without, the value rests. */
  setRunning(isRunning: boolean): void {
    this.#isRunning = isRunning;
    this.#adjust();
    if (!isRunning) this.#take(this.#sampling.resting);
  }

  /** Takes a value that was measured by other means. */
  take(value: Value): void {
    if (this.#isRunning) this.#take(value);
  }

  #take(value: Value): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    this.#listeners.notify();
  }

  #adjust(): void {
    const isWanted = this.#isRunning && this.#listeners.count > 0;
    if (isWanted === (this.#stop !== undefined)) return;
    this.#stop?.();
    this.#stop = undefined;
    if (!isWanted) return;
    const measure = (): void => {
      const value = this.#sampling.measure();
      if (value !== undefined) this.take(value);
    };
    this.#stop = this.#sampling.every(measure);
    measure();
  }
}
