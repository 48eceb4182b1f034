import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ManualClock } from '../testing/manual-clock.ts';
import type { Machine } from './machine.ts';
import { MAILBOX_COUNT_MAX, Mailbox } from './mailbox.ts';

/** Answers each number with two effects; performing one may post more. */
class Doubler implements Machine<number, string, never> {
  readonly handled: number[] = [];
  readonly #effects: string[] = [];

  handle(input: number): void {
    this.handled.push(input);
    this.#effects.push(`${input}a`, `${input}b`);
  }

  poll(): string | undefined {
    return this.#effects.shift();
  }

  deadline(): undefined {
    return undefined;
  }

  describe(): Record<string, never> {
    return {};
  }
}

suite('mailbox', () => {
  test('[MCH1] an input posted while another is handled waits until its effects are performed', () => {
    const machine = new Doubler();
    const performed: string[] = [];
    const clock = new ManualClock();
    const mailbox: Mailbox<number, string, never> = new Mailbox(
      machine,
      (effect) => {
        performed.push(effect);
        if (effect === '1a') {
          mailbox.post(2);
          mailbox.post(3);
        }
      },
      () => clock.nowMs(),
    );
    mailbox.post(1);
    assert.deepEqual(machine.handled, [1, 2, 3]);
    assert.deepEqual(performed, ['1a', '1b', '2a', '2b', '3a', '3b']);
  });

  test('[MCH2] more inputs than may wait are refused', () => {
    const answers: boolean[] = [];
    const mailbox: Mailbox<number, string, never> = new Mailbox(
      new Doubler(),
      (effect) => {
        if (effect !== '0a') return;
        for (let count = 0; count <= MAILBOX_COUNT_MAX; count += 1) answers.push(mailbox.post(1));
      },
      () => new ManualClock().nowMs(),
    );
    mailbox.post(0);
    assert.equal(answers.filter((isTaken) => isTaken).length, MAILBOX_COUNT_MAX);
    assert.equal(answers.at(-1), false);
  });

  test('[MCH1] a throw leaves the mailbox usable', () => {
    const machine = new Doubler();
    const mailbox = new Mailbox<number, string, never>(
      machine,
      (effect) => {
        if (effect === '1a') throw new Error('broken');
      },
      () => new ManualClock().nowMs(),
    );
    assert.throws(() => mailbox.post(1), /broken/);
    assert.equal(mailbox.post(2), true);
    assert.deepEqual(machine.handled, [1, 2]);
  });
});
