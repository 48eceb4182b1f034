import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { readSctpChunkAt, SCTP_CHUNK, SCTP_HEADER_BYTES } from '@prism/protocol';
import { type SctpEnd, SctpPair, someBytes } from '../testing/sctp-pair.ts';
import { TIMEOUT_COUNT_MAX } from './sctp-contract.ts';

const NEGOTIATED = { type: 'open', streamId: 0, label: 'events', isNegotiated: true } as const;

/** The type of a packet's first chunk. */
function firstChunkType(bytes: Uint8Array): number | undefined {
  return readSctpChunkAt(bytes, SCTP_HEADER_BYTES)?.type;
}

function firstTypes(pair: SctpPair, end: SctpEnd): readonly (number | undefined)[] {
  return pair.sent[end].map(firstChunkType);
}

/** Both ends have had the other's message. */
function haveBoth(pair: SctpPair): boolean {
  return pair.messages(0).length === 1 && pair.messages(1).length === 1;
}

/** Ends that begin as `starters` say, with a message each that waits for the association. */
function beginning(pair: SctpPair, starters: readonly SctpEnd[]): SctpPair {
  for (const end of [0, 1] as const) {
    pair.post(end, NEGOTIATED);
    pair.send(end, someBytes(100, end));
  }
  for (const end of starters) pair.post(end, { type: 'start' });
  return pair;
}

