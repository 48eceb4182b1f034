import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  type ClientHello,
  clientHelloBytes,
  EXTENSION,
  HANDSHAKE,
  helloVerifyRequestBytes,
  numberListBytes,
  parseClientHello,
  parseServerHello,
  parseServerKeyExchange,
} from '@prism/protocol';
import { bodyIn, fragmentsIn, messageDatagram } from '../../testing/dtls-datagrams.ts';
import { assertDtlsConnected, type DtlsEnd, DtlsPair } from '../../testing/dtls-pair.ts';

/** What a server answers to our own client's hello, changed. */
function answerTo(edit: (hello: ClientHello) => Partial<ClientHello>): DtlsEnd {
  const pair = new DtlsPair({ change: () => [] });
  pair.start();
  const hello = parseClientHello(
    bodyIn(pair.client.datagrams, HANDSHAKE.clientHello) ?? new Uint8Array(0),
  );
  assert.ok(hello !== undefined);
  const body = clientHelloBytes({ ...hello, ...edit(hello) });
  pair.input('server', {
    type: 'datagram',
    bytes: messageDatagram(HANDSHAKE.clientHello, 0, body),
  });
  return pair.server;
}

/** Suite, group and extensions that a server answered with. */
function termsOf({ datagrams }: DtlsEnd): {
  readonly suiteId: number | undefined;
  readonly groupId: number | undefined;
  readonly extensionIds: readonly number[];
} {
  const empty = new Uint8Array(0);
  const hello = parseServerHello(bodyIn(datagrams, HANDSHAKE.serverHello) ?? empty);
  const exchange = parseServerKeyExchange(bodyIn(datagrams, HANDSHAKE.serverKeyExchange) ?? empty);
  return {
    suiteId: hello?.cipherSuiteId,
    groupId: exchange?.groupId,
    extensionIds: [...(hello?.extensions.keys() ?? [])],
  };
}

suite('DTLS handshake', () => {
  test('[DTL20] both ends have the same keys for SRTP, and data passes both ways', () => {
    for (const profile of ['aead_aes_128_gcm', 'aead_aes_256_gcm', 'aes128_cm_sha1_80'] as const) {
      const pair = DtlsPair.connected({
        client: { srtpProfiles: ['aes128_cm_sha1_80', 'aead_aes_128_gcm', 'aead_aes_256_gcm'] },
        server: { srtpProfiles: [profile] },
      });
      assertDtlsConnected(pair);
      assert.equal(pair.client.keys?.profile, profile);
      pair.input('client', { type: 'send', bytes: Buffer.from('to the server') });
      pair.input('server', { type: 'send', bytes: Buffer.from('to the client') });
      pair.run(100);
      assert.deepEqual(pair.server.texts, ['to the server']);
      assert.deepEqual(pair.client.texts, ['to the client']);
    }
  });

  test('[DTL20] a handshake is four datagrams, and every connection has keys of its own', () => {
    const pair = DtlsPair.connected();
    assertDtlsConnected(pair);
    assert.deepEqual([pair.client.sentCount, pair.server.sentCount], [2, 2]);
    assert.notDeepEqual(pair.client.keys?.local, DtlsPair.connected().client.keys?.local);
  });

  test('[DTL20] a server takes the best that a client has, and answers only what was asked', () => {
    const best = termsOf(answerTo(() => ({})));
    assert.deepEqual([best.suiteId, best.groupId], [0xc02b, 29]);
    assert.ok(best.extensionIds.includes(EXTENSION.extendedMasterSecret));
    const least = termsOf(
      answerTo(({ extensions }) => ({
        cipherSuiteIds: [0xc02f, 0xc02c, 0x00ff],
        extensions: new Map(
          [...extensions]
            .filter(([id]) => id === EXTENSION.useSrtp || id === EXTENSION.signatureAlgorithms)
            .concat([[EXTENSION.supportedGroups, numberListBytes([24, 23])]]),
        ),
      })),
    );
    assert.deepEqual(least, {
      suiteId: 0xc02c,
      groupId: 23,
      extensionIds: [EXTENSION.renegotiationInfo, EXTENSION.useSrtp],
    });
  });

  test('[DTL29] a hello of DTLS 1.3 with much that is unknown is answered with 1.2', () => {
    const server = answerTo(({ cipherSuiteIds, extensions }) => ({
      cipherSuiteIds: [0x1301, 0x0a0a, ...cipherSuiteIds],
      extensions: new Map([
        [0x0a0a, new Uint8Array(0)],
        [51, new Uint8Array(1_200)],
        ...extensions,
        [EXTENSION.supportedGroups, numberListBytes([0x11ec, 24])],
        [EXTENSION.supportedVersions, Uint8Array.of(4, 0xfe, 0xfc, 0xfe, 0xfd)],
      ]),
    }));
    assert.deepEqual(server.ends, []);
    const { suiteId, groupId } = termsOf(server);
    assert.deepEqual([suiteId, groupId], [0xc02b, 24]);
  });

  test('[DTL29] a client without anything in common is refused by name', () => {
    const without = (gone: number): DtlsEnd =>
      answerTo(({ extensions }) => ({
        extensions: new Map([...extensions].filter(([id]) => id !== gone)),
      }));
    const inCommon = 'no_common_parameters';
    assert.deepEqual(answerTo(() => ({ cipherSuiteIds: [0x009c, 0xc02f] })).ends, [inCommon]);
    assert.deepEqual(without(EXTENSION.useSrtp).ends, [inCommon]);
    assert.deepEqual(without(EXTENSION.supportedGroups).ends, [inCommon]);
    assert.deepEqual(without(EXTENSION.signatureAlgorithms).ends, [inCommon]);
    const sha1 = numberListBytes([0x0203, 0x0201]);
    const onlySha1 = answerTo(({ extensions }) => ({
      extensions: new Map([...extensions, [EXTENSION.signatureAlgorithms, sha1]]),
    }));
    assert.deepEqual(onlySha1.ends, [inCommon]);
  });

  test('[DTL29] older versions, and newer ones alone, are refused by name', () => {
    assert.deepEqual(answerTo(() => ({ version: 0xfeff })).ends, ['version_unsupported']);
    const newest = answerTo(({ extensions }) => ({
      extensions: new Map([
        ...extensions,
        [EXTENSION.supportedVersions, Uint8Array.of(2, 254, 252)],
      ]),
    }));
    assert.deepEqual(newest.ends, ['version_unsupported']);
  });

  test('[DTL33] a server that asks for a cookie is shown it, twice at most', () => {
    const pair = new DtlsPair({ change: () => [] });
    pair.start();
    const ask = (messageSequence: number, cookie: string): Uint8Array | undefined => {
      const body = helloVerifyRequestBytes(0xfeff, Buffer.from(cookie));
      const bytes = messageDatagram(HANDSHAKE.helloVerifyRequest, messageSequence, body);
      const effects = pair.input('client', { type: 'datagram', bytes });
      const sent = effects.flatMap((effect) => (effect.type === 'datagram' ? [effect.bytes] : []));
      const [hello] = fragmentsIn(sent);
      if (hello === undefined) return undefined;
      assert.equal(hello.messageSequence, messageSequence + 1);
      return parseClientHello(hello.fragment)?.cookie;
    };
    assert.deepEqual(Buffer.from(ask(0, 'crumbs') ?? []).toString(), 'crumbs');
    assert.deepEqual(Buffer.from(ask(1, 'more') ?? []).toString(), 'more');
    assert.equal(ask(2, 'even more'), undefined);
    assert.deepEqual(pair.client.ends, ['bad_message']);
  });
});
