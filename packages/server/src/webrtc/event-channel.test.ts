import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DataChannels, type DataChannelsEffect, type MonotonicMs } from '@prism/core';
import { notingListener } from '../testing/fake-peer.ts';
import { MESSAGE_BYTES_MAX } from './answerer.ts';
import { EventChannel } from './event-channel.ts';

const AT_MS = 0 as MonotonicMs;
const STREAM_ID = 3;
/** More than the association lets wait and be under way, however small they are. */
const MESSAGE_COUNT_BEYOND_MAX = 80_000;

/** An event channel and a client's data channels, with nothing in between. */
class Bench {
  readonly told: string[] = [];
  readonly messages: string[] = [];
  readonly closedIds: number[] = [];
  goodbyes = 0;
  readonly client: DataChannels;
  readonly channel: EventChannel;
  readonly #toClient: Uint8Array[] = [];
  /** Whether packets get to the client. */
  isLinked = true;

  constructor({
    dataChannelId,
    messageBytesMax = 65_536,
  }: { dataChannelId?: number; messageBytesMax?: number } = {}) {
    let seed = 1;
    const random = (): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return seed;
    };
    // It sends messages of any length.
    this.client = new DataChannels({ random32: random, remoteMessageBytesMax: 0 });
    this.channel = new EventChannel({
      sctpPort: 5_000,
      messageBytesMax,
      localSctpPort: 5_000,
      localMessageBytesMax: MESSAGE_BYTES_MAX,
      randomUint32: random,
      dataChannelId,
      listener: notingListener(this.told),
      ended: () => {
        this.goodbyes += 1;
      },
      send: (packet) => {
        this.#toClient.push(packet);
      },
    });
    this.channel.start(undefined, AT_MS);
    this.give(this.client.handle({ type: 'start' }, AT_MS));
  }

  /** Carries packets both ways until there are no more. */
  give(effects: readonly DataChannelsEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'packet') this.channel.packet(effect.bytes, AT_MS);
      if (effect.type === 'message') this.messages.push(Buffer.from(effect.bytes).toString());
      if (effect.type === 'channel_closed') this.closedIds.push(effect.streamId);
    }
    if (!this.isLinked) return;
    for (let packet = this.#toClient.shift(); packet !== undefined; packet = this.#toClient.shift())
      this.give(this.client.handle({ type: 'packet', bytes: packet }, AT_MS));
  }

  open(streamId = STREAM_ID): void {
    const label = 'oai-events';
    this.give(this.client.handle({ type: 'open', streamId, label, isNegotiated: false }, AT_MS));
  }
}

