import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { NODE_DTLS_CRYPTO as crypto } from './node-dtls-crypto.ts';

/** Public keys of x25519 that make every secret zero (RFC 7748, section 7; from the order of the twist). */
const SMALL_ORDER_KEYS = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
];

suite('cryptography of DTLS', () => {
  test('[DTL20] the PRF gives what the known vector of TLS 1.2 has', () => {
    const made = crypto.prf({
      hash: 'sha256',
      secret: Buffer.from('9bbe436ba940f017b17652849a71db35', 'hex'),
      label: 'test label',
      seed: Buffer.from('a0ba9f936cda311827a6f796ffd5198c', 'hex'),
      lengthBytes: 100,
    });
    assert.equal(
      Buffer.from(made).toString('hex'),
      'e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a' +
        '6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab' +
        '4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701' +
        '87347b66',
    );
  });

  test('[DTL20] both shares of a group agree', () => {
    for (const [group, lengthBytes] of [
      ['x25519', 32],
      ['p256', 65],
      ['p384', 97],
    ] as const) {
      const [one, other] = [crypto.makeKeyShare(group), crypto.makeKeyShare(group)];
      assert.equal(one.publicKey.length, lengthBytes);
      const secret = one.agree(other.publicKey);
      assert.ok(secret !== undefined);
      assert.deepEqual(Buffer.from(secret), Buffer.from(other.agree(one.publicKey) ?? []));
    }
  });

  test('[DTL34] keys of small order, points off the curve and wrong lengths make no secret', () => {
    const x25519 = crypto.makeKeyShare('x25519');
    for (const key of SMALL_ORDER_KEYS)
      assert.equal(x25519.agree(Buffer.from(key, 'hex')), undefined);
    assert.equal(x25519.agree(new Uint8Array(31).fill(9)), undefined);
    assert.equal(x25519.agree(new Uint8Array(33).fill(9)), undefined);
    for (const group of ['p256', 'p384'] as const) {
      const share = crypto.makeKeyShare(group);
      const point = Uint8Array.from(crypto.makeKeyShare(group).publicKey);
      assert.notEqual(share.agree(point), undefined);
      const offCurve = point.slice();
      offCurve[offCurve.length - 1] = (offCurve.at(-1) ?? 0) ^ 1;
      const compressed = point.slice(0, (point.length + 1) / 2);
      compressed[0] = 2 + ((point.at(-1) ?? 0) & 1);
      for (const wrong of [
        offCurve,
        compressed,
        point.slice(1),
        Uint8Array.of(0),
        new Uint8Array(0),
      ])
        assert.equal(share.agree(wrong), undefined);
      const hybrid = point.slice();
      hybrid[0] = 6 + ((point.at(-1) ?? 0) & 1);
      assert.equal(share.agree(hybrid), undefined);
    }
  });

  test('[DTL30] AES-GCM gives what the known vectors have, and opens nothing that was changed', () => {
    // Test cases 4 and 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega).
    const key = Buffer.from('feffe9928665731c6d6a8f9467308308', 'hex');
    const nonce = Buffer.from('cafebabefacedbaddecaf888', 'hex');
    const additionalData = Buffer.from('feedfacedeadbeeffeedfacedeadbeefabaddad2', 'hex');
    const bytes = Buffer.from(
      'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72' +
        '1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
      'hex',
    );
    const tags = { 16: '5bc94fbc3221a5db94fae95ae7121a47', 32: '76fc6ece0f4e1768cddf8853bb2d551b' };
    for (const [lengthBytes, tag] of Object.entries(tags)) {
      const cipher = crypto.makeCipher(Buffer.concat([key, key]).subarray(0, Number(lengthBytes)));
      const sealed = Buffer.from(cipher.seal({ nonce, additionalData, bytes }));
      assert.equal(sealed.subarray(-16).toString('hex'), tag);
      assert.deepEqual(cipher.open({ nonce, additionalData, bytes: sealed }), bytes);
      for (let at = 0; at < sealed.length; at += 1) {
        const changed = Buffer.from(sealed);
        changed[at] = (changed[at] ?? 0) ^ 0x80;
        assert.equal(cipher.open({ nonce, additionalData, bytes: changed }), undefined);
      }
      assert.equal(cipher.open({ nonce, additionalData: key, bytes: sealed }), undefined);
      assert.equal(
        cipher.open({ nonce, additionalData, bytes: sealed.subarray(0, 15) }),
        undefined,
      );
    }
  });

  test('[DTL28] what is compared is compared whole', () => {
    assert.equal(crypto.isEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2)), true);
    assert.equal(crypto.isEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false);
    assert.equal(crypto.isEqual(Uint8Array.of(1, 2), Uint8Array.of(1)), false);
    assert.equal(crypto.isEqual(new Uint8Array(0), Uint8Array.of(1)), false);
  });
});
