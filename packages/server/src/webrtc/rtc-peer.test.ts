import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ALERT, ALERT_LEVEL, alertBytes, DTLS_CONTENT } from '@prism/protocol';
import { clearDatagram } from '../testing/dtls-datagrams.ts';
import { RtcPeerBench } from '../testing/rtc-peer-bench.ts';

/** Of some other certificate. */
const STRANGE_FINGERPRINT = Array.from({ length: 32 }, () => 'AB').join(':');
/** The longest wait of a handshake and of an association alike. */
const TIMER_MS_MAX = 3_000;

suite('an answered peer', () => {
  test('[DTL37] a peer that is closed by what it tells says nothing more', () => {
    const bench: RtcPeerBench = RtcPeerBench.connected({
      listener: { channelMessage: () => bench.peer.close() },
    });
    bench.media();
    bench.messages('first', 'second');
    assert.deepEqual(bench.told, ['connected', 'channel opened', 'packet', 'first']);
    bench.ice.lost();
    bench.ice.found();
    bench.media();
    assert.deepEqual(bench.told, ['connected', 'channel opened', 'packet', 'first']);
    assert.equal(bench.clock.armedCount, 0);
  });

  test('[DTL37] nothing is told after a goodbye', () => {
    const bench = RtcPeerBench.connected();
    bench.clientDtls({ type: 'close' });
    const told = ['connected', 'channel opened', 'channel closed', 'closed'];
    assert.deepEqual(bench.told, told);
    bench.media();
    bench.ice.lost();
    bench.ice.found();
    assert.deepEqual(bench.told, told);
    assert.equal(bench.peer.describe().state, 'closed');
  });

  test('[DTL37] a client that comes back before it was connected isn’t told as connected', () => {
    const bench = new RtcPeerBench();
    bench.ice.reached();
    bench.ice.lost();
    bench.ice.found();
    assert.deepEqual(bench.told, ['lost']);
    bench.carry();
    assert.deepEqual(bench.told, ['lost', 'connected']);
  });

  test('[DTL38] a failed connection takes no media, and is not gone on with', () => {
    const bench = new RtcPeerBench({ namedFingerprint: STRANGE_FINGERPRINT });
    bench.ice.reached();
    bench.carry();
    assert.deepEqual(bench.told, ['lost']);
    bench.ice.lost();
    bench.ice.found();
    assert.deepEqual(bench.told, ['lost']);
    assert.equal(bench.peer.restart(bench.offer), undefined);
  });

  test('[DTL38] one that fails with keys in hand takes no media and awaits nothing', () => {
    const bench = new RtcPeerBench();
    bench.ice.reached();
    bench.carryOnlyDown();
    bench.media();
    assert.deepEqual(bench.told, ['packet']);
    const alert = alertBytes({ level: ALERT_LEVEL.fatal, description: ALERT.internalError });
    bench.ice.datagram(clearDatagram(DTLS_CONTENT.alert, alert));
    assert.deepEqual(bench.told, ['packet', 'lost']);
    bench.media();
    assert.equal(bench.peer.sendPacket(new Uint8Array(32)), false);
    // The timer that was armed before finds nothing to do.
    bench.clock.advance(TIMER_MS_MAX);
    assert.equal(bench.clock.armedCount, 0);
    assert.deepEqual(bench.told, ['packet', 'lost']);
    const { state, endReason } = bench.peer.describe();
    assert.deepEqual({ state, endReason }, { state: 'failed', endReason: 'alert' });
  });

  test('[SRT5] [MET3] what SRTP, DTLS and SCTP have refused is told by cause, after the end too', () => {
    const bench = RtcPeerBench.connected();
    const forged = new Uint8Array(40);
    forged.set([0x80, 111]);
    for (let count = 0; count < 3; count += 1) bench.ice.datagram(forged);
    bench.ice.datagram(forged.subarray(0, 5));
    const packet = bench.media();
    bench.ice.datagram(packet);
    bench.ice.datagram(clearDatagram(DTLS_CONTENT.handshake, new Uint8Array(12)));
    const check = (): void => {
      const { srtp, dtls, sctp } = bench.peer.describe().refused ?? assert.fail('it tells nothing');
      assert.deepEqual(srtp, {
        malformed: 1,
        unauthentic: 3,
        replayed: 1,
        tooOld: 0,
        unencrypted: 0,
        sourceRefused: 0,
      });
      assert.equal(dtls.ignored, 1);
      assert.deepEqual(sctp, { malformed: 0, strange: 0, brokenChunks: 0, droppedData: 0 });
    };
    check();
    bench.clientDtls({ type: 'close' });
    check();
    bench.peer.close();
    check();
  });

  test('[DTL41] over TCP a hello isn’t repeated, and is as soon as the client moves to UDP', () => {
    const bench = new RtcPeerBench();
    bench.path = 'tcp';
    bench.ice.moved();
    bench.ice.reached();
    bench.clock.advance(2_000);
    assert.equal(bench.toClient.length, 1);
    bench.path = 'udp';
    bench.ice.moved();
    bench.clock.advance(60);
    assert.equal(bench.toClient.length, 2);
    assert.equal(bench.peer.describe().handshakeRepeats, 1);
  });

  test('[SCT2] on a long route INIT waits as long as DTLS’s answers took', () => {
    const bench = new RtcPeerBench();
    bench.ice.reached();
    bench.clock.advance(400);
    const [hello] = bench.toClient.splice(0);
    bench.carryDown(hello);
    // Its last flight and INIT; of the client nothing more is heard.
    const sentCount = bench.sentCount;
    bench.clock.advance(400);
    assert.equal(bench.sentCount, sentCount, 'one and a half of 400 ms are not over');
    bench.clock.advance(250);
    assert.ok(bench.sentCount > sentCount);
  });

  test('[DTL40] an offer that goes on must leave the client a role that goes with ours', () => {
    const bench = RtcPeerBench.connected();
    const offerWith = (setup: 'actpass' | 'active' | 'passive') => ({
      ...bench.offer,
      transport: { ...bench.offer.transport, setup },
    });
    // Prism has begun.
    for (const setup of ['actpass', 'passive'] as const)
      assert.equal(bench.peer.restart(offerWith(setup))?.isAnswered, true);
    assert.equal(bench.peer.restart(offerWith('active')), undefined);
  });

  for (const [what, provoke] of [
    ['a datagram', (bench) => bench.messages('hello')],
    ['a timer', (bench) => bench.clock.advance(TIMER_MS_MAX)],
    ['the turn’s end', (bench) => bench.peer.turnEnded()],
    ['the first check', (bench) => bench.ice.reached()],
    ['the media port', (bench) => bench.ice.failed(new Error('a bug'))],
  ] as const satisfies readonly (readonly [string, (bench: RtcPeerBench) => void])[]) {
    test(`[HOS5] what throws because of ${what} ends the peer and its call, and nothing else`, () => {
      let isBroken = false;
      const sends = (): void => {
        if (isBroken) throw new Error('a bug');
      };
      const isNew = what === 'the first check';
      const bench = isNew ? new RtcPeerBench({ sends }) : RtcPeerBench.connected({ sends });
      if (!isNew) bench.peer.sendText('an event');
      // What is under way has a timer.
      if (what === 'a timer') bench.peer.turnEnded();
      isBroken = true;
      provoke(bench);
      assert.equal(bench.told.at(-1), 'failed: Error: a bug');
      assert.equal(bench.faults.length, 1);
      const { state, endReason } = bench.peer.describe();
      assert.deepEqual({ state, endReason }, { state: 'failed', endReason: 'internal_error' });
      assert.equal(bench.isTransportOpen, false);
      assert.equal(bench.clock.armedCount, 0);
      const toldCount = bench.told.length;
      bench.ice.lost();
      bench.ice.datagram(new Uint8Array(64).fill(0x80));
      bench.peer.close();
      assert.equal(bench.told.length, toldCount);
    });
  }
});
