import {
  type Clock,
  type HandshakeEffect,
  type HandshakeInput,
  HandshakeRepeats,
  Mailbox,
  type Timer,
} from '@prism/core';

/** Runs {@link HandshakeRepeats} for one session: its timer, and the way to the client. */
export class HandshakeRepeater {
  readonly #machine = new HandshakeRepeats();
  readonly #mailbox: Mailbox<HandshakeInput, HandshakeEffect, 'repeat'>;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #timerAtMs: number | undefined;

  constructor(clock: Clock, send: (bytes: Uint8Array) => void) {
    this.#clock = clock;
    this.#mailbox = new Mailbox(
      this.#machine,
      ({ bytes }) => send(bytes),
      () => clock.nowMs(),
    );
  }

  /** Whether the set-up is over and nothing is repeated any more. */
  get isOver(): boolean {
    return this.#machine.isOver;
  }

  post(input: HandshakeInput): void {
    this.#mailbox.post(input);
    this.#arm();
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#timerAtMs = undefined;
  }

  #arm(): void {
    const atMs = this.#machine.deadline()?.atMs;
    if (atMs === this.#timerAtMs) return;
    this.close();
    if (atMs === undefined) return;
    this.#timerAtMs = atMs;
    this.#timer = this.#clock.setTimer(atMs, () => {
      this.#timerAtMs = undefined;
      this.post({ type: 'deadline' });
    });
  }
}
