import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { SLOT_MS, SLOT_SAMPLES } from '../audio/pcm.ts';
import { CallBench, joined, SessionBench, seededNoise, speech } from '../testing/index.ts';
import { ReceiveBench } from '../testing/receive-bench.ts';
import { TURN_END_WAIT_MS_MAX } from './turn-ends.ts';

const COMMIT = { type: 'input_audio_buffer.commit' };
const CLEAR = { type: 'input_audio_buffer.clear' };

interface Network {
  readonly seed: number;
  /** When the button is released, in ms of what is said. */
  readonly releasedMs: number;
  /** From a frame's last sample to its packet, in the client. */
  readonly captureMs: number;
  /** Up to so much later than an event a packet takes, by chance. */
  readonly jitterMs: number;
  /** Share of packets that is lost. */
  readonly lossRatio: number;
}

const network: fc.Arbitrary<Network> = fc.record({
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  releasedMs: fc.integer({ min: 300, max: 1_200 }),
  captureMs: fc.integer({ min: 5, max: 30 }),
  jitterMs: fc.integer({ min: 0, max: 10 }),
  lossRatio: fc.constantFrom(0, 0, 0.05, 0.2),
});

/**
 * A client numbers its frames as it speaks, and sends `event` when the button is released; that takes no time.
 * Answers the numbers that went upstream before the event and after it, and when it went.
 */
function release(of: Network, event: object) {
  const noise = seededNoise(of.seed);
  const chance = (): number => (noise() + 1) / 2;
  const frames = 120;
  const arrivals = Array.from({ length: frames }, (_, id) => ({
    id,
    isLost: chance() < of.lossRatio,
    atMs: (id + 1) * SLOT_MS + of.captureMs + Math.round(chance() * of.jitterMs),
  }));
  const receive = new ReceiveBench();
  const bench = SessionBench.live();
  let taken = 0;
  let sentMs = Number.NaN;
  for (let nowMs = 1; nowMs <= frames * SLOT_MS; nowMs += 1) {
    bench.advance(1);
    receive.advance(nowMs);
    for (const { id, isLost, atMs } of arrivals)
      if (atMs === nowMs && !isLost) receive.push(id, nowMs);
    if (nowMs === of.releasedMs) bench.client(event);
    for (; taken < receive.played.length; taken += 1) {
      const { id, samples } = receive.played[taken] ?? { samples: 0 };
      const pcm = new Int16Array(samples).fill(id === undefined ? -1 : id);
      bench.post({ type: 'media.audio', pcm });
    }
    if (Number.isNaN(sentMs) && bench.toUpstream.length > 0) sentMs = nowMs;
  }
  const at = bench.effects.findIndex(({ type }) => type === 'upstream.send');
  const lost = arrivals.filter(({ isLost }) => isLost).map(({ id }) => id);
  return {
    before: idsIn(bench, 0, at),
    after: idsIn(bench, at),
    lost,
    waitedMs: sentMs - of.releasedMs,
  };
}

function typeOf(text: string): string {
  return (JSON.parse(text) as { readonly type: string }).type;
}

function idsIn(bench: SessionBench, from: number, to?: number): Int16Array {
  return joined(
    bench.effects
      .slice(from, to)
      .flatMap((effect) => (effect.type === 'upstream.append' ? [effect.pcm] : [])),
  );
}

