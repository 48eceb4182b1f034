import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  type ConnectionAction,
  type ConnectionInput,
  ConnectionPlan,
  type LinkKind,
  type TransportChoice,
} from './connection-plan.ts';

/** A plan on a clock of its own; what it does is kept as short words. */
class Bench {
  readonly done: string[] = [];
  nowMs = 0;
  readonly #plan: ConnectionPlan;

  constructor(choice: TransportChoice = 'auto', first?: LinkKind, callId?: string) {
    const begin = { ...(first === undefined ? {} : { first }), callId };
    this.#plan = new ConnectionPlan(choice, begin);
    this.post({ type: 'start' });
  }

  post(input: ConnectionInput): void {
    this.done.push(...this.#plan.handle(input, this.nowMs).map(wordOf));
  }

  /** Moves time on, with every deadline at its time. */
  wait(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (;;) {
      const atMs = this.#plan.deadlineMs;
      if (atMs === undefined || atMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, atMs);
      this.post({ type: 'deadline' });
    }
    this.nowMs = endMs;
  }

  /** A page in the background: it wakes up every `stepMs` alone, and the server's answers wait for it till then. */
  sleep(durationMs: number, stepMs: number): void {
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs; ) {
      this.nowMs += stepMs;
      const isDue = (this.#plan.deadlineMs ?? Infinity) <= this.nowMs;
      if (isDue) this.post({ type: 'deadline' });
      this.nowMs += 50;
      if (isDue) this.post({ type: 'heard' });
    }
  }

  /** What was done since the last look, without pings. */
  take(): string[] {
    return this.done.splice(0).filter((word) => word !== 'ping');
  }

  /** The server answers whatever is asked, for a time. */
  waitAnswered(durationMs: number): void {
    for (let passedMs = 0; passedMs < durationMs; passedMs += 100) {
      this.wait(100);
      if (this.done.includes('ping')) this.post({ type: 'heard' });
    }
  }
}

function wordOf(action: ConnectionAction): string {
  switch (action.type) {
    case 'open':
      return `open ${action.link} ${action.kind}${action.callId === undefined ? '' : ' again'}${action.isSuccessor ? ' beside' : ''}`;
    case 'use':
    case 'close':
      return `${action.type} ${action.link}`;
    case 'end':
      return `end ${action.failure}`;
    default:
      return action.type;
  }
}

const CALL = { callId: 'rtc_1' };

function live(): Bench {
  const bench = new Bench();
  bench.post({ type: 'answered', link: 1, ...CALL });
  bench.post({ type: 'opened', link: 1, ...CALL });
  bench.take();
  return bench;
}

suite('which way a call goes', () => {
  test('[CON1] WebRTC goes first, and alone where it is quick', () => {
    const bench = new Bench();
    assert.deepEqual(bench.take(), ['open 1 webrtc']);
    bench.wait(100);
    bench.post({ type: 'answered', link: 1, ...CALL });
    bench.wait(600);
    bench.post({ type: 'opened', link: 1, ...CALL });
    bench.waitAnswered(60_000);
    assert.deepEqual(bench.take(), ['use 1', 'live']);
  });

  test('[CON2] after 0.4 s and three times what the answer took the socket is tried beside it for the same call, and the first to open is used', () => {
    const bench = new Bench();
    bench.wait(100);
    bench.post({ type: 'answered', link: 1, ...CALL });
    bench.wait(699);
    assert.deepEqual(bench.take(), ['open 1 webrtc']);
    bench.wait(1);
    assert.deepEqual(bench.take(), ['open 2 websocket again']);
    bench.post({ type: 'opened', link: 2, ...CALL });
    assert.deepEqual(bench.take(), ['close 1', 'use 2', 'live']);
    bench.post({ type: 'opened', link: 1, ...CALL });
    assert.deepEqual(bench.take(), []);
  });

  test('[CON2] no second call is opened while the first is not answered', () => {
    const bench = new Bench();
    bench.wait(3_000);
    assert.deepEqual(bench.take(), ['open 1 webrtc']);
    bench.post({ type: 'answered', link: 1, ...CALL });
    bench.wait(1_999);
    assert.deepEqual(bench.take(), []);
    bench.wait(1);
    assert.deepEqual(bench.take(), ['open 2 websocket again']);
  });

  test('[CON2] WebRTC that fails early, with its call there, is followed at once', () => {
    const bench = new Bench();
    bench.post({ type: 'answered', link: 1, ...CALL });
    bench.post({ type: 'failed', link: 1, failure: 'network' });
    assert.deepEqual(bench.take(), ['open 1 webrtc', 'open 2 websocket again']);
    bench.post({ type: 'failed', link: 2, failure: 'network' });
    assert.deepEqual(bench.take(), ['end network']);
  });

  test('[CON3] a page may force either, and what worked before goes first', () => {
    const forced = new Bench('webrtc');
    forced.post({ type: 'answered', link: 1, ...CALL });
    forced.wait(20_000);
    assert.deepEqual(forced.take(), ['open 1 webrtc']);
    const socket = new Bench('websocket');
    socket.post({ type: 'opened', link: 1, ...CALL });
    socket.waitAnswered(200_000);
    assert.deepEqual(socket.take(), ['open 1 websocket', 'use 1', 'live']);
    const known = new Bench('auto', 'websocket');
    assert.deepEqual(known.take(), ['open 1 websocket']);
  });

  test('[CON4] a server that is silent for 1.5 s, with pings unanswered, has lost its way: a socket follows', () => {
    const bench = live();
    bench.waitAnswered(10_000);
    bench.take();
    bench.wait(2_300);
    assert.deepEqual(bench.take(), ['unstable', 'open 2 websocket again']);
    bench.post({ type: 'opened', link: 2, ...CALL });
    assert.deepEqual(bench.take(), ['close 1', 'use 2', 'live']);
  });

  test('[DVC14] a page that is woken once a second or a minute, or that slept, doesn’t take its call for lost', () => {
    for (const stepMs of [1_000, 1_300, 60_000]) {
      const bench = live();
      bench.sleep(600_000, stepMs);
      assert.deepEqual(bench.take(), [], `${stepMs} ms`);
    }
    // Asleep just after a ping: the timer is told before what came meanwhile.
    const bench = live();
    bench.wait(700);
    bench.take();
    bench.nowMs += 90_000;
    bench.post({ type: 'deadline' });
    bench.post({ type: 'heard' });
    assert.deepEqual(bench.take(), []);
  });

  test('[DVC14] [CON4] woken once a second it still notices within 4 s that its way is lost', () => {
    const bench = live();
    bench.sleep(5_000, 1_000);
    bench.take();
    for (let passedMs = 0; passedMs < 4_000; passedMs += 1_000) {
      bench.nowMs += 1_000;
      bench.post({ type: 'deadline' });
    }
    assert.deepEqual(bench.take(), ['unstable', 'open 2 websocket again']);
  });

  test('[CON5] a way that recovers by itself is kept', () => {
    const bench = live();
    bench.post({ type: 'shaken', link: 1 });
    bench.wait(0);
    assert.deepEqual(bench.take(), ['unstable', 'open 2 websocket again']);
    bench.post({ type: 'steady', link: 1 });
    assert.deepEqual(bench.take(), ['close 2', 'live']);
    bench.post({ type: 'opened', link: 2, ...CALL });
    assert.deepEqual(bench.take(), []);
  });

  test('[CON6] coming back is tried for 30 s, with waits of up to 3 s', () => {
    const bench = live();
    bench.post({ type: 'failed', link: 1, failure: 'network' });
    const tries: number[] = [];
    for (let link = 2; bench.nowMs < 40_000; ) {
      bench.wait(100);
      const words = bench.take();
      if (words.includes(`open ${link} websocket again`)) {
        tries.push(bench.nowMs);
        bench.post({ type: 'failed', link, failure: 'network' });
        link += 1;
      }
      if (words.includes('end network')) break;
    }
    assert.deepEqual(tries.slice(0, 5), [100, 400, 1_100, 2_600, 5_600]);
    assert.ok(tries.length >= 12 && bench.nowMs <= 30_100, `${tries.length} until ${bench.nowMs}`);
  });

  test('[CON6] a call that is gone ends it at once', () => {
    for (const failure of ['call_gone', 'refused'] as const) {
      const bench = live();
      bench.post({ type: 'failed', link: 1, failure: 'network' });
      bench.wait(0);
      bench.take();
      bench.post({ type: 'failed', link: 2, failure });
      bench.wait(100_000);
      assert.deepEqual(bench.take(), [`end ${failure}`]);
    }
  });

  test('[CON11] a way that closes before it is used is tried again; the one in use ends the call', () => {
    const bench = live();
    bench.post({ type: 'failed', link: 1, failure: 'network' });
    bench.wait(0);
    bench.take();
    bench.post({ type: 'failed', link: 2, failure: 'closed' });
    bench.wait(300);
    assert.deepEqual(bench.take(), ['open 3 websocket again']);
    bench.post({ type: 'opened', link: 3, ...CALL });
    bench.take();
    bench.post({ type: 'failed', link: 3, failure: 'closed' });
    assert.deepEqual(bench.take(), ['end closed']);
  });

  test('[CON7] on the socket WebRTC is tried beside it after 5, 15, 30 and then every 60 s', () => {
    const bench = new Bench('auto', 'websocket');
    bench.post({ type: 'opened', link: 1, ...CALL });
    bench.take();
    const tries: number[] = [];
    for (let link = 2; link < 7; ) {
      bench.waitAnswered(100);
      if (!bench.take().includes(`open ${link} webrtc again beside`)) continue;
      tries.push(bench.nowMs);
      bench.post({ type: 'failed', link, failure: 'network' });
      link += 1;
    }
    const waits = tries.map((atMs, index) => Math.round((atMs - (tries[index - 1] ?? 0)) / 1_000));
    assert.deepEqual(waits, [5, 15, 30, 60, 60]);
  });

  test('[CON7] one that opens takes over; one that takes 10 s is given up', () => {
    const bench = new Bench('auto', 'websocket');
    bench.post({ type: 'opened', link: 1, ...CALL });
    bench.waitAnswered(5_100);
    bench.take();
    bench.waitAnswered(10_000);
    assert.deepEqual(bench.take(), ['close 2']);
    bench.post({ type: 'network_changed' });
    bench.waitAnswered(100);
    assert.deepEqual(bench.take(), ['open 3 webrtc again beside']);
    bench.post({ type: 'opened', link: 3, ...CALL });
    assert.deepEqual(bench.take(), ['close 1', 'use 3', 'live']);
    bench.waitAnswered(100_000);
    assert.deepEqual(bench.take(), []);
  });
});

suite('a call whose server goes', () => {
  test('[CON31] is looked for at once and then at least every second, until it is there', () => {
    const bench = live();
    bench.post({ type: 'draining' });
    assert.deepEqual(bench.take(), []);
    bench.post({ type: 'moved' });
    assert.deepEqual(bench.take(), ['close 1', 'unstable']);
    bench.wait(0);
    assert.deepEqual(bench.take(), ['open 2 websocket again']);
    const failures = ['network', 'draining', 'closed'] as const;
    const waitsMs = [...Array<number>(8).fill(250), 500, 500, 1_000, 1_000];
    for (const [index, waitMs] of waitsMs.entries()) {
      bench.post({ type: 'failed', link: index + 2, failure: failures[index] ?? 'network' });
      bench.wait(waitMs - 1);
      assert.deepEqual(bench.take(), []);
      bench.wait(1);
      assert.deepEqual(bench.take(), [`open ${index + 3} websocket again`]);
    }
    const last = waitsMs.length + 2;
    bench.post({ type: 'opened', link: last, ...CALL });
    assert.deepEqual(bench.take(), [`use ${last}`, 'live']);
    // From here on it is a server like any other.
    bench.post({ type: 'failed', link: last, failure: 'closed' });
    assert.deepEqual(bench.take(), ['end closed']);
  });

  test('[CON31] is looked for when the way ends without a word, and by WebRTC where nothing else may be', () => {
    const bench = new Bench('webrtc');
    bench.post({ type: 'opened', link: 1, ...CALL });
    bench.take();
    bench.post({ type: 'draining' });
    bench.post({ type: 'failed', link: 1, failure: 'closed' });
    bench.wait(0);
    assert.deepEqual(bench.take(), ['unstable', 'open 2 webrtc again']);
  });

  test('[CON31] is looked for when nothing but the end of a way says that the server goes', () => {
    for (const link of [1, 2]) {
      const bench = live();
      if (link === 2) {
        bench.post({ type: 'failed', link: 1, failure: 'network' });
        bench.wait(0);
      }
      bench.take();
      bench.post({ type: 'failed', link, failure: 'draining' });
      bench.wait(250);
      assert.equal(bench.take().at(-1), `open ${link + 1} websocket again`);
    }
  });

  test('[CON31] ends when it is nowhere for 30 s, and when it is refused', () => {
    const bench = live();
    bench.post({ type: 'moved' });
    for (let link = 2; link < 1_000; link += 1) {
      bench.wait(1_000);
      if (bench.done.some((word) => word.startsWith('end'))) break;
      bench.post({ type: 'failed', link, failure: 'network' });
    }
    assert.equal(bench.take().at(-1), 'end network');
    assert.equal(bench.nowMs, 30_000);
    const refused = live();
    refused.post({ type: 'moved' });
    refused.wait(0);
    refused.post({ type: 'failed', link: 2, failure: 'refused' });
    assert.equal(refused.take().at(-1), 'end refused');
  });

  test('[CON32] begins anew where the next server does not know it', () => {
    const bench = live();
    bench.post({ type: 'moved' });
    bench.wait(0);
    bench.take();
    bench.post({ type: 'failed', link: 2, failure: 'call_gone' });
    bench.wait(250);
    assert.deepEqual(bench.take(), ['open 3 websocket']);
    bench.post({ type: 'opened', link: 3, callId: 'rtc_2' });
    assert.deepEqual(bench.take(), ['use 3', 'live']);
  });
});
