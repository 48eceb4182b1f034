import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { AudioCodec, SessionFact } from '@prism/core';
import { SLOT_SAMPLES } from '@prism/core';
import { countedIds, ManualClock } from '@prism/core/testing';
import { type CloseReason, isRtcp, readRtcp } from '@prism/protocol';
import { MediaTick } from './media-tick.ts';
import type { Peer } from './ports/peer.ts';
import type { Upstream, UpstreamListener } from './ports/upstream.ts';
import { SessionRunner } from './session-runner.ts';

/** A runner with hand-played ports around it. */
class RunnerBench {
  readonly clock: ManualClock;
  readonly tick: MediaTick;
  readonly facts: SessionFact[] = [];
  readonly faults: unknown[] = [];
  readonly closed: CloseReason[] = [];
  readonly sent: string[] = [];
  packetsSent = 0;
  /** What the RTCP packets sent so far hold. */
  readonly rtcpSent: string[] = [];
  isUpstreamClosed = false;
  isPeerClosed = false;
  upstream: UpstreamListener | undefined;
  encode: () => Uint8Array = () => Uint8Array.of(1);
  openCodecs = 0;
  readonly runner: SessionRunner;

  constructor(clock = new ManualClock(), tick = new MediaTick(clock)) {
    this.clock = clock;
    this.tick = tick;
    const codec: AudioCodec = {
      openDecoder: () => ({
        decode: () => new Int16Array(SLOT_SAMPLES),
        decodeFec: () => undefined,
        conceal: (samples) => new Int16Array(samples),
        close: this.#opened(),
      }),
      openEncoder: () => ({
        encode: () => this.encode(),
        protect: () => undefined,
        close: this.#opened(),
      }),
    };
    this.runner = new SessionRunner(
      {
        session: {
          audio: 'media',
          initialSession: undefined,
          expectsController: true,
          isClientFiltered: false,
          appendMs: 20,
          upstreamConnectTimeoutMs: 1_000,
          mediaConnectTimeoutMs: 2_000,
        },
        dial: { intent: 'realtime', model: undefined, headers: {}, audio: 'decoded' },
      },
      {
        clock: this.clock,
        tick: this.tick,
        ids: countedIds(),
        dialer: { dial: (listener) => this.#dial(listener) },
        codecs: { opus: codec, pcmu: codec, pcma: codec },
        observer: {
          fact: (fact) => this.facts.push(fact),
          fault: (error) => this.faults.push(error),
          closed: (reason) => this.closed.push(reason),
        },
        randomUint32: () => 7,
      },
      () => undefined,
    );
    this.runner.attach(this.#peer());
    this.runner.begin();
  }

  /** Makes the session live. */
  connect(): void {
    this.runner.peerListener.connected();
    this.upstream?.ready();
    this.runner.peerListener.channelOpened();
  }

  answer(slots: number): void {
    const source = { responseId: 'resp_1', itemId: 'item_1', contentIndex: 0 };
    this.upstream?.audio(source, new Int16Array(slots * SLOT_SAMPLES).fill(99));
  }

  #opened(): () => void {
    this.openCodecs += 1;
    return () => {
      this.openCodecs -= 1;
    };
  }

  #dial(listener: UpstreamListener): Upstream {
    this.upstream = listener;
    return {
      send: (text) => this.sent.push(text),
      relay: () => undefined,
      append: () => undefined,
      bufferedBytes: 0,
      close: () => {
        this.isUpstreamClosed = true;
      },
    };
  }

