import type { Input } from '../conversation/input.ts';
import type { Clock } from '../door/clock.ts';
import type { SessionSocket } from '../door/session-runner.ts';
import { ReplaySession } from './replay-session.ts';
import type { Tape } from './tape.ts';

/** Runs one replayed session: reads the clock, owns its one timer, does what the machine says. */
export class ReplayRunner {
  readonly #session: ReplaySession;
  readonly #socket: SessionSocket;
  readonly #clock: Clock;
  #cancelTimer: (() => void) | undefined;
  #isEnded = false;

  constructor(parts: {
    readonly tape: Tape;
    readonly socket: SessionSocket;
    readonly clock: Clock;
    readonly paceRatio: number;
  }) {
    this.#socket = parts.socket;
    this.#clock = parts.clock;
    this.#session = new ReplaySession(parts.tape, {
      paceRatio: parts.paceRatio,
      nowMs: parts.clock.nowMs(),
    });
  }

  take(input: Input): void {
    if (this.#isEnded) return;
    if (input.type === 'client_message') this.#session.clientSaid(input.text, this.#clock.nowMs());
    this.#drain();
  }

  end(): void {
    this.#isEnded = true;
    this.#cancelTimer?.();
  }

  #drain(): void {
    for (let effect = this.#session.poll(); effect !== undefined; effect = this.#session.poll()) {
      if (effect.type === 'send') this.#socket.send(effect.text);
      else this.#socket.close(effect.code, effect.reason);
    }
    this.#cancelTimer?.();
    const dueMs = this.#session.deadlineMs();
    this.#cancelTimer =
      dueMs === undefined
        ? undefined
        : this.#clock.callAt(dueMs, () => {
            this.#session.tick(this.#clock.nowMs());
            if (!this.#isEnded) this.#drain();
          });
  }
}
