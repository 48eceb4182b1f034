import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { ByteReader, joinBytes, uintBytes, vectorBytes } from './byte-reader.ts';
import {
  certificateChainBytes,
  certificateRequestBytes,
  parseCertificateChain,
  parseCertificateRequest,
  parseCertificateVerify,
  signatureBytes,
} from './certificate-messages.ts';
import { handshakeFragmentBytes, readHandshakeFragments } from './handshake-message.ts';
import { EXTENSION_COUNT_MAX, readUseSrtp, useSrtpBytes } from './hello-extensions.ts';
import {
  clientHelloBytes,
  helloVerifyRequestBytes,
  parseClientHello,
  parseHelloVerifyRequest,
  parseServerHello,
  serverHelloBytes,
} from './hello-messages.ts';
import {
  clientKeyExchangeBytes,
  keyExchangeParametersBytes,
  parseClientKeyExchange,
  parseServerKeyExchange,
  serverKeyExchangeBytes,
} from './key-exchange-messages.ts';
import { readRecords, recordHeaderBytes } from './record.ts';

const random = Uint8Array.from({ length: 32 }, (_, at) => at);
const CLIENT_HELLO = {
  version: 0xfefd,
  random,
  sessionId: Uint8Array.of(1, 2),
  cookie: Uint8Array.of(3),
  cipherSuiteIds: [0xc02b, 0xc02f],
  compressionMethods: Uint8Array.of(0),
  extensions: new Map([
    [14, useSrtpBytes([7, 1])],
    [23, new Uint8Array(0)],
  ]),
};
const SERVER_HELLO = {
  version: 0xfefd,
  random,
  sessionId: new Uint8Array(0),
  cipherSuiteId: 0xc02b,
  compressionMethod: 0,
  extensions: new Map([[23, new Uint8Array(0)]]),
};
const SIGNED = { schemeId: 0x0403, signature: Uint8Array.of(9, 8, 7) };
const PARAMETERS = keyExchangeParametersBytes(29, new Uint8Array(32).fill(5));
const CHAIN = [Uint8Array.of(1, 2, 3), Uint8Array.of(4)];
const REQUEST = { certificateTypes: Uint8Array.of(64), signatureSchemeIds: [0x0403] };

/** Every message: its bytes, its parser, and what must come of it. */
const MESSAGES: readonly (readonly [string, Uint8Array, (body: Uint8Array) => unknown, unknown])[] =
  [
    ['ClientHello', clientHelloBytes(CLIENT_HELLO), parseClientHello, CLIENT_HELLO],
    ['ServerHello', serverHelloBytes(SERVER_HELLO), parseServerHello, SERVER_HELLO],
    [
      'HelloVerifyRequest',
      helloVerifyRequestBytes(0xfeff, Uint8Array.of(1, 2)),
      parseHelloVerifyRequest,
      Uint8Array.of(1, 2),
    ],
    ['Certificate', certificateChainBytes(CHAIN), parseCertificateChain, CHAIN],
    ['CertificateRequest', certificateRequestBytes(REQUEST), parseCertificateRequest, REQUEST],
    ['CertificateVerify', signatureBytes(SIGNED), parseCertificateVerify, SIGNED],
    [
      'ServerKeyExchange',
      serverKeyExchangeBytes(PARAMETERS, SIGNED),
      parseServerKeyExchange,
      {
        groupId: 29,
        publicKey: new Uint8Array(32).fill(5),
        parameters: PARAMETERS,
        signed: SIGNED,
      },
    ],
    [
      'ClientKeyExchange',
      clientKeyExchangeBytes(new Uint8Array(65).fill(4)),
      parseClientKeyExchange,
      new Uint8Array(65).fill(4),
    ],
  ];

suite('messages of DTLS', () => {
  test('[DTL20] every message is read as it was written', () => {
    for (const [name, bytes, parse, expected] of MESSAGES)
      assert.deepEqual(parse(bytes), expected, name);
  });

  test('[DTL31] a message that is cut, or has something behind it, is none', () => {
    for (const [name, bytes, parse] of MESSAGES) {
      for (let length = 0; length < bytes.length; length += 1) {
        // Without extensions a hello is whole as well (RFC 5246, section 7.4.1.2).
        const isHello = name.endsWith('erHello') || name === 'ClientHello';
        const answer = parse(bytes.subarray(0, length));
        if (answer !== undefined)
          assert.ok(isHello && length < bytes.length - 2, `${name} ${length}`);
      }
      assert.equal(parse(joinBytes(bytes, Uint8Array.of(0))), undefined, name);
    }
  });

  test('[DTL31] any bytes are read or refused, never worse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        for (const [, , parse] of MESSAGES) parse(bytes);
        readRecords(bytes);
        readHandshakeFragments(bytes);
        readUseSrtp(bytes);
      }),
      { seed: 17, numRuns: 500 },
    );
  });

  test('[DTL31] an extension that comes twice, or too many of them, make a hello none', () => {
    const bare = clientHelloBytes({ ...CLIENT_HELLO, extensions: new Map() });
    const helloWith = (...ids: readonly number[]): unknown => {
      const list = ids.map((id) => joinBytes(uintBytes(id, 2), vectorBytes(2)));
      return parseClientHello(joinBytes(bare, vectorBytes(2, ...list)));
    };
    const ids = Array.from({ length: EXTENSION_COUNT_MAX }, (_, id) => id);
    assert.notEqual(helloWith(...ids), undefined);
    assert.equal(helloWith(...ids, 5_000), undefined);
    assert.equal(helloWith(14, 23, 14), undefined);
  });

  test('[DTL22] records and fragments are found one behind the other, up to what is cut', () => {
    const header = { contentType: 22, version: 0xfefd, epoch: 1, sequence: 2 ** 48 - 2 };
    const part = {
      type: 11,
      messageSequence: 3,
      messageBytes: 9,
      offsetBytes: 4,
      fragment: random.subarray(0, 5),
    };
    const fragment = handshakeFragmentBytes(part);
    const record = joinBytes(recordHeaderBytes(header, 2 * fragment.length), fragment, fragment);
    const records = readRecords(joinBytes(record, record, record.subarray(0, -1)));
    assert.equal(records.length, 2);
    assert.deepEqual(records[1], { ...header, fragment: joinBytes(fragment, fragment) });
    assert.deepEqual(readHandshakeFragments(joinBytes(fragment, fragment)), [part, part]);
    assert.equal(readHandshakeFragments(record.subarray(13, -1)), undefined);
    const outside = handshakeFragmentBytes({ ...part, offsetBytes: 5 });
    assert.equal(readHandshakeFragments(outside), undefined);
  });

  test('[DTL31] reading beyond the end gives nothing, and is known', () => {
    const reader = new ByteReader(Uint8Array.of(5, 1));
    assert.equal(reader.vector(1).length, 0);
    assert.deepEqual([reader.isCut, reader.isSpent, reader.uint(6)], [true, false, 0]);
  });
});