  #peer(): Peer {
    return {
      answerSdp: '',
      audio: {
        codec: 'opus',
        payloadType: 111,
        redPayloadType: undefined,
        ssrc: 1,
        cname: 'prism',
        formats: new Map([[111, 'opus']]),
        isNackNegotiated: false,
      },
      sendPacket: (bytes) => {
        if (isRtcp(bytes)) {
          const kinds = readRtcp(bytes)?.packets.map(({ type }) => type) ?? [];
          this.rtcpSent.push(this.isPeerClosed ? 'after the end' : kinds.join(' '));
        } else this.packetsSent += 1;
        return true;
      },
      sendText: () => 'sent',
      describe: () => ({
        state: 'new',
        candidatePair: undefined,
        rttMs: undefined,
        bytesSent: 0,
        bytesReceived: 0,
      }),
      close: () => {
        this.isPeerClosed = true;
      },
    };
  }
}

/** A full garbage collection, with the event loop given a turn before it. */
async function collectGarbage(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
}

suite('session runner', () => {
  test('[MCH7] after its end nothing keeps a session in memory, though tick and clock live on', async () => {
    const clock = new ManualClock();
    const tick = new MediaTick(clock);
    const session = ((): WeakRef<SessionRunner> => {
      const bench = new RunnerBench(clock, tick);
      bench.connect();
      bench.answer(100);
      clock.advance(100);
      bench.runner.peerListener.closed();
      assert.deepEqual(bench.closed, ['media_lost']);
      const { runner } = bench;
      return new WeakRef(runner);
    })();
    await collectGarbage();
    assert.equal(session.deref(), undefined);
    assert.equal(clock.armedCount, 0);
  });

  test('[MCH4] a bug ends the one session and releases all it had', () => {
    const bench = new RunnerBench();
    bench.connect();
    bench.answer(50);
    bench.encode = () => {
      throw new Error('a bug');
    };
    bench.clock.advance(20);
    assert.deepEqual(bench.closed, ['internal_error']);
    assert.match(String(bench.faults[0]), /a bug/);
    assert.deepEqual(
      [bench.isUpstreamClosed, bench.isPeerClosed, bench.openCodecs],
      [true, true, 0],
    );
    assert.equal(bench.clock.armedCount, 0);
    bench.clock.advance(10_000);
    assert.equal(bench.closed.length, 1);
  });

  test('[MCH5] one timer is armed for the next deadline, and none once the session is live or closed', () => {
    const bench = new RunnerBench();
    assert.equal(bench.clock.armedCount, 1);
    bench.connect();
    assert.equal(bench.clock.armedCount, 0);
    const other = new RunnerBench();
    other.clock.advance(1_000);
    assert.deepEqual(other.facts.filter((fact) => fact.type === 'upstream.failed').length, 1);
    other.runner.close('client_hangup');
    other.runner.peerListener.closed();
    assert.equal(other.clock.armedCount, 0);
    assert.deepEqual(other.closed, ['upstream_unreachable']);
  });

  test('[MCH6] the tick runs while there is audio, and not before or after', () => {
    const bench = new RunnerBench();
    bench.connect();
    bench.clock.advance(200);
    assert.equal(bench.packetsSent, 0);
    bench.answer(5);
    bench.upstream?.event(
      {
        kind: 'known',
        event: {
          type: 'response.done',
          event_id: 'e',
          response: { id: 'resp_1', status: 'completed' },
        },
      },
      '{}',
    );
    bench.clock.advance(1_000);
    // Five frames of speech and ten of silence.
    assert.equal(bench.packetsSent, 15);
    assert.equal(bench.clock.armedCount, 0);
  });

  test('[RTC9] [MCH5] reports need no timer, and the goodbye comes before the peer is closed', () => {
    const bench = new RunnerBench();
    bench.connect();
    bench.answer(5);
    bench.clock.advance(1_000);
    assert.deepEqual(bench.rtcpSent, ['sender_report source_description']);
    assert.equal(bench.clock.armedCount, 1, 'the tick alone, for more of the answer');
    bench.runner.close('client_hangup');
    bench.runner.close('client_hangup');
    bench.runner.peerListener.closed();
    assert.deepEqual(bench.rtcpSent.slice(1), ['sender_report source_description bye']);
    assert.equal(bench.clock.armedCount, 0);
  });
});
