import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ManualClock } from '@prism/core/testing';
import { callIdsFromSuffix, type Offer } from '@prism/protocol';
import { fakePeer, notingListener } from '../testing/fake-peer.ts';
import type { PeerListener, PeerOptions } from './ports/peer.ts';
import { PreparedCalls } from './prepared-calls.ts';
import { PLAIN_REQUEST } from './session-request.ts';

const TIMEOUT_MS = 30_000;
const IDS = callIdsFromSuffix('1');
const { access } = PLAIN_REQUEST;
// The calls hand it on and look at nothing in it.
const OFFER = {} as Offer;

class Bench {
  readonly clock = new ManualClock();
  readonly told: string[] = [];
  places = 0;
  /** What the peer tells, and when its client comes. */
  peerListener: PeerListener | undefined;
  options: PeerOptions | undefined;
  isAccepting = true;
  hasSession = true;
  readonly calls = new PreparedCalls({
    clock: this.clock,
    timeoutMs: TIMEOUT_MS,
    admission: {
      opened: () => {
        this.places += 1;
      },
      closed: () => {
        this.places -= 1;
      },
    },
    peers: {
      accept: async (_offer, listener, options) => {
        this.peerListener = listener;
        this.options = options;
        const error = { code: 'invalid_sdp', message: 'No.' } as const;
        return this.isAccepting
          ? { isAccepted: true, peer: this.#peer, answerSdp: 'the answer' }
          : { isAccepted: false, error };
      },
    },
    begin: () => {
      this.told.push('begin');
      return this.hasSession ? this.#sessionListener : undefined;
    },
  });
  readonly #peer = fakePeer(() => this.told.push('peer closed'));
  readonly #sessionListener = notingListener(this.told);

  prepare(): ReturnType<PreparedCalls['prepare']> {
    return this.calls.prepare({ ids: IDS, offer: OFFER, request: PLAIN_REQUEST });
  }
}

suite('prepared calls', () => {
  test('[PRP1] begin when their client comes, and then the session hears the peer', async () => {
    const bench = new Bench();
    assert.deepEqual(await bench.prepare(), { isAnswered: true, answerSdp: 'the answer' });
    bench.clock.advance(TIMEOUT_MS - 1);
    bench.peerListener?.packet(new Uint8Array(1));
    assert.equal(bench.told.length, 0);
    bench.options?.reached?.();
    bench.peerListener?.connected();
    bench.peerListener?.channelOpened();
    bench.peerListener?.lost();
    assert.deepEqual(bench.told, ['begin', 'connected', 'channel opened', 'lost']);
    bench.clock.advance(TIMEOUT_MS);
    assert.equal(bench.told.includes('peer closed'), false);
    assert.equal(bench.places, 0, 'the place is the session’s');
  });

  test('[PRP2] keep a place until they are let go: by time, by hand, by the stack, all at once', async () => {
    const bench = new Bench();
    const ends = [
      () => bench.clock.advance(TIMEOUT_MS),
      () => bench.calls.end(IDS.callId),
      () => bench.peerListener?.lost(),
      () => bench.peerListener?.closed(),
      () => bench.calls.endAll(),
    ];
    for (const end of ends) {
      await bench.prepare();
      assert.deepEqual([bench.places, bench.calls.size], [1, 1]);
      assert.ok(bench.calls.has(IDS.callId, access));
      end();
      assert.deepEqual([bench.places, bench.calls.size], [0, 0]);
      assert.equal(bench.calls.has(IDS.callId, access), false);
      bench.options?.reached?.();
    }
    assert.deepEqual(bench.told, Array(ends.length).fill('peer closed'));
  });

  test('[PRP2] are there for the secret that made them and for keys without one, not for other secrets', async () => {
    const bench = new Bench();
    const request = { ...PLAIN_REQUEST, access: { ...access, tokenId: 'own' } };
    await bench.calls.prepare({ ids: IDS, offer: OFFER, request });
    assert.ok(bench.calls.has(IDS.callId, { ...access, tokenId: 'own' }));
    assert.ok(bench.calls.has(IDS.callId, access));
    assert.equal(bench.calls.has(IDS.callId, { ...access, tokenId: 'another' }), false);
  });

  test('[PRP3] for which there is no session are let go', async () => {
    const bench = new Bench();
    bench.hasSession = false;
    await bench.prepare();
    bench.options?.reached?.();
    assert.deepEqual(bench.told, ['begin', 'peer closed']);
    assert.deepEqual([bench.places, bench.calls.size], [0, 0]);
  });

  test('[PRP2] whose offer can’t be answered, or that end meanwhile, keep nothing', async () => {
    const bench = new Bench();
    bench.isAccepting = false;
    assert.equal((await bench.prepare()).isAnswered, false);
    bench.isAccepting = true;
    const answering = bench.prepare();
    bench.calls.endAll();
    assert.equal((await answering).isAnswered, false);
    assert.deepEqual(bench.told, ['peer closed']);
    assert.deepEqual([bench.places, bench.calls.size], [0, 0]);
  });
});
