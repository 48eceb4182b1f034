/** What is known of a worker by whoever sends it something to do. */
export interface WorkerRoom {
  /** Live sessions, and calls that are answered and wait for their client. */
  readonly placeCount: number;
  /** Whether it takes sessions: it is there, doesn't drain, and has room. */
  readonly isTaking: boolean;
}

/**
 * Picks the worker with the fewest sessions. What was sent to a worker counts as a session until the worker has told
 * twice how many it has, so that a burst is spread too, and what takes a moment to become one.
 */
export class WorkerChoice {
  readonly #rooms: (WorkerRoom | undefined)[];
  /** Since it told last, and between that and the time before. */
  readonly #sent: { late: number; early: number }[];
  #turn = 0;

  constructor(workerCount: number) {
    this.#rooms = new Array<WorkerRoom | undefined>(workerCount).fill(undefined);
    this.#sent = Array.from({ length: workerCount }, () => ({ late: 0, early: 0 }));
  }

  /** A worker tells of itself; `undefined` when it has gone. */
  told(index: number, room: WorkerRoom | undefined): void {
    this.#rooms[index] = room;
    const sent = this.#sent[index];
    if (sent === undefined) return;
    sent.early = room === undefined ? 0 : sent.late;
    sent.late = 0;
  }

  /** Something was sent to a worker that may become a session. */
  sent(index: number): void {
    const sent = this.#sent[index];
    if (sent !== undefined) sent.late += 1;
  }

  /** What was sent is answered: the worker's own count has it, which it tells at once. */
  answered(index: number): void {
    const sent = this.#sent[index];
    if (sent === undefined) return;
    if (sent.early > 0) sent.early -= 1;
    else if (sent.late > 0) sent.late -= 1;
  }

  /**
   * The worker to send to; one that takes no sessions only if none does; `undefined` if no worker is there.
   *
   * @param preferred - Whom to send to among equals; they take turns if absent.
   */
  pick(preferred?: number): number | undefined {
    this.#turn += 1;
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
    const { late = 0, early = 0 } = this.#sent[index] ?? {};
    return (this.#rooms[index]?.placeCount ?? 0) + late + early;
  }
}
