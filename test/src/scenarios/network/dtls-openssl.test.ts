import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { NODE_DTLS_CRYPTO } from '@prism/server/internal';
import { DtlsSocket } from '../../harness/dtls-socket.ts';
import { eventually } from '../../harness/eventually.ts';
import {
  type OpensslCertificate,
  OpensslDtls,
  OpensslFolder,
  type OpensslOptions,
} from '../../harness/openssl-dtls.ts';

const EC = ['-algorithm', 'EC', '-pkeyopt'];
const RSA = ['-algorithm', 'RSA', '-pkeyopt'];

/** RSA signatures of the old kind; ours are of ECDSA. */
const PKCS1 = 'RSA+SHA256:ECDSA+SHA256';

/** What OpenSSL is asked for besides, and with which of the certificates. */
const VARIANTS: readonly (readonly [string, 'p256' | 'p384' | 'rsa', readonly string[]])[] = [
  ['ECDSA on P-256', 'p256', []],
  ['ECDSA on P-384', 'p384', []],
  ['RSA', 'rsa', []],
  ['RSA with PKCS #1', 'rsa', ['-sigalgs', PKCS1, '-client_sigalgs', PKCS1]],
  ['P-256 for keys', 'p256', ['-groups', 'P-256']],
  // Its list is of curves for certificates too, and ours are on P-256.
  ['P-384 for keys', 'p256', ['-groups', 'P-384:P-256']],
  ['AES-256', 'p256', ['-cipher', 'ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384']],
  ['short datagrams', 'rsa', ['-mtu', '300']],
];

suite('DTLS with OpenSSL', () => {
  const folder = new OpensslFolder();
  let certificates: Record<'p256' | 'p384' | 'rsa', OpensslCertificate>;

  before(() => {
    certificates = {
      p256: folder.makeCertificate('p256', [...EC, 'ec_paramgen_curve:P-256']),
      p384: folder.makeCertificate('p384', [...EC, 'ec_paramgen_curve:P-384']),
      rsa: folder.makeCertificate('rsa', [...RSA, 'rsa_keygen_bits:2048']),
    };
  });

  after(() => folder.remove());

  /** Connects, compares keys, talks both ways, and lets OpenSSL end it. */
  async function assertTalks(role: 'client' | 'server', options: OpensslOptions): Promise<void> {
    const { certificateDer } = options.certificate;
    const server = role === 'client' ? await OpensslDtls.server(options) : undefined;
    const socket = await DtlsSocket.open(role, certificateDer, server?.port);
    const peer = server ?? OpensslDtls.client(socket.port, options);
    try {
      await eventually('connection', () => {
        assert.equal(socket.end, undefined, peer.output);
        return socket.connection.state === 'connected';
      });
      assert.equal(socket.exportedKeys(role), await peer.exportedKeys());
      peer.write('from openssl');
      await eventually('data of OpenSSL', () => socket.text.includes('from openssl'));
      socket.input({ type: 'send', bytes: Buffer.from('from prism\n') });
      await eventually('data at OpenSSL', () => peer.output.includes('from prism'));
      await assertEnds(socket, peer);
    } finally {
      await peer.stop();
      await socket.close();
    }
  }

  /** s_client says that it leaves; s_server is told that we do. */
  async function assertEnds(socket: DtlsSocket, peer: OpensslDtls): Promise<void> {
    if (peer.isServer) {
      socket.input({ type: 'close' });
      await eventually('the end at OpenSSL', () => peer.isOver);
    } else {
      peer.write('Q');
      await eventually('the end', () => socket.end === 'closed_by_peer');
    }
  }

  for (const [name, kind, args] of VARIANTS) {
    test(`[DTL21] as client of s_server: ${name}`, async () => {
      await assertTalks('client', { certificate: certificates[kind], args: ['-dtls1_2', ...args] });
    });

    test(`[DTL21] as server of s_client: ${name}`, async () => {
      await assertTalks('server', { certificate: certificates[kind], args: ['-dtls1_2', ...args] });
    });
  }

  test('[DTL21] [DTL33] as client of a server that asks for a cookie', async () => {
    const args = ['-dtls1_2', '-listen'];
    await assertTalks('client', { certificate: certificates.p256, args });
  });

  test('[DTL20] [DTL21] with a peer that knows no extended master secret', async () => {
    const options = { certificate: certificates.p256, configPath: folder.oldMasterSecretConfig() };
    await assertTalks('client', options);
    await assertTalks('server', options);
  });

  test('[DTL27] a peer with another certificate than expected is refused', async () => {
    const options = { certificate: certificates.p256 };
    const server = await OpensslDtls.server(options);
    const client = await DtlsSocket.open('client', certificates.p384.certificateDer, server.port);
    assert.equal(await eventually('the end', () => client.end), 'certificate_mismatch');
    await eventually('the alert', () => server.output.includes('alert bad certificate'));
    await server.stop();
    await client.close();
    const socket = await DtlsSocket.open('server', certificates.p384.certificateDer);
    const peer = OpensslDtls.client(socket.port, options);
    assert.equal(await eventually('the end', () => socket.end), 'certificate_mismatch');
    await eventually('the alert', () => peer.output.includes('alert bad certificate'));
    await peer.stop();
    await socket.close();
  });

  test('[DTL29] a peer that speaks DTLS 1.0 alone is refused', async () => {
    const options = {
      certificate: certificates.p256,
      args: ['-dtls1', '-cipher', 'ALL:@SECLEVEL=0'],
    };
    const server = await OpensslDtls.server(options);
    const client = await DtlsSocket.open('client', certificates.p256.certificateDer, server.port);
    // It has none of our suites, which are all of 1.2.
    assert.equal(await eventually('the end', () => client.end), 'alert');
    await server.stop();
    await client.close();
    const socket = await DtlsSocket.open('server', certificates.p256.certificateDer);
    const peer = OpensslDtls.client(socket.port, options);
    assert.equal(await eventually('the end', () => socket.end), 'version_unsupported');
    await peer.stop();
    await socket.close();
  });

  test('[DTL27] of certificates only those with keys that are strong and quick to check are accepted', () => {
    const isAccepted = (name: string, keyArgs: readonly string[]): boolean => {
      const { certificateDer } = folder.makeCertificate(name, keyArgs);
      return NODE_DTLS_CRYPTO.readCertificate(certificateDer) !== undefined;
    };
    for (const { certificateDer } of Object.values(certificates))
      assert.notEqual(NODE_DTLS_CRYPTO.readCertificate(certificateDer), undefined);
    assert.equal(isAccepted('p521', [...EC, 'ec_paramgen_curve:P-521']), false);
    assert.equal(isAccepted('k256', [...EC, 'ec_paramgen_curve:secp256k1']), false);
    assert.equal(isAccepted('ed25519', ['-algorithm', 'ED25519']), false);
    assert.equal(isAccepted('rsa-1024', [...RSA, 'rsa_keygen_bits:1024']), false);
    const exponent = ['-pkeyopt', 'rsa_keygen_pubexp:36893488147419103233'];
    assert.equal(isAccepted('rsa-slow', [...RSA, 'rsa_keygen_bits:2048', ...exponent]), false);
    const { certificateDer, certificatePath } = certificates.p256;
    const behind = Buffer.concat([certificateDer, Buffer.of(0)]);
    for (const bytes of [readFileSync(certificatePath), behind, certificateDer.subarray(1)])
      assert.equal(NODE_DTLS_CRYPTO.readCertificate(bytes), undefined);
  });
});
