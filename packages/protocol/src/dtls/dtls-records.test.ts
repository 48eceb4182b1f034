import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { DTLS_CONTENT, isDtls, readDtlsRecords } from './dtls-records.ts';

suite('DTLS records', () => {
  test('[DTL6] content types, epochs and what is in the clear are read, record by record', () => {
    const certificate = '16fefd0000000000000001000d0b000001000100000000000100';
    const changeCipherSpec = '14fefd0000000000000002000101';
    const encrypted = '16fefd00010000000000000004deadbeef';
    const bytes = Buffer.from(certificate + changeCipherSpec + encrypted, 'hex');
    assert.equal(isDtls(bytes), true);
    assert.deepEqual(readDtlsRecords(bytes), [
      { contentType: DTLS_CONTENT.handshake, epoch: 0, handshakeType: 11 },
      { contentType: DTLS_CONTENT.changeCipherSpec, epoch: 0, handshakeType: undefined },
      { contentType: DTLS_CONTENT.handshake, epoch: 1, handshakeType: undefined },
    ]);
    assert.equal(readDtlsRecords(bytes.subarray(0, -1)).length, 2, 'the last one is cut');
  });

  test('[DTL6] STUN and media are no DTLS', () => {
    for (const first of [0, 1, 19, 64, 128, 191]) assert.equal(isDtls(Uint8Array.of(first)), false);
    assert.equal(isDtls(new Uint8Array(0)), false);
  });

  test('[DTL6] damaged datagrams are read as far as they are whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        assert.ok(readDtlsRecords(bytes).length <= bytes.length / 13);
      }),
      { seed: 5 },
    );
  });
});
