import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { DtlsCrypto, PrfInput } from '@prism/core';
import {
  DTLS_12,
  DTLS_CONTENT,
  HANDSHAKE,
  handshakeMessageBytes,
  joinBytes,
  recordHeaderBytes,
  recordNumberBytes,
  uintBytes,
} from '@prism/protocol';
import { bodyIn } from '../../testing/dtls-datagrams.ts';
import { DtlsPair, type EndName } from '../../testing/dtls-pair.ts';
import { NODE_DTLS_CRYPTO } from './node-dtls-crypto.ts';
import { makeRecordCipher } from './record-cipher.ts';

/** Keys of AES-128-GCM, two of each kind, the client's first (RFC 5246, section 6.3). */
const KEY_BYTES = 16;
const IV_BYTES = 4;

/** A connected pair, and a hand that writes records as one of its ends would. */
class TalkativePair {
  readonly pair: DtlsPair;
  #keyBlock = new Uint8Array(0);
  #sequence = 1_000;

  constructor() {
    const crypto: DtlsCrypto = {
      ...NODE_DTLS_CRYPTO,
      prf: (input: PrfInput) => {
        const made = NODE_DTLS_CRYPTO.prf(input);
        if (input.label === 'key expansion') this.#keyBlock = Uint8Array.from(made);
        return made;
      },
    };
    this.pair = DtlsPair.connected({ client: { crypto } });
  }

  /** Gives `to` a handshake message that its peer has encrypted. */
  say(to: EndName, type: number, body: Uint8Array): ReturnType<DtlsPair['input']> {
    const place = to === 'server' ? 0 : 1;
    const key = this.#keyBlock.subarray(place * KEY_BYTES, (place + 1) * KEY_BYTES);
    const ivAt = 2 * KEY_BYTES + place * IV_BYTES;
    const iv = this.#keyBlock.subarray(ivAt, ivAt + IV_BYTES);
    const bytes = handshakeMessageBytes({ type, messageSequence: 7, body });
    this.#sequence += 1;
    const header = {
      contentType: DTLS_CONTENT.handshake,
      version: DTLS_12,
      epoch: 1,
      sequence: this.#sequence,
    };
    const number = recordNumberBytes(header);
    const sealed = makeRecordCipher(key).seal({
      nonce: joinBytes(iv, number),
      additionalData: joinBytes(
        number,
        uintBytes(header.contentType, 1),
        uintBytes(DTLS_12, 2),
        uintBytes(bytes.length, 2),
      ),
      bytes,
    });
    const length = number.length + sealed.length;
    const datagram = joinBytes(recordHeaderBytes(header, length), number, sealed);
    return this.pair.input(to, { type: 'datagram', bytes: datagram });
  }
}

suite('a second DTLS handshake', () => {
  test('[DTL39] a wish for one is refused, once in words, in either role, and the connection goes on', () => {
    for (const [to, type] of [
      ['client', HANDSHAKE.helloRequest],
      ['server', HANDSHAKE.clientHello],
    ] as const) {
      const talkative = new TalkativePair();
      const { pair } = talkative;
      const hello = bodyIn(pair.client.datagrams, HANDSHAKE.clientHello) ?? new Uint8Array(0);
      const body = type === HANDSHAKE.clientHello ? hello : new Uint8Array(0);
      const other = to === 'client' ? pair.server : pair.client;
      const before = pair[to].connection.counters;
      const answers = Array.from({ length: 5 }, () => talkative.say(to, type, body).length);
      assert.deepEqual(answers, [1, 0, 0, 0, 0], 'one alert');
      const { ignoredCount, forgedRecordCount } = pair[to].connection.counters;
      assert.equal(ignoredCount - before.ignoredCount, 5);
      assert.equal(forgedRecordCount, before.forgedRecordCount);
      pair.run(10_000);
      assert.deepEqual([pair[to].ends, other.ends], [[], []]);
      pair.input(other.name, { type: 'send', bytes: Buffer.from('on we go') });
      pair.run(100);
      assert.deepEqual(pair[to].texts, ['on we go']);
    }
  });

  test('[DTL39] other messages of a handshake say nothing once it is over', () => {
    for (const to of ['client', 'server'] as const) {
      const talkative = new TalkativePair();
      for (const type of Object.values(HANDSHAKE)) {
        const isWish = type === (to === 'client' ? HANDSHAKE.helloRequest : HANDSHAKE.clientHello);
        if (!isWish) assert.deepEqual(talkative.say(to, type, new Uint8Array(12)), []);
      }
      assert.equal(talkative.pair[to].connection.state, 'connected');
    }
  });
});
