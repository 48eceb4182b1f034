import assert from 'node:assert/strict';
import { verify, X509Certificate } from 'node:crypto';
import { suite, test } from 'node:test';
import type { WallMs } from '@prism/core';
import { makeOwnCertificate } from './own-certificate.ts';

const NOW = Date.UTC(2026, 10, 5, 6, 7, 8) as WallMs;

suite('own certificate of DTLS', () => {
  test('[DTL35] others can read it, and it signs itself', () => {
    for (let count = 0; count < 20; count += 1) {
      const { certificateDer, fingerprint } = makeOwnCertificate(NOW);
      const certificate = new X509Certificate(certificateDer);
      assert.ok(certificate.raw.equals(certificateDer));
      assert.ok(certificate.verify(certificate.publicKey));
      assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1');
      assert.equal(certificate.fingerprint256, fingerprint);
      assert.equal(certificate.subject, certificate.issuer);
      assert.equal(certificate.serialNumber.length, 32);
      assert.equal(certificate.validFrom, 'Nov  4 06:07:08 2026 GMT');
      assert.equal(certificate.validTo, 'Nov  5 06:07:08 2027 GMT');
    }
  });

  test('[DTL35] its times may lie behind 2049', () => {
    const { certificateDer } = makeOwnCertificate(Date.UTC(2049, 5, 1) as WallMs);
    assert.equal(new X509Certificate(certificateDer).validTo, 'Jun  1 00:00:00 2050 GMT');
  });

  test('[DTL35] what it signs, its key verifies', () => {
    const own = makeOwnCertificate(NOW);
    const key = new X509Certificate(own.certificateDer).publicKey;
    const data = Buffer.from('a transcript');
    assert.ok(verify('sha256', data, key, own.sign(data)));
    assert.equal(verify('sha256', Buffer.from('another'), key, own.sign(data)), false);
  });
});