suite('the end of a turn', () => {
  test('[PTT1] [PTT2] a released button cuts no word off, and takes in no more than the bound', () => {
    fc.assert(
      fc.property(network, fc.constantFrom(COMMIT, CLEAR), (of, event) => {
        const { before, after, lost, waitedMs } = release(of, event);
        const lastSpoken = Math.floor((of.releasedMs - 1) / SLOT_MS);
        if (!lost.includes(lastSpoken)) assert.ok(before.includes(lastSpoken), 'the last word');
        assert.ok(Math.max(...before) * SLOT_MS < of.releasedMs + TURN_END_WAIT_MS_MAX);
        assert.ok(waitedMs <= TURN_END_WAIT_MS_MAX, `${waitedMs} ms`);
        // Nothing is lost between the turn and what follows it.
        const all = joined([before, after]);
        for (let id = 0; id < 100; id += 1)
          if (!lost.includes(id))
            assert.ok(all.filter((each) => each === id).length === SLOT_SAMPLES);
      }),
      { seed: 20_261_126, numRuns: 150, includeErrorInReport: true },
    );
  });

  test('[PTT1] on a clean network it waits for 60 ms of sound', () => {
    const of = { seed: 1, releasedMs: 605, captureMs: 20, jitterMs: 0, lossRatio: 0 };
    const { before, waitedMs } = release(of, COMMIT);
    assert.ok(waitedMs >= 60 && waitedMs <= 80, `${waitedMs} ms`);
    // 580 ms had come by 600; at 605 it is 5 ms on, and 60 are waited for.
    assert.equal(before.length, (580 + 5 + 60) * 24);
  });

  test('[PTT2] the turn ends at the sample, in the middle of a frame', () => {
    const call = new CallBench();
    call.run(200, () => speech(1, 3));
    call.bench.advance(7);
    call.bench.client(COMMIT);
    call.run(200, () => speech(1, 4));
    const lengths = call.bench.effects.flatMap<number | string>((effect) =>
      effect.type === 'upstream.append'
        ? [effect.pcm.length]
        : effect.type === 'upstream.send'
          ? ['commit']
          : [],
    );
    const at = lengths.indexOf('commit');
    const samples = lengths.slice(0, at).reduce<number>((sum, length) => sum + Number(length), 0);
    assert.equal(samples, (200 + 7 + 60) * 24);
    call.bench.client(COMMIT);
    call.bench.advance(TURN_END_WAIT_MS_MAX);
    assert.equal(call.appended.length, 400 * 24);
  });

  test('[PTT3] what is asked after it goes after it, in order, and a second end waits for its own sound', () => {
    const call = new CallBench();
    call.run(200, () => speech(1));
    call.bench.client(COMMIT);
    call.bench.client({ type: 'response.create' });
    call.bench.client({ type: 'conversation.item.delete', item_id: 'x' });
    call.bench.client(CLEAR);
    call.run(20, () => speech(1));
    assert.deepEqual(call.bench.toUpstream, []);
    call.bench.client({ type: 'conversation.item.delete', item_id: 'y' });
    call.run(200, () => speech(1));
    assert.deepEqual(
      call.bench.toUpstream.map(({ type, item_id }) => item_id ?? type),
      ['input_audio_buffer.commit', 'response.create', 'x', 'input_audio_buffer.clear', 'y'],
    );
    assert.equal(call.bench.session.describe()['turnEndsLate'], 0);
  });

  test('[PTT3] what stops the answer does so at once', () => {
    const call = new CallBench();
    call.bench.responseCreated();
    call.bench.answer(speech(50));
    call.run(200, () => speech(1));
    call.bench.client(COMMIT);
    call.bench.client({ type: 'response.cancel' });
    const { speechFrames } = call.bench;
    call.run(200, () => speech(1));
    assert.equal(call.bench.speechFrames, speechFrames);
    assert.deepEqual(
      call.bench.toUpstream.map(({ type }) => type),
      ['conversation.item.truncate', 'input_audio_buffer.commit', 'response.cancel'],
    );
  });

  test('[PTT4] where nothing is on its way it goes at once', () => {
    const silent = new CallBench();
    silent.bench.client(COMMIT);
    assert.equal(silent.bench.toUpstream.length, 1);
    silent.run(100, () => speech(1));
    silent.bench.advance(1_000);
    silent.bench.client(CLEAR);
    assert.equal(silent.bench.toUpstream.length, 2);
    const socket = SessionBench.live({ audio: 'socket' });
    socket.client(COMMIT);
    assert.equal(socket.toUpstream.length, 1);
  });

  test('[PTT5] sound that does not come is waited for 120 ms, and counted', () => {
    const call = new CallBench();
    call.run(200, () => speech(1));
    call.bench.client(COMMIT);
    call.bench.advance(119);
    assert.equal(call.bench.toUpstream.length, 0);
    call.bench.advance(1);
    assert.equal(call.bench.toUpstream.length, 1);
    const { turnEndsPutOff, turnEndsLate } = call.bench.session.describe();
    assert.deepEqual([turnEndsPutOff, turnEndsLate], [1, 1]);
  });

  test('[PTT6] an end that came before the upstream was ready has all that was said before it', () => {
    const bench = new SessionBench();
    bench.post({ type: 'media.connected' });
    bench.controllerOpens();
    bench.post({ type: 'media.audio', pcm: speech(10) });
    bench.client({ type: 'session.update', session: { type: 'realtime' } });
    bench.client(COMMIT);
    bench.advance(500);
    bench.post({ type: 'upstream.ready' });
    bench.advance(0);
    const kinds = bench.effects.flatMap((effect) => {
      if (effect.type === 'upstream.append') return ['append'];
      return effect.type === 'upstream.send' ? [typeOf(effect.text)] : [];
    });
    assert.deepEqual(
      kinds.filter((kind, index) => kind !== kinds[index - 1]),
      ['session.update', 'append', 'input_audio_buffer.commit'],
    );
  });
});
