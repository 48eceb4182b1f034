import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { DTLS_DATAGRAM_BYTES_MAX } from '@prism/core';
import { HANDSHAKE, handshakeFragmentBytes } from '@prism/protocol';
import { clearDatagram, fragmentsIn } from '../../testing/dtls-datagrams.ts';
import { assertDtlsConnected, DtlsPair, type PassingDatagram } from '../../testing/dtls-pair.ts';

/** Drops the sender's datagrams of these indices. */
function losing(
  from: 'client' | 'server',
  ...lost: readonly number[]
): (datagram: PassingDatagram) => readonly Uint8Array[] {
  return (passing) =>
    passing.from === from && lost.includes(passing.index) ? [] : [passing.bytes];
}

/** A datagram of handshake messages in the clear as many, each with a piece of one, the last first. */
function inPieces({ bytes }: PassingDatagram, pieceBytes: number): readonly Uint8Array[] {
  const fragments = fragmentsIn([bytes]);
  const pieces = fragments.flatMap((whole) => {
    const parts: Uint8Array[] = [];
    for (let at = 0; at === 0 || at < whole.fragment.length; at += pieceBytes) {
      const offsetBytes = whole.offsetBytes + at;
      // Pieces overlap by a byte.
      const fragment = whole.fragment.subarray(at, at + pieceBytes + 1);
      parts.push(clearDatagram(22, handshakeFragmentBytes({ ...whole, offsetBytes, fragment })));
    }
    return parts;
  });
  return fragments.length === 0 ? [bytes] : pieces.toReversed();
}

/** Of what the server sends only the first record arrives. */
function onlyServerHello({ from, bytes }: PassingDatagram): readonly Uint8Array[] {
  return from === 'client' ? [bytes] : [...recordsOf(bytes)].slice(0, 1);
}

