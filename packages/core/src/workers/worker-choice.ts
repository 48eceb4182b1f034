import type { MonotonicMs } from '../time/clock.ts';

/** What is known of a worker by whoever sends it something to do. */
export interface WorkerRoom {
  /** Live sessions, and calls that are answered and wait for their client. */
  readonly placeCount: number;
  /** Whether it takes sessions: it is there, doesn't drain, and has room. */
  readonly isTaking: boolean;
}

/** After so long what was sent and became no session becomes none. */
const PENDING_MS = 500;

/**
 * Picks the worker with the fewest sessions. What was sent to a worker counts as one until the worker tells of it, or
 * for half a second, so that a burst is spread too.
 */
export class WorkerChoice {
  readonly #rooms: (WorkerRoom | undefined)[];
  /** When what was sent to each was, that it hasn't told of: as much as comes in half a second. */
  readonly #pendingAtMs: MonotonicMs[][];
  #turn = 0;

  constructor(workerCount: number) {
    this.#rooms = new Array<WorkerRoom | undefined>(workerCount).fill(undefined);
    this.#pendingAtMs = Array.from({ length: workerCount }, () => []);
  }

  /** A worker tells of itself; `undefined` when it has gone. */
  told(index: number, room: WorkerRoom | undefined): void {
    const moreCount = (room?.placeCount ?? 0) - (this.#rooms[index]?.placeCount ?? 0);
    this.#rooms[index] = room;
    if (moreCount > 0) this.#pendingAtMs[index]?.splice(0, moreCount);
  }

  /** Something was sent to a worker that may become a session. */
  sent(index: number, nowMs: MonotonicMs): void {
    this.#pendingAtMs[index]?.push(nowMs);
  }

  /**
   * The worker to send to; one that takes no sessions only if none does; `undefined` if no worker is there.
   *
   * @param preferred - Whom to send to among equals; they take turns if absent.
   */
  pick(nowMs: MonotonicMs, preferred?: number): number | undefined {
    this.#turn += 1;
    for (const pending of this.#pendingAtMs)
      while (pending[0] !== undefined && nowMs - pending[0] >= PENDING_MS) pending.shift();
    const count = this.#rooms.length;
    let best: number | undefined;
    for (let step = 0; step < count; step += 1) {
      const index = ((preferred ?? this.#turn) + step) % count;
      if (this.#rooms[index] === undefined) continue;
      if (best === undefined || this.#isBetter(index, best)) best = index;
    }
    return best;
  }

  #isBetter(index: number, than: number): boolean {
    const [one, other] = [this.#rooms[index], this.#rooms[than]];
    if (one?.isTaking !== other?.isTaking) return one?.isTaking === true;
    return this.#weightOf(index) < this.#weightOf(than);
  }

  #weightOf(index: number): number {
    return (this.#rooms[index]?.placeCount ?? 0) + (this.#pendingAtMs[index]?.length ?? 0);
  }
}
