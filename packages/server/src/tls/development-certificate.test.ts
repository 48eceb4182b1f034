import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { keepDevelopmentCertificate } from './development-certificate.ts';
import { makeSelfSignedCertificate } from './self-signed-certificate.ts';

const NOW_MS = Date.UTC(2026, 10, 24);
const DAY_MS = 86_400_000;

const root = mkdtempSync(join(tmpdir(), 'prism-tls-'));
after(() => rmSync(root, { recursive: true }));

suite('development certificate', () => {
  test('[TLS1] it is for this machine alone and no authority', async () => {
    const made = await makeSelfSignedCertificate({ nowMs: NOW_MS, validDayCount: 397 });
    const certificate = new X509Certificate(made.certificatePem);
    assert.equal(
      certificate.subjectAltName,
      'DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
    );
    assert.equal(certificate.ca, false);
    assert.ok(certificate.verify(certificate.publicKey));
    assert.equal(Date.parse(certificate.validTo), NOW_MS + 397 * DAY_MS);
  });

  test('[TLS2] it is kept, readable by its owner alone', async () => {
    const folder = join(root, 'kept', 'tls');
    const first = await keepDevelopmentCertificate(folder, NOW_MS);
    const pem = readFileSync(first.certificatePath, 'utf8');
    assert.deepEqual(await keepDevelopmentCertificate(folder, NOW_MS + DAY_MS), first);
    assert.equal(readFileSync(first.certificatePath, 'utf8'), pem);
    for (const path of [first.certificatePath, first.keyPath])
      assert.equal(statSync(path).mode & 0o777, 0o600, path);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  test('[TLS2] one that ends soon, is broken or belongs to another key is made anew', async () => {
    const folder = join(root, 'renewed');
    const files = await keepDevelopmentCertificate(folder, NOW_MS);
    const read = (): string => readFileSync(files.certificatePath, 'utf8');
    const first = read();
    await keepDevelopmentCertificate(folder, NOW_MS + 391 * DAY_MS);
    const second = read();
    assert.notEqual(second, first);
    writeFileSync(files.certificatePath, first);
    await keepDevelopmentCertificate(folder, NOW_MS);
    assert.notEqual(read(), first);
    writeFileSync(files.keyPath, 'no key');
    await keepDevelopmentCertificate(folder, NOW_MS);
    assert.ok(readFileSync(files.keyPath, 'utf8').startsWith('-----BEGIN PRIVATE KEY-----'));
  });
});