suite('DTLS on networks', () => {
  test('[DTL22] it connects through loss, doubles and changed order, with short datagrams alone', () => {
    let repeatedCount = 0;
    for (let seed = 1; seed <= 60; seed += 1) {
      const pair = new DtlsPair({
        seed,
        lossRate: 0.25,
        duplicateRate: 0.2,
        delayMs: 10,
        jitterMs: 60,
      });
      pair.start();
      pair.run(30_000);
      // What is lost of the last flight without an answer shows only when something follows it.
      assertDtlsConnected(pair);
      for (const { length } of [...pair.client.datagrams, ...pair.server.datagrams])
        assert.ok(length <= DTLS_DATAGRAM_BYTES_MAX);
      repeatedCount += pair.client.connection.counters.repeatedFlightCount;
    }
    assert.ok(repeatedCount > 60, 'the network was bad');
  });

  test('[DTL22] messages in pieces of any size and order are put together', () => {
    for (const pieceBytes of [11, 64, 500]) {
      // The client's last flight is in the clear but for its Finished, which comes first here.
      const pair = DtlsPair.connected({
        change: (passing) => {
          const isSplit = passing.from === 'server' ? passing.index === 0 : passing.index === 0;
          return isSplit ? inPieces(passing, pieceBytes) : [passing.bytes];
        },
      });
      assertDtlsConnected(pair);
    }
  });

  test('[DTL22] a message longer than a datagram leaves in pieces', () => {
    const pair = new DtlsPair({ change: () => [] });
    const srtpProfiles = Array.from({ length: 1_500 }, () => 'aead_aes_128_gcm' as const);
    const long = DtlsPair.connected({ client: { srtpProfiles } });
    pair.start();
    assertDtlsConnected(long);
    const hello = fragmentsIn(long.client.datagrams).filter(
      ({ type }) => type === HANDSHAKE.clientHello,
    );
    assert.equal(hello.length, 3);
    for (const { length } of long.client.datagrams) assert.ok(length <= DTLS_DATAGRAM_BYTES_MAX);
  });

  test('[DTL22] the Finished of a client may come before what makes its keys', () => {
    const pair = DtlsPair.connected({
      change: ({ from, index, bytes }) => {
        if (from === 'server' || index !== 1) return [bytes];
        return [...recordsOf(bytes)].toReversed();
      },
    });
    assertDtlsConnected(pair);
    assert.equal(pair.client.connection.counters.repeatedFlightCount, 0);
  });

  test('[DTL23] a flight without an answer goes again after 50 ms, then twice as long, 3 s at most', () => {
    const pair = new DtlsPair({ change: () => [] });
    const sentAtMs: number[] = [];
    pair.start();
    let seenCount = 0;
    for (let atMs = 0; atMs < 29_999; atMs += 1) {
      if (pair.client.sentCount > seenCount) sentAtMs.push(atMs);
      seenCount = pair.client.sentCount;
      pair.run(1);
    }
    const waitsMs = sentAtMs.slice(1).map((atMs, index) => atMs - (sentAtMs[index] ?? 0));
    assert.deepEqual(waitsMs.slice(0, 8), [50, 100, 200, 400, 800, 1_600, 3_000, 3_000]);
    assert.equal(pair.client.connection.state, 'handshaking');
    pair.run(2);
    assert.deepEqual([pair.client.ends, pair.server.ends], [['timed_out'], ['timed_out']]);
    assert.equal(pair.client.connection.deadlineMs, undefined);
  });

  test('[DTL23] where an answer takes long, nothing goes twice for nothing', () => {
    const pair = new DtlsPair({ delayMs: 100, client: { firstTimeoutMs: 250 }, server: {} });
    pair.start();
    pair.run(1_000);
    assertDtlsConnected(pair);
    assert.equal(pair.client.connection.counters.repeatedFlightCount, 0);
  });

  test('[DTL23] on a long route only the first flight goes again for nothing: the others wait as long as that took', () => {
    for (const delayMs of [50, 100, 250]) {
      const pair = new DtlsPair({ delayMs });
      pair.start();
      pair.run(2 * delayMs);
      const helloRepeats = pair.client.connection.counters.repeatedFlightCount;
      assert.ok(helloRepeats > 0);
      assert.equal(pair.client.connection.roundTripMs, 2 * delayMs);
      pair.run(4 * delayMs);
      assertDtlsConnected(pair);
      assert.equal(pair.client.connection.counters.repeatedFlightCount, helloRepeats);
    }
  });

  test('[DTL23] on a long route a lost flight goes again after one and a half of its round trips', () => {
    const pair: DtlsPair = new DtlsPair({
      delayMs: 100,
      // The server says its first flight once.
      change: ({ from, index, bytes }) =>
        from === 'client' ? losing('client', 3)({ from, index, bytes }) : heardAt(100, bytes),
    });
    const heardAt = (ms: number, bytes: Uint8Array): readonly Uint8Array[] =>
      pair.nowMs === ms || pair.nowMs > 500 ? [bytes] : [];
    pair.start();
    // Hellos left at 0, 50 and 150 ms; the flight that answers at 200 is lost.
    pair.run(499);
    assert.equal(pair.client.sentCount, 4);
    pair.run(2);
    assert.equal(pair.client.sentCount, 5);
    pair.run(200);
    assertDtlsConnected(pair);
  });

  test('[DTL23] what was unheard for long says nothing of the round trip', () => {
    const pair: DtlsPair = new DtlsPair({
      change: ({ bytes }) => (pair.nowMs < 2_000 ? [] : [bytes]),
    });
    pair.start();
    pair.run(4_000);
    assertDtlsConnected(pair);
    assert.equal(pair.client.connection.roundTripMs, undefined);
  });

  test('[DTL41] over a path that loses nothing a flight goes again after 3 s, whatever the peer repeats', () => {
    const pair = new DtlsPair({
      change: ({ from, bytes }) => (from === 'client' ? [] : [bytes]),
    });
    for (const name of ['client', 'server'] as const)
      pair.input(name, { type: 'path', isReliable: true });
    pair.start();
    pair.run(2_999);
    assert.equal(pair.client.sentCount, 1);
    pair.run(2);
    assert.equal(pair.client.sentCount, 2);

    const slow = new DtlsPair({ delayMs: 400, server: { firstTimeoutMs: 50 } });
    slow.input('client', { type: 'path', isReliable: true });
    slow.start();
    slow.run(2_500);
    assertDtlsConnected(slow);
    // The server repeats itself; each of its flights came, and so does the answer.
    assert.ok(slow.server.connection.counters.repeatedFlightCount > 2);
    assert.equal(slow.client.connection.counters.repeatedFlightCount, 0);
  });

  test('[DTL41] what left over another path is not safe there: it goes again as over one that loses', () => {
    for (const [before, after] of [
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      let isLosing = true;
      const pair = new DtlsPair({ change: ({ bytes }) => (isLosing ? [] : [bytes]) });
      for (const name of ['client', 'server'] as const)
        pair.input(name, { type: 'path', isReliable: before });
      pair.start();
      pair.run(20);
      isLosing = false;
      for (const name of ['client', 'server'] as const)
        pair.input(name, { type: 'path', isReliable: after });
      pair.run(100);
      assertDtlsConnected(pair);
      assert.equal(pair.client.connection.counters.repeatedFlightCount, 1);
    }
  });

  test('[DTL23] any one datagram of a handshake may get lost', () => {
    for (const from of ['client', 'server'] as const) {
      for (const index of [0, 1]) {
        const pair = new DtlsPair({ change: losing(from, index) });
        pair.start();
        pair.run(70);
        assertDtlsConnected(pair);
      }
    }
  });

  test('[DTL24] a server whose Finished got lost sends it again when the client repeats its own', () => {
    const pair = new DtlsPair({ change: losing('server', 1, 2) });
    pair.start();
    pair.run(40);
    assert.equal(pair.server.connection.state, 'connected');
    assert.equal(pair.client.connection.state, 'handshaking');
    pair.run(200);
    assertDtlsConnected(pair);
    assert.equal(pair.server.connection.counters.repeatedFlightCount, 2);
  });

  test('[DTL24] a flight that comes twice because the network doubles it is answered once', () => {
    const pair = DtlsPair.connected({ duplicateRate: 1 });
    assertDtlsConnected(pair);
    assert.deepEqual([pair.client.sentCount, pair.server.sentCount], [2, 2]);
    assert.ok(pair.client.connection.counters.replayedRecordCount > 0);
  });

  test('[DTL24] a peer that repeats what it has begun to answer with has our flight', () => {
    const pair = new DtlsPair({ client: { firstTimeoutMs: 400 }, change: onlyServerHello });
    pair.start();
    pair.run(390);
    // The server has repeated itself, and its hello came each time.
    assert.ok(pair.server.connection.counters.repeatedFlightCount > 2);
    assert.equal(pair.client.sentCount, 1);
  });

  test('[DTL25] a client has keys and sends before it knows that the server has finished', () => {
    const pair = new DtlsPair();
    pair.start();
    pair.run(10);
    assert.ok(pair.client.keys !== undefined);
    assert.equal(pair.client.connection.state, 'handshaking');
    pair.input('client', { type: 'send', bytes: Buffer.from('early') });
    pair.run(5);
    assert.deepEqual(pair.server.texts, ['early']);
    assert.deepEqual(pair.client.effects.at(-1)?.type, 'datagram');
  });

  test('[DTL25] what comes before the Finished of a peer waits for it, in order and bounded', () => {
    const pair = new DtlsPair({ change: losing('server', 1, 2) });
    pair.start();
    pair.run(16);
    for (let number = 0; number < 40; number += 1)
      pair.input('server', { type: 'send', bytes: Buffer.from(String(number)) });
    pair.run(6);
    assert.deepEqual(pair.client.texts, []);
    pair.run(300);
    assertDtlsConnected(pair);
    // The first was lost in place of the second Finished.
    const expected = Array.from({ length: 32 }, (_, index) => String(index + 1));
    assert.deepEqual(pair.client.texts, expected);
    assert.equal(pair.client.connection.counters.droppedDataCount, 7);
  });

  test('[DTL26] a client whose server is ahead of it asks for what it lacks, every 100 ms at most', () => {
    const pair = new DtlsPair({ change: losing('server', 1), client: { firstTimeoutMs: 1_000 } });
    pair.start();
    pair.run(50);
    assert.deepEqual(pair.input('client', { type: 'peer_is_ahead' }), [], 'it is too soon');
    pair.run(70);
    assert.equal(pair.client.connection.state, 'handshaking');
    assert.equal(pair.input('client', { type: 'peer_is_ahead' }).length, 1);
    assert.deepEqual(pair.input('client', { type: 'peer_is_ahead' }), []);
    pair.run(10);
    assertDtlsConnected(pair);
    pair.run(500);
    assert.deepEqual(pair.input('client', { type: 'peer_is_ahead' }), []);
  });
});

/** The records of a datagram, each as one of its own. */
function* recordsOf(datagram: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < datagram.length; ) {
    const lengthBytes = 13 + ((datagram[at + 11] ?? 0) << 8) + (datagram[at + 12] ?? 0);
    yield datagram.subarray(at, at + lengthBytes);
    at += lengthBytes;
  }
}
