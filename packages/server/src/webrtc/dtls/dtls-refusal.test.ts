import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { suite, test } from 'node:test';
import type { DtlsCrypto, DtlsFingerprint, WallMs } from '@prism/core';
import {
  ALERT,
  CERTIFICATE_TYPE,
  certificateRequestBytes,
  DTLS_CONTENT,
  EXTENSION,
  HANDSHAKE,
  handshakeFragmentBytes,
  joinBytes,
  parseServerHello,
  readHandshakeFragments,
  readRecords,
  recordHeaderBytes,
  type ServerHello,
  SIGNATURE_SCHEMES,
  serverHelloBytes,
} from '@prism/protocol';
import { withMessage } from '../../testing/dtls-datagrams.ts';
import { DtlsPair, type EndName, type PairOptions } from '../../testing/dtls-pair.ts';
import { NODE_DTLS_CRYPTO } from './node-dtls-crypto.ts';
import { makeOwnCertificate } from './own-certificate.ts';

const CERTIFICATE = makeOwnCertificate(1_800_000_000_000 as WallMs);

/** Changes one kind of message on its way. */
function changing(
  from: EndName,
  type: number,
  edit: (body: Uint8Array) => Uint8Array,
): PairOptions {
  return {
    change: (passing) => [
      passing.from === from ? withMessage(passing.bytes, type, edit) : passing.bytes,
    ],
  };
}

/** Changes the ServerHello on its way. */
function changingServerHello(edit: (hello: ServerHello) => Partial<ServerHello>): PairOptions {
  return changing('server', HANDSHAKE.serverHello, (body) => {
    const hello = parseServerHello(body);
    assert.ok(hello !== undefined);
    return serverHelloBytes({ ...hello, ...edit(hello) });
  });
}

/** A server's flight as if it had never asked for a certificate. */
function withoutRequest(datagram: Uint8Array): Uint8Array {
  const records = readRecords(datagram).flatMap((record) => {
    const isMessage = record.epoch === 0 && record.contentType === DTLS_CONTENT.handshake;
    const [message] = isMessage ? (readHandshakeFragments(record.fragment) ?? []) : [];
    if (message?.type === HANDSHAKE.certificateRequest) return [];
    if (message?.type !== HANDSHAKE.serverHelloDone)
      return [recordHeaderBytes(record, record.fragment.length), record.fragment];
    const messageSequence = message.messageSequence - 1;
    const fragment = handshakeFragmentBytes({ ...message, messageSequence });
    return [recordHeaderBytes(record, fragment.length), fragment];
  });
  return joinBytes(...records);
}

/** Cryptography that is right but for what one end says in its Finished. */
function cryptoWithOtherFinished(role: EndName): DtlsCrypto {
  return {
    ...NODE_DTLS_CRYPTO,
    prf: (input) => {
      const made = NODE_DTLS_CRYPTO.prf(input);
      if (input.label === `${role} finished`) made[0] = (made[0] ?? 0) ^ 1;
      return made;
    },
  };
}

/** How both ends end: reasons, and the alert that the second one got. */
function assertRefused(options: PairOptions, by: EndName, reason: string): void {
  const pair = DtlsPair.connected(options);
  const other = by === 'client' ? pair.server : pair.client;
  assert.deepEqual(pair[by].ends, [reason]);
  assert.deepEqual(other.ends, ['alert']);
  const [ours, theirs] = [pair[by], other].map(({ effects }) =>
    effects.find((effect) => effect.type === 'closed'),
  );
  assert.equal(ours?.type === 'closed' && ours.alert, theirs?.type === 'closed' && theirs.alert);
  for (const end of [pair[by], other])
    assert.ok(!end.effects.some(({ type }) => type === 'connected'));
}

