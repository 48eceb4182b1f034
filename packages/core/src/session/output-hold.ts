import type { TurnController } from '../turn-taking/turn-controller.ts';
import type { EventRelay } from './event-relay.ts';
import type { Outbox } from './outbox.ts';
import type { OutputAudio } from './output-audio.ts';

export interface OutputHoldParts {
  readonly outbox: Outbox;
  readonly relay: EventRelay;
  readonly output: OutputAudio;
}

/** Who holds the answer: it waits while anybody does, and goes on where it was when nobody does. */
export class OutputHold {
  readonly #parts: OutputHoldParts;
  readonly #holders = new Set<TurnController>();

  constructor(parts: OutputHoldParts) {
    this.#parts = parts;
  }

  get isHeld(): boolean {
    return this.#holders.size > 0;
  }

  set(by: TurnController, isHeld: boolean): void {
    const wasHeld = this.isHeld;
    if (isHeld) this.#holders.add(by);
    else this.#holders.delete(by);
    if (this.isHeld === wasHeld) return;
    const { outbox, relay, output } = this.#parts;
    output.hold(this.isHeld);
    outbox.report({ type: 'output.held', isHeld: this.isHeld, by });
    relay.toPrismAware('prism.output.held', { held: this.isHeld, by });
  }
}