suite('the channel of the events', () => {
  test('[SCT18] messages leave when the turn is over, in their order, and not before', () => {
    const bench = new Bench();
    bench.open();
    assert.deepEqual(bench.told, ['channel opened']);
    assert.equal(bench.channel.sendText('first'), 'sent');
    assert.equal(bench.channel.sendText('ß second'), 'sent');
    bench.give([]);
    assert.deepEqual(bench.messages, []);
    bench.channel.flush(AT_MS);
    bench.give([]);
    assert.deepEqual(bench.messages, ['first', 'ß second']);
  });

  test('[SCT18] what waits when a call ends still leaves', () => {
    const bench = new Bench();
    bench.open();
    bench.channel.sendText('last');
    bench.channel.close(AT_MS);
    bench.give([]);
    assert.deepEqual(bench.messages, ['last']);
    assert.equal(bench.channel.sendText('too late'), 'unsent');
  });

  test('[SCT19] a channel that both know of needs no opening', () => {
    const bench = new Bench({ dataChannelId: 0 });
    assert.deepEqual(bench.told, ['channel opened']);
    bench.give(
      bench.client.handle({ type: 'open', streamId: 0, label: '', isNegotiated: true }, AT_MS),
    );
    const bytes = Buffer.from('{"type":"x"}');
    bench.give(bench.client.handle({ type: 'send', streamId: 0, kind: 'text', bytes }, AT_MS));
    assert.deepEqual(bench.told, ['channel opened', '{"type":"x"}']);
  });

  test('[SCT19] a second channel is closed, and the first goes on', () => {
    const bench = new Bench();
    bench.open();
    bench.open(5);
    assert.deepEqual(bench.closedIds, [5]);
    assert.deepEqual(bench.told, ['channel opened']);
    bench.channel.sendText('still');
    bench.channel.flush(AT_MS);
    bench.give([]);
    assert.deepEqual(bench.messages, ['still']);
  });

  test('[SCT19] what can’t be sent is refused by name', () => {
    const bench = new Bench({ messageBytesMax: 100_000 });
    assert.equal(bench.channel.sendText('early'), 'unsent');
    bench.open();
    assert.equal(bench.channel.sendText('x'.repeat(100_001)), 'too_large');
    bench.isLinked = false;
    let sentBytes = 0;
    while (bench.channel.sendText('x'.repeat(100_000)) === 'sent') {
      bench.channel.flush(AT_MS);
      sentBytes += 100_000;
      assert.ok(sentBytes < 10_000_000);
    }
    assert.ok(sentBytes > 8_000_000, `${sentBytes} bytes`);
  });

  test('[SCT19] a client that ends the association says goodbye', () => {
    const bench = new Bench();
    bench.open();
    bench.give(bench.client.handle({ type: 'abort' }, AT_MS));
    assert.deepEqual(bench.told, ['channel opened', 'channel closed']);
    assert.equal(bench.goodbyes, 1);
  });

  test('[SCT19] a client that closed its channel may open another one, which has none of the first’s messages', () => {
    const bench = new Bench();
    bench.open();
    bench.channel.sendText('for the first');
    bench.give(bench.client.handle({ type: 'close_channel', streamId: STREAM_ID }, AT_MS));
    assert.equal(bench.channel.sendText('for nobody'), 'unsent');
    bench.open(5);
    bench.channel.sendText('for the second');
    bench.channel.flush(AT_MS);
    bench.give([]);
    assert.deepEqual(bench.told, ['channel opened', 'channel closed', 'channel opened']);
    assert.deepEqual(bench.messages, ['for the second']);
  });

  test('[SCT19] a channel with more messages than may wait is given up, and takes none after that', () => {
    const bench = new Bench();
    bench.open();
    bench.isLinked = false;
    for (let sent = 0; sent < MESSAGE_COUNT_BEYOND_MAX; sent += 1) bench.channel.sendText('x');
    bench.channel.flush(AT_MS);
    assert.deepEqual(bench.told, ['channel opened', 'channel closed']);
    assert.equal(bench.channel.sendText('too late'), 'unsent');
  });

  test('[SCT21] a client that answers nothing is told as gone from its channel alone', () => {
    const bench = new Bench();
    bench.open();
    bench.isLinked = false;
    bench.channel.sendText('to nobody');
    bench.channel.flush(AT_MS);
    for (let turn = 0; bench.channel.deadlineMs !== undefined && turn < 1_000; turn += 1)
      bench.channel.deadlineDue(bench.channel.deadlineMs);
    assert.equal(bench.channel.deadlineMs, undefined);
    assert.deepEqual(bench.told, ['channel opened', 'channel closed']);
    assert.equal(bench.goodbyes, 0);
    assert.equal(bench.channel.sendText('too late'), 'unsent');
  });

  test('[SCT21] so is one whose message is longer than may be sent', () => {
    const bench = new Bench();
    bench.open();
    const bytes = new Uint8Array(MESSAGE_BYTES_MAX + 1).fill(0x78);
    const input = { type: 'send', streamId: STREAM_ID, kind: 'text', bytes } as const;
    bench.give(bench.client.handle(input, AT_MS));
    assert.deepEqual(bench.told, ['channel opened', 'channel closed']);
    assert.equal(bench.goodbyes, 0);
    assert.equal(bench.channel.deadlineMs, undefined);
  });
});
