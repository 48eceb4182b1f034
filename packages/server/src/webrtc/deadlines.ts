import type { Clock, MonotonicMs, Timer } from '@prism/core';

/** Who has something to do at a time. */
export interface DeadlineOwner {
  readonly deadlineMs: MonotonicMs | undefined;
  /** The deadline has come; there is a later one afterwards, or none. */
  deadlineDue(nowMs: MonotonicMs): void;
}

/**
 * One timer for the deadlines of all peers: handshakes and data channels have some while anything is unanswered.
 *
 * The timer is armed for the earliest that was ever told; one that was put off meanwhile is found so when it fires.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #owners = new Set<DeadlineOwner>();
  #timer: Timer | undefined;
  #armedMs: number = Number.POSITIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called whenever the owner's deadline may have changed. */
  update(owner: DeadlineOwner): void {
    const { deadlineMs } = owner;
    if (deadlineMs === undefined) {
      this.#owners.delete(owner);
      return;
    }
    this.#owners.add(owner);
    if (deadlineMs < this.#armedMs) this.#arm(deadlineMs);
  }

  /** Forgets an owner. Idempotent. */
  remove(owner: DeadlineOwner): void {
    this.#owners.delete(owner);
    if (this.#owners.size === 0) this.close();
  }

  /** Forgets all. */
  close(): void {
    this.#owners.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#armedMs = Number.POSITIVE_INFINITY;
  }

  #arm(atMs: MonotonicMs): void {
    this.#timer?.cancel();
    this.#armedMs = atMs;
    this.#timer = this.#clock.setTimer(atMs, () => this.#fire());
  }

  #fire(): void {
    this.#timer = undefined;
    this.#armedMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.nowMs();
    for (const owner of [...this.#owners]) {
      if (owner.deadlineMs !== undefined && owner.deadlineMs <= nowMs) owner.deadlineDue(nowMs);
      this.update(owner);
    }
  }
}
