import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount } from '@prism/protocol';
import { SessionBench, serverEvent, speech } from '../testing/session-bench.ts';

const SECOND = controllerIdFromCount(2);

function noises(bench: SessionBench, count: number): void {
  for (let index = 0; index < count; index += 1) bench.post(serverEvent({ type: 'noise', index }));
}

function heardNoises(bench: SessionBench): readonly unknown[] {
  return bench.toController.filter(({ type }) => type === 'noise').map(({ index }) => index);
}

function appendedMs(bench: SessionBench): number {
  const samples = bench.effects.reduce(
    (sum, effect) => (effect.type === 'upstream.append' ? sum + effect.pcm.length : sum),
    0,
  );
  return samples / 24;
}

suite('a client that is loaded anew', () => {
  test('[MWS16] is away when its connection says goodbye, if it has said so, and gone if not', () => {
    const bench = SessionBench.live();
    bench.client({ type: 'prism.session.keep', kept: true });
    bench.post({ type: 'media.closed' });
    assert.deepEqual(bench.closedReasons, []);
    bench.advance(29_999);
    assert.deepEqual(bench.closedReasons, []);
    bench.advance(1);
    assert.deepEqual(bench.closedReasons, ['media_lost']);
    const other = SessionBench.live();
    other.client({ type: 'prism.session.keep', kept: true });
    other.client({ type: 'prism.session.keep', kept: false });
    other.post({ type: 'media.closed' });
    assert.deepEqual(other.closedReasons, ['client_closed']);
  });
});

