import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { MonotonicMs } from '@prism/core';
import { ALERT, ALERT_LEVEL, alertBytes, DTLS_CONTENT, HANDSHAKE } from '@prism/protocol';
import { clearDatagram, fragmentDatagram, messageDatagram } from '../../testing/dtls-datagrams.ts';
import { assertDtlsConnected, DtlsEnd, DtlsPair, seededNumbers } from '../../testing/dtls-pair.ts';

const ENDS = ['client', 'server'] as const;
/** All ends that a peer's bytes alone can bring about. */
const REASONS = new Set([
  'alert',
  'bad_finished',
  'bad_message',
  'bad_signature',
  'certificate_mismatch',
  'certificate_unusable',
  'closed_by_peer',
  'message_too_long',
  'no_common_parameters',
  'timed_out',
  'version_unsupported',
]);

/** A datagram with something wrong with it: bits, length, or order of its parts. */
function damaged(bytes: Uint8Array, random: () => number): Uint8Array {
  const at = Math.floor(random() * bytes.length);
  const kind = random();
  if (kind < 0.2) return bytes.subarray(0, at);
  if (kind < 0.3) return Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]);
  if (kind < 0.4) return Buffer.concat([bytes, bytes.subarray(at)]);
  const copy = bytes.slice();
  const count = kind < 0.8 ? 1 : 8;
  for (let change = 0; change < count; change += 1)
    copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
  return copy;
}

function randomDatagram(random: () => number): Uint8Array {
  const bytes = Uint8Array.from({ length: Math.floor(random() * 300) }, () => random() * 256);
  // The start of a record of DTLS 1.2, so that some of it is read.
  bytes.set(
    [20 + Math.floor(random() * 5), 0xfe, 0xfd, 0, Math.floor(random() * 3)].slice(0, bytes.length),
  );
  return bytes;
}

/** Whether anything in the clear can end a connected pair or be taken for the peer's. */
function clearDatagrams(): readonly Uint8Array[] {
  const fatal = { level: ALERT_LEVEL.fatal, description: ALERT.handshakeFailure };
  const close = { level: ALERT_LEVEL.warning, description: ALERT.closeNotify };
  return [
    clearDatagram(DTLS_CONTENT.alert, alertBytes(fatal)),
    clearDatagram(DTLS_CONTENT.alert, alertBytes(close)),
    clearDatagram(DTLS_CONTENT.applicationData, Buffer.from('hello')),
    clearDatagram(DTLS_CONTENT.changeCipherSpec, Uint8Array.of(1)),
    messageDatagram(HANDSHAKE.clientHello, 0, new Uint8Array(40)),
    messageDatagram(HANDSHAKE.helloRequest, 5, new Uint8Array(0)),
    messageDatagram(HANDSHAKE.finished, 3, new Uint8Array(12)),
  ];
}

