import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DTLS_CONTENT } from '@prism/protocol';
import fc from 'fast-check';
import type { MonotonicMs } from '../time/clock.ts';
import {
  ANSWER_MS_MAX,
  ANSWER_MS_MIN,
  ASSOCIATION_MS,
  FLIGHT_DATAGRAM_COUNT_MAX,
  FLIGHT_REPEAT_COUNT_MAX,
  type HandshakeInput,
  HandshakeRepeats,
  REPEATED_DATAGRAM_COUNT_MAX,
} from './handshake-repeats.ts';

const { handshake, applicationData, alert, changeCipherSpec } = DTLS_CONTENT;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const CERTIFICATE = 11;

/** A record's header and a body of one byte, which a handshake message's type is. */
function record(contentType: number, epoch: number, body = 0): Uint8Array {
  const bytes = new Uint8Array(14);
  bytes[0] = contentType;
  bytes[4] = epoch;
  bytes[12] = 1;
  bytes[13] = body;
  return bytes;
}

function datagram(...records: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(records.flatMap((bytes) => [...bytes]));
}

const clientHello = record(handshake, 0, CLIENT_HELLO);
const serverHello = record(handshake, 0, SERVER_HELLO);
const certificate = record(handshake, 0, CERTIFICATE);
const finished = datagram(record(changeCipherSpec, 0), record(handshake, 1));
const sctp = record(applicationData, 1);

/** A machine in time: what it sends again is noted with its moment. */
class RepeatBench {
  readonly machine = new HandshakeRepeats();
  readonly sent: { readonly atMs: number; readonly bytes: Uint8Array }[] = [];
  nowMs = 0;

  post(input: HandshakeInput): void {
    this.machine.handle(input, this.nowMs as MonotonicMs);
    for (let effect = this.machine.poll(); effect !== undefined; effect = this.machine.poll()) {
      this.sent.push({ atMs: this.nowMs, bytes: effect.bytes });
    }
  }

  stack(...datagrams: readonly Uint8Array[]): void {
    for (const bytes of datagrams) this.post({ type: 'stack.datagram', bytes });
  }

  client(...datagrams: readonly Uint8Array[]): void {
    for (const bytes of datagrams) this.post({ type: 'client.datagram', bytes });
  }

  /** Lets time pass, waking the machine when it wants to be. */
  advance(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (let at = this.#due(endMs); at !== undefined; at = this.#due(endMs)) {
      this.nowMs = Math.max(this.nowMs, at);
      this.post({ type: 'deadline' });
    }
    this.nowMs = endMs;
  }

  /** Up to the flight that Prism's handshake ends with, over a network with this round trip. */
  static finishing(roundTripMs: number): RepeatBench {
    const bench = new RepeatBench();
    bench.reach(roundTripMs);
    bench.stack(clientHello);
    bench.advance(roundTripMs);
    bench.client(serverHello);
    bench.stack(certificate, finished);
    return bench;
  }

  reach(roundTripMs: number): void {
    this.post({ type: 'answered' });
    this.advance(roundTripMs);
    this.post({ type: 'reached' });
  }

  #due(endMs: number): number | undefined {
    const atMs = this.machine.deadline()?.atMs;
    return atMs !== undefined && atMs <= endMs ? atMs : undefined;
  }
}