suite('the media attachment', () => {
  test('[ATT1] a lost client has the grace time, then the session ends', () => {
    const bench = SessionBench.live({ mediaGraceMs: 5_000 });
    bench.post({ type: 'media.lost' });
    bench.advance(4_999);
    assert.deepEqual(bench.closedReasons, []);
    bench.advance(1);
    assert.deepEqual(bench.closedReasons, ['media_lost']);
    assert.equal(bench.effects.filter(({ type }) => type === 'upstream.close').length, 1);
  });

  test('[ATT1] a client that is back in time keeps its session, as often as it likes', () => {
    const bench = SessionBench.live({ mediaGraceMs: 5_000 });
    for (let round = 0; round < 3; round += 1) {
      bench.post({ type: 'media.lost' });
      bench.advance(4_000);
      bench.post({ type: 'media.connected' });
      bench.advance(10_000);
    }
    assert.deepEqual(bench.closedReasons, []);
    assert.equal(bench.session.describe()['mediaAbsences'], 3);
    const back = bench.facts.filter(({ type }) => type === 'media.back');
    assert.deepEqual(back[0], { type: 'media.back', awayMs: 4_000 });
  });

  test('[ATT1] being lost twice is being lost once, and a client that never was there ends it', () => {
    const bench = SessionBench.live({ mediaGraceMs: 5_000 });
    bench.post({ type: 'media.lost' });
    bench.advance(4_000);
    bench.post({ type: 'media.lost' });
    bench.advance(1_000);
    assert.deepEqual(bench.closedReasons, ['media_lost']);
    const never = new SessionBench();
    never.post({ type: 'media.lost' });
    assert.deepEqual(never.closedReasons, ['media_lost']);
  });

  test('[ATT2] the answer waits and goes on where it was: every frame is sent once', () => {
    const bench = SessionBench.live();
    bench.responseCreated();
    bench.answer(speech(20));
    bench.responseDone();
    bench.slots(5);
    bench.post({ type: 'media.lost' });
    assert.equal(bench.session.wantsSlots, false);
    bench.post({ type: 'media.slot' });
    bench.answer(speech(10), 'resp_1');
    assert.equal(bench.speechFrames, 5);
    bench.post({ type: 'media.connected' });
    bench.slots(100);
    assert.equal(bench.speechFrames, 30);
    const types = bench.toControllerTypes.filter((type) => String(type).startsWith('output_audio'));
    assert.deepEqual(types, ['output_audio_buffer.started', 'output_audio_buffer.stopped']);
  });

  test('[ATT3] two seconds of silence follow what a lost client said, and nothing afterwards', () => {
    const bench = SessionBench.live();
    bench.post({ type: 'media.audio', pcm: speech(1) });
    bench.post({ type: 'media.lost' });
    assert.equal(appendedMs(bench), 2_020);
    bench.advance(20_000);
    assert.equal(appendedMs(bench), 2_020);
    bench.post({ type: 'media.replaced', isChannelComing: true });
    assert.equal(appendedMs(bench), 2_020);
  });

  test('[ATT4] the client gets what it missed on the channel it has', () => {
    const bench = SessionBench.live();
    bench.post({ type: 'media.lost' });
    noises(bench, 3);
    assert.deepEqual(heardNoises(bench), []);
    bench.post({ type: 'media.connected' });
    assert.deepEqual(heardNoises(bench), [0, 1, 2]);
    noises(bench, 1);
    assert.deepEqual(heardNoises(bench), [0, 1, 2, 0]);
  });

  test('[ATT4] [ATT6] or on a new one, whichever comes first, it or the connection', () => {
    for (const order of [
      ['controller.opened', 'media.connected'],
      ['media.connected', 'controller.opened'],
    ]) {
      const bench = SessionBench.live();
      bench.post({ type: 'controller.closed', controllerId: controllerIdFromCount(1) });
      bench.post({ type: 'media.replaced', isChannelComing: true });
      noises(bench, 2);
      for (const type of order) {
        if (type === 'media.connected') bench.post({ type });
        else bench.post({ type: 'controller.opened', controllerId: SECOND, role: 'client' });
      }
      assert.deepEqual(heardNoises(bench), [0, 1], order.join());
      assert.ok(!bench.toControllerTypes.includes('session.created'));
      noises(bench, 1);
      assert.equal(heardNoises(bench).length, 3);
    }
  });

  test('[ATT4] the newest 1,000 events wait, older ones are counted', () => {
    const bench = SessionBench.live();
    bench.post({ type: 'media.lost' });
    noises(bench, 1_003);
    bench.post({ type: 'media.connected' });
    assert.equal(heardNoises(bench).length, 1_000);
    assert.equal(heardNoises(bench)[0], 3);
    assert.equal(bench.session.describe()['eventsMissed'], 3);
  });

  test('[ATT4] a client that comes back without a channel leaves nothing waiting', () => {
    const bench = SessionBench.live();
    bench.post({ type: 'controller.closed', controllerId: controllerIdFromCount(1) });
    bench.post({ type: 'media.replaced', isChannelComing: false });
    noises(bench, 2);
    bench.post({ type: 'media.connected' });
    noises(bench, 5_000);
    assert.deepEqual(bench.closedReasons, []);
    assert.equal(bench.session.describe()['eventsUnheard'], 5_002);
  });

  test('[ATT5] sidebands hear on', () => {
    const bench = SessionBench.live();
    bench.post({ type: 'controller.opened', controllerId: SECOND, role: 'sideband' });
    bench.post({ type: 'media.lost' });
    noises(bench, 2);
    assert.deepEqual(heardNoises(bench), [0, 1]);
    bench.client({ type: 'response.create' }, SECOND);
    assert.deepEqual(
      bench.toUpstream.map(({ type }) => type),
      ['response.create'],
    );
  });

  test('[ATT6] a new peer has the grace time to connect, from its offer on', () => {
    const bench = SessionBench.live({ mediaGraceMs: 5_000 });
    bench.post({ type: 'media.lost' });
    bench.advance(4_000);
    bench.post({ type: 'media.replaced', isChannelComing: true });
    bench.advance(4_999);
    assert.deepEqual(bench.closedReasons, []);
    bench.advance(1);
    assert.deepEqual(bench.closedReasons, ['media_lost']);
  });

  test('[ATT6] a new peer before the first has connected has the time that media has to connect', () => {
    const bench = new SessionBench({ mediaConnectTimeoutMs: 700 });
    bench.post({ type: 'upstream.ready' });
    bench.advance(600);
    bench.post({ type: 'media.replaced', isChannelComing: true });
    bench.advance(600);
    assert.deepEqual(bench.closedReasons, []);
    bench.post({ type: 'media.connected' });
    bench.advance(10_000);
    assert.deepEqual(bench.closedReasons, []);
  });
});