suite('the handshake of SCTP', () => {
  test('[SCT2] both ends begin at once: one association, and messages in the third packet', () => {
    const pair = beginning(new SctpPair({ seed: 1, rttMs: 100 }), [0, 1]);
    assert.ok(pair.advance(1_000, () => haveBoth(pair)));
    assert.equal(pair.nowMs, 150);
    const { init, initAck, cookieEcho } = SCTP_CHUNK;
    assert.deepEqual(firstTypes(pair, 0).slice(0, 3), [init, initAck, cookieEcho]);
    assert.equal(pair.ends[0].rttMs, 100);
  });

  test('[SCT2] one end begins, the other answers', () => {
    const pair = beginning(new SctpPair({ seed: 1, rttMs: 100 }), [1]);
    assert.ok(pair.advance(1_000, () => haveBoth(pair)));
    assert.equal(pair.nowMs, 200);
    assert.deepEqual(firstTypes(pair, 0).slice(0, 2), [SCTP_CHUNK.initAck, SCTP_CHUNK.cookieAck]);
  });

  test('[SCT2] whichever of the first four packets of each end are lost, one association comes of it', () => {
    for (let lostMask = 0; lostMask < 256; lostMask += 1) {
      const isLost = (from: SctpEnd, index: number) =>
        index < 4 && (lostMask & (1 << (from * 4 + index))) !== 0;
      for (const starters of [[0, 1], [0]] as const) {
        const pair = beginning(new SctpPair({ seed: lostMask, rttMs: 60, isLost }), starters);
        assert.ok(
          pair.advance(20_000, () => haveBoth(pair)),
          `${lostMask}, ${starters.length}`,
        );
        pair.advance(20_000);
        assert.ok(haveBoth(pair));
        const events = pair.seen.flat().map(({ type }) => type);
        assert.equal(events.filter((type) => type === 'channel_opened').length, 2);
        assert.ok(!events.includes('closed') && !events.includes('channel_closed'));
        assert.equal(pair.ends[0].deadlineMs, undefined, 'nothing is waited for');
      }
    }
  });

  test('[SCT2] packets that come twice, late and in any order make one association', () => {
    for (let seed = 0; seed < 100; seed += 1) {
      const network = { seed, rttMs: 40, duplicateRatio: 0.5, lossRatio: 0.2, jitterMs: 400 };
      const pair = beginning(new SctpPair(network), [0, 1]);
      assert.ok(
        pair.advance(30_000, () => haveBoth(pair)),
        `seed ${seed}`,
      );
      pair.advance(30_000);
      assert.ok(haveBoth(pair));
      assert.ok(!pair.seen.flat().some(({ type }) => type === 'channel_closed'));
    }
  });

  test('[SCT2] the first INIT goes again after 250 ms, or after what is said to be enough', () => {
    for (const firstRtoMs of [250, 120]) {
      const options = [{ firstRtoMs }, {}] as const;
      const pair = new SctpPair({ seed: 1, rttMs: 20, isLost: () => true, options });
      pair.post(0, { type: 'start' });
      pair.advance(firstRtoMs - 1);
      assert.equal(pair.sentCount[0], 1);
      pair.advance(1);
      assert.equal(pair.sentCount[0], 2);
    }
  });

  test('[SCT3] timeouts in a row are as long at first, double from the third on up to 3 s, and thirty are the end', () => {
    const sentAtMs: number[] = [];
    const pair: SctpPair = new SctpPair({
      seed: 1,
      rttMs: 20,
      isLost: () => {
        sentAtMs.push(pair.nowMs);
        return true;
      },
    });
    pair.post(0, { type: 'start' });
    pair.advance(200_000);
    assert.deepEqual(sentAtMs.slice(0, 8), [0, 250, 500, 750, 1_250, 2_250, 4_250, 7_250]);
    assert.equal(sentAtMs.length, 1 + TIMEOUT_COUNT_MAX);
    assert.deepEqual(pair.seen[0].at(-1), { type: 'closed', reason: 'handshake_timeout' });
    assert.equal(pair.ends[0].deadlineMs, undefined);
  });

  test('[SCT3] a peer that falls silent is unreachable after thirty timeouts; one that comes back in time is not', () => {
    const silent = SctpPair.connected({ seed: 1, rttMs: 20 });
    silent.isCut = true;
    silent.send(0, someBytes(10));
    silent.advance(200_000);
    assert.deepEqual(silent.seen[0].at(-1), { type: 'closed', reason: 'peer_unreachable' });
    assert.ok(silent.nowMs > 60_000);
    const back = SctpPair.connected({ seed: 1, rttMs: 20 });
    back.isCut = true;
    back.send(0, someBytes(10));
    back.advance(60_000);
    back.isCut = false;
    assert.ok(back.advance(3_100, () => back.messages(1).length === 1));
  });

  test('[SCT2] nothing but COOKIE ECHO is sent until it is answered, and what goes with it goes again with it', () => {
    let lostCount = 0;
    const isLost = (from: SctpEnd, _index: number, bytes: Uint8Array) => {
      const isCookie = from === 0 && firstChunkType(bytes) === SCTP_CHUNK.cookieEcho;
      if (isCookie) lostCount += 1;
      return isCookie && lostCount <= 2;
    };
    const pair = new SctpPair({ seed: 1, rttMs: 20, isLost });
    for (const end of [0, 1] as const) pair.post(end, NEGOTIATED);
    for (let index = 0; index < 30; index += 1) pair.send(0, someBytes(200, index));
    pair.post(0, { type: 'start' });
    pair.advance(1_000);
    const { init, cookieEcho } = SCTP_CHUNK;
    assert.deepEqual(firstTypes(pair, 0).slice(0, 4), [init, cookieEcho, cookieEcho, cookieEcho]);
    assert.deepEqual(
      pair.messages(1).map(({ bytes }) => bytes),
      Array.from({ length: 30 }, (_, index) => someBytes(200, index)),
    );
  });

  test('[SCT2] a lost COOKIE ACK is made up for by the first data that comes', () => {
    const isLost = (from: SctpEnd, _index: number, bytes: Uint8Array) =>
      from === 1 && firstChunkType(bytes) === SCTP_CHUNK.cookieAck;
    const pair = new SctpPair({ seed: 1, rttMs: 20, isLost });
    for (const end of [0, 1] as const) pair.post(end, NEGOTIATED);
    pair.post(0, { type: 'start' });
    pair.advance(40);
    assert.equal(pair.ends[0].isEstablished, false);
    pair.send(1, someBytes(10));
    pair.advance(10);
    assert.equal(pair.ends[0].isEstablished, true);
    assert.equal(pair.messages(0).length, 1);
  });

  test('[SCT14] a peer that begins anew: channels close, and new ones work', () => {
    const pair = SctpPair.connected({ seed: 4, rttMs: 20 });
    pair.send(0, someBytes(10));
    pair.advance(500);
    pair.replace(1);
    pair.post(1, { ...NEGOTIATED, streamId: 6 });
    pair.post(1, { type: 'start' });
    assert.ok(pair.advance(2_000, () => pair.ends[1].isEstablished));
    pair.advance(100);
    assert.deepEqual(pair.seen[0].at(-1), { type: 'channel_closed', streamId: 0 });
    pair.post(0, { ...NEGOTIATED, streamId: 6 });
    for (const end of [0, 1] as const) pair.send(end, someBytes(5_000, end), 6);
    assert.ok(pair.advance(1_000, () => haveBoth(pair)));
    assert.deepEqual(pair.messages(1)[0]?.bytes, someBytes(5_000, 0));
  });

  test('[SCT14] an INIT that comes late, or an old cookie, changes nothing', () => {
    const pair = SctpPair.connected({ seed: 4, rttMs: 20 });
    const old = [...pair.sent[1]];
    for (const bytes of old) pair.post(0, { type: 'packet', bytes });
    pair.advance(1_000);
    for (const end of [0, 1] as const) pair.send(end, someBytes(50));
    assert.ok(pair.advance(1_000, () => haveBoth(pair)));
    assert.ok(!pair.seen.flat().some(({ type }) => type === 'channel_closed'));
  });
});
