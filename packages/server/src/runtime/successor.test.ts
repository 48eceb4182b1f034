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
  readonly successor: Successor;

  constructor(moment: 'when_connected' | 'when_asked' = 'when_connected') {
    this.successor = new Successor({
      clock: this.clock,
      connectTimeoutMs: 1_000,
      moment,
      listener: this.#listener,
      takeOver: (_peer, asked) =>
        this.told.push(asked === undefined ? 'takes over' : `takes over ${asked.last_event_id}`),
    });
  }

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

  test('[MWS14] that its client is to choose takes over when it is asked, and not before', () => {
    const { successor, told } = new Bench('when_asked').accept();
    const { listener } = successor;
    listener.connected();
    listener.channelOpened();
    listener.packet(new Uint8Array(1));
    for (const text of [
      '{"type":"response.create"}',
      '{"type":"prism.session.take_over","last_event_id":7}',
      'no event',
    ])
      listener.channelMessage(text);
    assert.deepEqual(told, []);
    listener.channelMessage('{"type":"prism.session.take_over","last_event_id":"event_7"}');
    listener.channelMessage('an event');
    assert.deepEqual(told, ['takes over event_7', 'connected', 'channel opened', 'an event']);
  });

  test('[MWS14] that nobody chooses goes without a word', () => {
    const { told, successor, clock } = new Bench('when_asked').accept();
    successor.listener.connected();
    clock.advance(1_000);
    successor.listener.channelMessage('{"type":"prism.session.take_over"}');
    assert.deepEqual(told, ['peer closed']);
  });

  test('[MWS11] that was given up before it was accepted is closed then', () => {
    const bench = new Bench();
    bench.clock.advance(1_000);
    assert.deepEqual(bench.accept().told, ['peer closed']);
  });
});