suite('hostile DTLS', () => {
  test('[DTL31] damaged and random datagrams in a handshake never throw, and end it by name if at all', () => {
    const seen = new Set<string>();
    for (let seed = 1; seed <= 400; seed += 1) {
      const random = seededNumbers(seed);
      const pair = new DtlsPair({
        seed,
        change: ({ bytes }) => {
          if (random() < 0.5) return [bytes];
          return random() < 0.5 ? [damaged(bytes, random)] : [randomDatagram(random), bytes];
        },
      });
      pair.start();
      pair.run(31_000);
      for (const { ends, connection } of [pair.client, pair.server]) {
        assert.ok(ends.length <= 1);
        assert.equal(connection.state, ends.length === 1 ? 'closed' : 'connected');
        for (const reason of ends) seen.add(reason);
      }
    }
    for (const reason of seen) assert.ok(REASONS.has(reason), reason);
    assert.ok(seen.size > 5, 'much went wrong');
  });

  test('[DTL30] damaged and random datagrams do nothing to a connection', () => {
    const random = seededNumbers(7);
    const pair = DtlsPair.connected();
    for (let round = 0; round < 300; round += 1) {
      for (const name of ENDS) {
        const [sent] = pair.input(name, { type: 'send', bytes: Buffer.from(`${round}`) });
        assert.ok(sent?.type === 'datagram');
        const other = name === 'client' ? 'server' : 'client';
        pair.input(other, { type: 'datagram', bytes: randomDatagram(random) });
        const flipped = sent.bytes.slice();
        const at = 3 + Math.floor(random() * (flipped.length - 3));
        flipped[at] = (flipped[at] ?? 0) ^ (1 << Math.floor(random() * 8));
        pair.input(other, { type: 'datagram', bytes: flipped });
      }
    }
    pair.run(100);
    const expected = Array.from({ length: 300 }, (_, round) => `${round}`);
    for (const { texts, ends, connection } of [pair.client, pair.server]) {
      assert.deepEqual(texts, expected);
      assert.deepEqual(ends, []);
      assert.ok(connection.counters.forgedRecordCount > 200);
    }
  });

  test('[DTL30] what comes again is dropped, within the window and behind it', () => {
    const pair = DtlsPair.connected();
    for (let number = 0; number < 1_200; number += 1)
      pair.input('client', { type: 'send', bytes: Buffer.from(String(number)) });
    pair.run(50);
    const { length } = pair.server.texts;
    const { replayedRecordCount: before } = pair.server.connection.counters;
    for (const bytes of pair.client.datagrams) pair.input('server', { type: 'datagram', bytes });
    assert.equal(pair.server.texts.length, length);
    // The repeated Finished is one as well.
    assert.equal(pair.server.connection.counters.replayedRecordCount - before, 1_201);
    assert.deepEqual(pair.server.ends, []);
  });

  test('[DTL30] records overtake each other, but not by more than the window', () => {
    const pair = DtlsPair.connected({ change: ({ index, bytes }) => (index < 2 ? [bytes] : []) });
    for (let number = 0; number < 1_100; number += 1)
      pair.input('client', { type: 'send', bytes: Buffer.from(String(number)) });
    const datagrams = pair.client.datagrams.slice(2).toReversed();
    for (const bytes of datagrams) pair.input('server', { type: 'datagram', bytes });
    const newestFirst = Array.from({ length: 1_024 }, (_, index) => String(1_099 - index));
    assert.deepEqual(pair.server.texts, newestFirst);
  });

  test('[DTL31] a message that claims to be huge ends the handshake, and takes no memory', () => {
    for (const name of ENDS) {
      const pair = new DtlsPair({ change: () => [] });
      pair.start();
      const bytes = fragmentDatagram({
        type: name === 'client' ? HANDSHAKE.serverHello : HANDSHAKE.clientHello,
        messageSequence: 0,
        messageBytes: 0xffffff,
        offsetBytes: 0xfffff0,
        fragment: new Uint8Array(10),
      });
      pair.input(name, { type: 'datagram', bytes });
      assert.deepEqual(pair[name].ends, ['message_too_long']);
    }
  });

  test('[DTL31] a flood of early records and data leaves room for a handshake', () => {
    const pair = new DtlsPair();
    pair.start();
    pair.run(7);
    const header = [23, 0xfe, 0xfd, 0, 1, 0, 0, 0, 0, 0, 9, 3, 232];
    const flood = Buffer.concat([Buffer.from(header), Buffer.alloc(1_000)]);
    for (let count = 0; count < 500; count += 1)
      pair.input('server', { type: 'datagram', bytes: flood });
    assert.equal(pair.server.connection.counters.ignoredCount, 492);
    pair.run(1_000);
    assertDtlsConnected(pair);
  });

  test('[DTL28] a Finished in the clear is nothing that a peer has said', () => {
    const pair = new DtlsPair();
    pair.start();
    pair.run(12);
    assert.ok(pair.client.keys !== undefined);
    const bytes = messageDatagram(HANDSHAKE.finished, 5, new Uint8Array(12));
    assert.deepEqual(pair.input('client', { type: 'datagram', bytes }), []);
    assert.equal(pair.client.connection.counters.ignoredCount, 1);
    pair.run(50);
    assertDtlsConnected(pair);
  });

  test('[DTL32] once connected, what is not encrypted says nothing', () => {
    for (const name of ENDS) {
      const pair = DtlsPair.connected();
      for (const bytes of clearDatagrams())
        assert.deepEqual(pair.input(name, { type: 'datagram', bytes }), []);
      assert.equal(pair[name].connection.counters.ignoredCount, clearDatagrams().length);
      assertDtlsConnected(pair);
    }
  });

  test('[DTL32] an end is told to the peer, which answers, and nothing comes after it', () => {
    for (const name of ENDS) {
      const pair = DtlsPair.connected();
      const other = pair[name === 'client' ? 'server' : 'client'];
      const [told, end] = pair.input(name, { type: 'close' });
      assert.equal(told?.type, 'datagram');
      assert.deepEqual(end, { type: 'closed', reason: 'closed', alert: ALERT.closeNotify });
      pair.run(50);
      assert.deepEqual(other.ends, ['closed_by_peer']);
      assert.deepEqual(other.effects.at(-2)?.type, 'datagram');
      for (const closed of ENDS) {
        for (const type of ['start', 'deadline', 'peer_is_ahead', 'close'] as const)
          assert.deepEqual(pair.input(closed, { type }), []);
        assert.deepEqual(pair.input(closed, { type: 'send', bytes: new Uint8Array(1) }), []);
        assert.equal(pair[closed].connection.deadlineMs, undefined);
      }
    }
  });

  test('[DTL32] a fatal alert in a handshake ends it, a warning or half an alert does not', () => {
    for (const name of ENDS) {
      const pair = new DtlsPair({ change: () => [] });
      pair.start();
      const alert = (bytes: Uint8Array): void => {
        pair.input(name, { type: 'datagram', bytes: clearDatagram(DTLS_CONTENT.alert, bytes) });
      };
      alert(Uint8Array.of(ALERT_LEVEL.warning, 100));
      alert(Uint8Array.of(ALERT_LEVEL.fatal));
      assert.deepEqual(pair[name].ends, []);
      alert(Uint8Array.of(ALERT_LEVEL.fatal, ALERT.handshakeFailure));
      assert.deepEqual(pair[name].ends, ['alert']);
    }
  });

  test('[DTL31] what is out of place before the start, or too long to send, is dropped and counted', () => {
    const end = new DtlsEnd('server', {});
    const now = 0 as MonotonicMs;
    const [bytes] = clearDatagrams();
    assert.ok(bytes !== undefined);
    assert.deepEqual(end.connection.handle({ type: 'datagram', bytes }, now), []);
    assert.equal(end.connection.counters.ignoredCount, 1);
    assert.deepEqual(end.connection.handle({ type: 'send', bytes }, now), []);
    assert.deepEqual(end.connection.handle({ type: 'close' }, now).length, 1);
    const pair = DtlsPair.connected();
    assert.deepEqual(pair.input('client', { type: 'send', bytes: new Uint8Array(1_164) }), []);
    assert.equal(pair.client.connection.counters.droppedDataCount, 1);
    const [longest] = pair.input('client', { type: 'send', bytes: new Uint8Array(1_163) });
    assert.equal(longest?.type === 'datagram' && longest.bytes.length, 1_200);
  });
});
