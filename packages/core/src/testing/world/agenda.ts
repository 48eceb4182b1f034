/** What happens when, on a clock that jumps from one to the next. Among equals the first planned comes first. */
export class Agenda {
  nowMs = 0;
  readonly #entries: { readonly atMs: number; readonly act: () => void }[] = [];

  in(delayMs: number, act: () => void): void {
    const atMs = this.nowMs + delayMs;
    const index = this.#entries.findLastIndex((entry) => entry.atMs <= atMs);
    this.#entries.splice(index + 1, 0, { atMs, act });
  }

  /** Does the next thing; false when there is none before `endMs`. */
  step(endMs: number): boolean {
    const [next] = this.#entries;
    if (next === undefined || next.atMs > endMs) return false;
    this.#entries.shift();
    this.nowMs = next.atMs;
    next.act();
    return true;
  }
}

/** One way of a connection that keeps the order of what it carries. */
export class Wire<Message> {
  readonly #agenda: Agenda;
  readonly #delayMs: () => number;
  readonly #deliver: (message: Message) => void;
  #lastAtMs = 0;

  constructor(agenda: Agenda, delayMs: () => number, deliver: (message: Message) => void) {
    this.#agenda = agenda;
    this.#delayMs = delayMs;
    this.#deliver = deliver;
  }

  send(message: Message): void {
    this.#lastAtMs = Math.max(this.#lastAtMs, this.#agenda.nowMs + this.#delayMs());
    this.#agenda.in(this.#lastAtMs - this.#agenda.nowMs, () => this.#deliver(message));
  }
}
