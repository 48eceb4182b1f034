import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ManualClock } from '@prism/core/testing';
import { notingListener } from '../testing/fake-peer.ts';
import { RtcPeerBench } from '../testing/rtc-peer-bench.ts';
import { createPeerFactory } from './peer-factory.ts';

suite('peers that are accepted', () => {
  test('[HOS5] a peer that can’t be made leaves no transport behind', async () => {
    const bench = new RtcPeerBench();
    const factory = createPeerFactory({
      front: bench.front,
      clock: new ManualClock(),
      randomUint32: () => {
        throw new Error('no more numbers');
      },
      fault: () => assert.fail('it is refused instead'),
    });
    assert.equal(bench.isTransportOpen, true);
    const accepted = await factory.accept(bench.offer, notingListener([]), {
      dataChannelId: undefined,
      clientAddress: undefined,
    });
    assert.equal(accepted.isAccepted, false);
    assert.equal(bench.isTransportOpen, false);
    factory.close();
  });
});
