import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ManualClock } from '@prism/core/testing';
import { fakePeer, notingListener } from '../testing/fake-peer.ts';
import { Successor } from './successor.ts';

class Bench {
  readonly clock = new ManualClock();
  readonly told: string[] = [];
  readonly #peer = fakePeer(() => this.told.push('peer closed'));
  readonly #listener = notingListener(this.told);
  readonly successor = new Successor({
    clock: this.clock,
    connectTimeoutMs: 1_000,
    listener: this.#listener,
    takeOver: () => this.told.push('takes over'),
  });

  accept(): this {
    this.successor.accepted(this.#peer);
    return this;
  }
}

suite('a peer that is to take over', () => {
  test('[MWS11] is silent until it is connected, and then the one that speaks', () => {
    const { successor, told } = new Bench().accept();
    const { listener } = successor;
    listener.packet(new Uint8Array(1));
    listener.channelOpened();
    listener.channelClosed();
    assert.equal(told.length, 0);
    listener.connected();
    listener.channelOpened();
    listener.packet(new Uint8Array(1));
    listener.channelMessage('an event');
    listener.lost();
    listener.connected();
    listener.channelClosed();
    listener.closed();
    const before = ['takes over', 'connected', 'channel opened', 'packet', 'an event', 'lost'];
    assert.deepEqual(told, [...before, 'connected', 'channel closed', 'closed']);
    successor.giveUp();
    assert.equal(told.includes('peer closed'), false);
  });

  test('[MWS11] loses nothing of a channel that is told of before the connection', () => {
    const { successor, told } = new Bench().accept();
    successor.listener.channelOpened();
    successor.listener.channelMessage('early');
    assert.equal(told.length, 0);
    successor.listener.connected();
    assert.deepEqual(told, ['takes over', 'connected', 'channel opened', 'early']);
  });

  test('[MWS11] goes without a word when it is lost, closed, too late, or followed by another', () => {
    const ends: ((bench: Bench) => void)[] = [
      ({ successor }) => successor.listener.lost(),
      ({ successor }) => successor.listener.closed(),
      ({ successor }) => successor.giveUp(),
      ({ clock }) => clock.advance(1_000),
    ];
    for (const end of ends) {
      const bench = new Bench().accept();
      end(bench);
      bench.successor.listener.connected();
      bench.successor.giveUp();
      assert.deepEqual(bench.told, ['peer closed']);
    }
  });

  test('[MWS11] that was given up before it was accepted is closed then', () => {
    const bench = new Bench();
    bench.clock.advance(1_000);
    assert.deepEqual(bench.accept().told, ['peer closed']);
  });
});
