import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ResponseActivity } from '../response-activity.ts';
import type { WireEvent } from '../wire-event.ts';
import { ServerLeave } from './server-leave.ts';

/** A page's side of a server that goes, on a clock of its own. */
class Bench {
  readonly done: string[] = [];
  #timer: { readonly fire: () => void; readonly atMs: number } | undefined;
  #nowMs = 0;
  readonly #activity = new ResponseActivity();
  readonly leave = new ServerLeave({
    activity: this.#activity,
    setTimer: (fire, delayMs) => {
      const timer = { fire, atMs: this.#nowMs + delayMs };
      this.#timer = timer;
      return () => {
        if (this.#timer === timer) this.#timer = undefined;
      };
    },
    draining: () => this.done.push('draining'),
    askToMove: () => this.done.push('move'),
    moved: () => this.done.push('moved'),
  });

  take(event: WireEvent): boolean {
    this.#activity.handle(event);
    return this.leave.handle(event);
  }

  wait(durationMs: number): void {
    this.#nowMs += durationMs;
    const timer = this.#timer;
    if (timer === undefined || timer.atMs > this.#nowMs) return;
    this.#timer = undefined;
    timer.fire();
  }
}

const DRAINING = { type: 'prism.server.draining', deadline_ms: 5_000, can_move: true };
const STARTED = { type: 'output_audio_buffer.started', response_id: 'r' };
const STOPPED = { type: 'output_audio_buffer.stopped', response_id: 'r' };

suite('a server that goes', () => {
  test('[CON30] is left at once where nobody speaks', () => {
    const bench = new Bench();
    bench.take(DRAINING);
    assert.deepEqual(bench.done, ['draining', 'move']);
    bench.wait(10_000);
    bench.take(STOPPED);
    assert.deepEqual(bench.done, ['draining', 'move']);
  });

  test('[CON30] is left when the answer is over, and when what the user says is answered', () => {
    const bench = new Bench();
    bench.take({ type: 'response.created', response: { id: 'r' } });
    bench.take(STARTED);
    bench.take(DRAINING);
    bench.take({ type: 'response.done', response: { id: 'r' } });
    assert.deepEqual(bench.done, ['draining']);
    bench.take({ type: 'input_audio_buffer.speech_started' });
    bench.take(STOPPED);
    bench.take({ type: 'input_audio_buffer.speech_stopped' });
    assert.deepEqual(bench.done, ['draining']);
    bench.take({ type: 'response.created', response: { id: 'q' } });
    bench.take({ type: 'response.done', response: { id: 'q' } });
    assert.deepEqual(bench.done, ['draining', 'move']);
  });

  test('[CON30] is left half a second before its time is over, whoever speaks', () => {
    const bench = new Bench();
    bench.take(STARTED);
    bench.take(DRAINING);
    bench.wait(4_499);
    assert.deepEqual(bench.done, ['draining']);
    bench.wait(1);
    assert.deepEqual(bench.done, ['draining', 'move']);
  });

  test('[CON30] is not left by a call that can go on nowhere', () => {
    const bench = new Bench();
    bench.take({ ...DRAINING, can_move: false });
    bench.wait(10_000);
    assert.deepEqual(bench.done, ['draining']);
  });

  test('[CON34] its last words are about it alone; before and after that they are the page’s', () => {
    const bench = new Bench();
    const error = { type: 'error', error: { code: 'server_draining' } };
    assert.equal(bench.take(error), false);
    bench.take(DRAINING);
    assert.equal(bench.take({ type: 'error', error: { code: 'rate_limit_exceeded' } }), false);
    assert.equal(bench.take({ type: 'prism.session.moved', is_kept: true }), true);
    assert.equal(bench.take(error), true);
    assert.equal(bench.done.at(-1), 'moved');
    bench.take({ type: 'prism.session.resumed', is_complete: true });
    assert.equal(bench.take(error), false);
  });

  test('[CON30] a session that ends moves no more', () => {
    const bench = new Bench();
    bench.take(STARTED);
    bench.take(DRAINING);
    bench.leave.close();
    bench.wait(10_000);
    assert.deepEqual(bench.done, ['draining']);
  });
});