suite('DTLS refusals', () => {
  test('[DTL27] a certificate that the SDP does not name is refused before anything of it is used', () => {
    const sha256 = createHash('sha256').update(CERTIFICATE.certificateDer).digest();
    const other: DtlsFingerprint = { algorithm: 'sha-256', digest: sha256 };
    for (const by of ['client', 'server'] as const) {
      for (const remoteFingerprints of [[other], []])
        assertRefused({ [by]: { remoteFingerprints } }, by, 'certificate_mismatch');
    }
  });

  test('[DTL27] SHA-1 vouches for nothing, and one right fingerprint of several is enough', () => {
    const digestOf = (hash: string): Buffer =>
      createHash(hash).update(CERTIFICATE.certificateDer).digest();
    const server = { certificate: CERTIFICATE };
    const sha1 = [{ algorithm: 'sha-1', digest: digestOf('sha1') }];
    assertRefused(
      { server, client: { remoteFingerprints: sha1 } },
      'client',
      'certificate_mismatch',
    );
    const cut = [{ algorithm: 'sha-256', digest: digestOf('sha256').subarray(0, 31) }];
    assertRefused(
      { server, client: { remoteFingerprints: cut } },
      'client',
      'certificate_mismatch',
    );
    for (const [algorithm, hash] of [
      ['sha-384', 'sha384'],
      ['SHA-512', 'sha512'],
    ] as const) {
      const remoteFingerprints = [...sha1, { algorithm, digest: digestOf(hash) }];
      const pair = DtlsPair.connected({ server, client: { remoteFingerprints } });
      assert.equal(pair.client.connection.state, 'connected');
    }
  });

  test('[DTL27] of fingerprints with several hash functions the strongest decides', () => {
    const named = (algorithm: string, hash: string, bytes: Uint8Array): DtlsFingerprint => ({
      algorithm,
      digest: createHash(hash).update(bytes).digest(),
    });
    const right = CERTIFICATE.certificateDer;
    const wrong = Buffer.from('another certificate');
    const server = { certificate: CERTIFICATE };
    const weaker = [named('sha-256', 'sha256', right), named('sha-512', 'sha512', wrong)];
    for (const remoteFingerprints of [weaker, weaker.toReversed()])
      assertRefused({ server, client: { remoteFingerprints } }, 'client', 'certificate_mismatch');
    const remoteFingerprints = [
      named('sha-256', 'sha256', wrong),
      named('sha-384', 'sha384', wrong),
      named('sha-384', 'sha384', right),
    ];
    const pair = DtlsPair.connected({ server, client: { remoteFingerprints } });
    assert.equal(pair.client.connection.state, 'connected');
  });

  test('[DTL27] no certificate, none that can be read, and keys that are not accepted', () => {
    const none = (): Uint8Array => new Uint8Array(3);
    for (const by of ['client', 'server'] as const) {
      const from = by === 'client' ? 'server' : 'client';
      assertRefused(changing(from, HANDSHAKE.certificate, none), by, 'certificate_unusable');
      const certificateDer = Buffer.from('not a certificate');
      const digest = createHash('sha256').update(certificateDer).digest();
      const garbage: PairOptions = {
        [from]: { certificate: { ...CERTIFICATE, certificateDer } },
        [by]: { remoteFingerprints: [{ algorithm: 'sha-256', digest }] },
      };
      assertRefused(garbage, by, 'certificate_unusable');
    }
  });

  test('[DTL27] a server whose certificate has another kind of key than its suite is refused', () => {
    const crypto: DtlsCrypto = {
      ...NODE_DTLS_CRYPTO,
      readCertificate: () => ({ signer: 'rsa', verify: () => true }),
    };
    assertRefused({ client: { crypto } }, 'client', 'certificate_unusable');
  });

  test('[DTL28] whoever lacks the key of its certificate is refused, in either role', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const forgeries = [
      (data: Uint8Array) => sign('sha256', data, privateKey),
      () => new Uint8Array(0),
      () => Buffer.from('3006020100020100', 'hex'),
      () => new Uint8Array(72).fill(0xff),
    ];
    const digest = createHash('sha256').update(CERTIFICATE.certificateDer).digest();
    const remoteFingerprints = [{ algorithm: 'sha-256', digest }];
    for (const by of ['client', 'server'] as const) {
      const from = by === 'client' ? 'server' : 'client';
      for (const forge of forgeries) {
        const certificate = { ...CERTIFICATE, sign: forge };
        const options = { [from]: { certificate }, [by]: { remoteFingerprints } };
        assertRefused(options, by, 'bad_signature');
      }
    }
  });

  test('[DTL28] a key exchange that was changed on the way is refused', () => {
    const { client } = DtlsPair.connected(
      changing('server', HANDSHAKE.serverKeyExchange, (body) => {
        // A byte of the public key.
        body[10] = (body[10] ?? 0) ^ 1;
        return body;
      }),
    );
    assert.deepEqual(client.ends, ['bad_signature']);
  });

  test('[DTL28] a signature by another algorithm than ours is refused', () => {
    for (const schemeId of [0x0203, 0x0401, 0x0804, 0xffff]) {
      const options = changing('client', HANDSHAKE.certificateVerify, (body) => {
        body.set([schemeId >> 8, schemeId & 0xff]);
        return body;
      });
      assertRefused(options, 'server', 'bad_signature');
    }
  });

  test('[DTL28] whatever is changed in the hellos shows, and nobody is talked down', () => {
    const random = new Uint8Array(32);
    const without = (gone: number): PairOptions =>
      changingServerHello(({ extensions }) => ({
        extensions: new Map([...extensions].filter(([id]) => id !== gone)),
      }));
    // The signature covers the randoms, the rest shows in the transcript.
    assertRefused(
      changingServerHello(() => ({ random })),
      'client',
      'bad_signature',
    );
    assertRefused(
      changingServerHello(() => ({ cipherSuiteId: 0xc02c })),
      'server',
      'bad_signature',
    );
    assertRefused(without(EXTENSION.extendedMasterSecret), 'server', 'bad_signature');
    const hello = changing('client', HANDSHAKE.clientHello, (body) => {
      // The first suite of the list becomes one that nobody has.
      body.set([0xca, 0xca], 38);
      return body;
    });
    assertRefused(hello, 'server', 'bad_signature');
    const request = changing('server', HANDSHAKE.certificateRequest, () =>
      certificateRequestBytes({
        certificateTypes: Uint8Array.of(CERTIFICATE_TYPE.ecdsaSign),
        signatureSchemeIds: SIGNATURE_SCHEMES.map(({ id }) => id),
      }),
    );
    assertRefused(request, 'server', 'bad_signature');
  });

  test('[DTL28] a Finished over another handshake is refused by whoever gets it', () => {
    for (const from of ['client', 'server'] as const) {
      const pair = DtlsPair.connected({ [from]: { crypto: cryptoWithOtherFinished(from) } });
      const by = from === 'client' ? 'server' : 'client';
      assert.deepEqual(pair[by].ends, ['bad_finished']);
      assert.equal(
        pair[by].effects.some(({ type }) => type === 'connected'),
        false,
      );
    }
  });

  test('[DTL29] a server that chooses what was not offered is refused', () => {
    const refuse = (edit: (hello: ServerHello) => Partial<ServerHello>, reason: string): void =>
      assertRefused(changingServerHello(edit), 'client', reason);
    const withExtension = (id: number, content: Uint8Array) => (hello: ServerHello) => ({
      extensions: new Map([...hello.extensions, [id, content]]),
    });
    refuse(() => ({ version: 0xfeff }), 'version_unsupported');
    refuse(() => ({ cipherSuiteId: 0x009c }), 'bad_message');
    refuse(() => ({ compressionMethod: 1 }), 'bad_message');
    refuse(withExtension(16, new Uint8Array(0)), 'bad_message');
    refuse(withExtension(EXTENSION.renegotiationInfo, Uint8Array.of(1, 0)), 'bad_message');
    refuse(withExtension(EXTENSION.extendedMasterSecret, Uint8Array.of(0)), 'bad_message');
    refuse(withExtension(EXTENSION.ecPointFormats, Uint8Array.of(1, 1)), 'bad_message');
    refuse(withExtension(EXTENSION.useSrtp, Uint8Array.of(0, 2, 0, 8, 0)), 'bad_message');
    refuse(withExtension(EXTENSION.useSrtp, Uint8Array.of(0, 2, 0, 7, 1, 5)), 'bad_message');
    refuse(
      ({ extensions }) => ({
        extensions: new Map([...extensions].filter(([id]) => id !== EXTENSION.useSrtp)),
      }),
      'no_common_parameters',
    );
  });

  test('[DTL29] a server that wants no certificate of ours, or another kind, is refused', () => {
    for (const [type, schemeId] of [
      [CERTIFICATE_TYPE.rsaSign, 0x0403],
      [CERTIFICATE_TYPE.ecdsaSign, 0x0503],
    ] as const) {
      const request = { certificateTypes: Uint8Array.of(type), signatureSchemeIds: [schemeId] };
      const options = changing('server', HANDSHAKE.certificateRequest, () =>
        certificateRequestBytes(request),
      );
      assertRefused(options, 'client', 'no_common_parameters');
    }
  });

  test('[DTL29] a server that asks for no certificate at all is refused', () => {
    const options: PairOptions = {
      change: ({ from, bytes }) => [from === 'server' ? withoutRequest(bytes) : bytes],
    };
    assertRefused(options, 'client', 'no_common_parameters');
  });

  test('[DTL32] the alert says what is wrong', () => {
    const pair = DtlsPair.connected({ client: { remoteFingerprints: [] } });
    const end = pair.server.effects.find((effect) => effect.type === 'closed');
    assert.deepEqual(end, { type: 'closed', reason: 'alert', alert: ALERT.badCertificate });
  });

  test('[DTL34] a public key of no use ends the connection', () => {
    const options = changing('client', HANDSHAKE.clientKeyExchange, () =>
      new Uint8Array(33).fill(0, 1).fill(32, 0, 1),
    );
    assertRefused(options, 'server', 'bad_message');
    const cut = changing('client', HANDSHAKE.clientKeyExchange, (body) => body.subarray(0, 32));
    assertRefused(cut, 'server', 'bad_message');
  });
});