suite('repeats of a handshake', () => {
  test('[DTL1] an unanswered ClientHello goes again after 1.5 round trips, then after twice as long', () => {
    const bench = new RepeatBench();
    bench.reach(100);
    bench.stack(clientHello);
    bench.advance(10_000);
    assert.deepEqual(
      bench.sent.map(({ atMs }) => atMs - 100),
      [150, 450, 1_050, 2_250],
    );
    assert.ok(bench.sent.every(({ bytes }) => bytes === clientHello));
  });

  test('[DTL1] it waits 50 ms at least and half a second at most', () => {
    for (const [roundTripMs, waitMs] of [
      [1, ANSWER_MS_MIN],
      [5_000, ANSWER_MS_MAX],
    ] as const) {
      const bench = new RepeatBench();
      bench.reach(roundTripMs);
      bench.stack(clientHello);
      bench.advance(waitMs - 1);
      assert.equal(bench.sent.length, 0);
      bench.advance(1);
      assert.equal(bench.sent.length, 1);
    }
  });

  test('[DTL1] all datagrams of a flight go again, in their order', () => {
    const bench = RepeatBench.finishing(100);
    bench.advance(150);
    assert.deepEqual(
      bench.sent.map(({ bytes }) => bytes),
      [certificate, finished],
    );
  });

  test('[DTL1] the round trip that ClientHello and its answer took is what the next flight waits by', () => {
    const bench = new RepeatBench();
    // The client took its time before its first check.
    bench.reach(2_000);
    bench.stack(clientHello);
    bench.advance(80);
    bench.client(serverHello);
    bench.stack(certificate, finished);
    bench.advance(120);
    assert.equal(bench.sent.length, 2);
  });

  test('[DTL2] a client that says its flight again, a round trip after Prism answered it, is answered again at once', () => {
    const bench = RepeatBench.finishing(100);
    bench.advance(99);
    bench.client(serverHello);
    assert.equal(bench.sent.length, 0, 'said before the answer came');
    bench.advance(1);
    bench.client(serverHello, serverHello);
    assert.equal(bench.sent.length, 2);
  });

  test('[DTL3] an answered flight is not sent again: by a handshake message, by what is encrypted, by media', () => {
    const hello = new RepeatBench();
    hello.reach(100);
    hello.stack(clientHello);
    hello.client(serverHello);
    hello.advance(10_000);
    assert.equal(hello.sent.length, 0);
    for (const input of [
      { type: 'client.datagram', bytes: finished },
      { type: 'client.datagram', bytes: sctp },
      { type: 'client.datagram', bytes: record(alert, 0) },
      { type: 'client.media' },
    ] as const) {
      const bench = RepeatBench.finishing(100);
      bench.post(input);
      bench.advance(10_000);
      assert.equal(bench.sent.length, 0, input.type);
    }
  });

  test("[DTL3] what the stack's own timer sends takes the place of what it sent before", () => {
    const bench = RepeatBench.finishing(100);
    bench.advance(1_000);
    const before = bench.sent.length;
    const fresh = [record(handshake, 0, CERTIFICATE), datagram(record(handshake, 1))];
    bench.stack(...fresh);
    bench.advance(200);
    assert.deepEqual(
      bench.sent.slice(before).map(({ bytes }) => bytes),
      fresh,
    );
  });

  test('[DTL4] SCTP is sent again until the client sends some, in the five seconds after the handshake', () => {
    const bench = RepeatBench.finishing(100);
    bench.advance(100);
    bench.client(finished);
    bench.stack(sctp);
    bench.advance(150);
    assert.equal(bench.sent.length, 1);
    bench.client(sctp);
    bench.advance(1_000);
    assert.equal(bench.sent.length, 1);
    bench.advance(ASSOCIATION_MS);
    bench.stack(sctp);
    assert.equal(bench.machine.isOver, true);
    assert.equal(bench.machine.deadline(), undefined);
  });

  test('[DTL4] a call without a data channel is over five seconds after its first media', () => {
    const bench = RepeatBench.finishing(100);
    bench.post({ type: 'client.media' });
    bench.advance(ASSOCIATION_MS);
    bench.post({ type: 'client.media' });
    assert.equal(bench.machine.isOver, true);
  });

  test('[DTL3] nothing is repeated where the client is the DTLS client, or after an alert', () => {
    const served = new RepeatBench();
    served.reach(100);
    served.stack(serverHello);
    assert.equal(served.machine.isOver, true);
    const ended = RepeatBench.finishing(100);
    ended.stack(record(alert, 1));
    ended.advance(10_000);
    assert.equal(ended.sent.length, 0);
  });

  test('[DTL5] whatever comes in whatever order, no more goes again than was sent, nor than the bounds', () => {
    const anyDatagram = fc.oneof(
      fc.constantFrom(clientHello, serverHello, certificate, finished, sctp, record(alert, 1)),
      fc.uint8Array({ maxLength: 60 }),
    );
    const step = fc.record({
      type: fc.constantFrom(
        'stack.datagram' as const,
        'client.datagram' as const,
        'client.media' as const,
      ),
      bytes: anyDatagram,
      waitMs: fc.nat(600),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const bench = new RepeatBench();
        bench.reach(20);
        bench.stack(clientHello);
        const fromStack = new Map<Uint8Array, number>([[clientHello, 1]]);
        for (const { type, bytes, waitMs } of steps) {
          if (type === 'stack.datagram') fromStack.set(bytes, (fromStack.get(bytes) ?? 0) + 1);
          bench.post(type === 'client.media' ? { type } : { type, bytes });
          bench.advance(waitMs);
        }
        bench.advance(60_000);
        assert.ok(bench.sent.length <= REPEATED_DATAGRAM_COUNT_MAX);
        for (const [bytes, count] of fromStack) {
          const again = bench.sent.filter((sent) => sent.bytes === bytes).length;
          assert.ok(again <= count * FLIGHT_REPEAT_COUNT_MAX);
        }
        assert.ok(bench.sent.every(({ bytes }) => fromStack.has(bytes)));
        assert.equal(bench.machine.deadline(), undefined);
      }),
      { seed: 5 },
    );
  });

  test('[DTL5] of a flight with more datagrams than a handshake has, the first ones go again', () => {
    const bench = RepeatBench.finishing(100);
    bench.stack(...Array.from({ length: 20 }, () => finished));
    bench.advance(150);
    assert.equal(bench.sent.length, FLIGHT_DATAGRAM_COUNT_MAX);
  });
});
