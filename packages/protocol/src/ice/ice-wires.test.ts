import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { suite, test } from 'node:test';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { candidateLines } from './candidate.ts';
import {
  addressBytes,
  canonicalAddress,
  isLinkLocalAddress,
  isLoopbackAddress,
} from './ip-address.ts';
import { parseProxyHeader } from './proxy-protocol.ts';
import { DatagramReader, frameDatagram } from './rfc4571-framing.ts';
import {
  integrityOf,
  parseStunMessage,
  writeBindingSuccess,
  writeNominatingRequest,
  writeRoleConflict,
} from './stun-message.ts';
import { parseTurnReply, writeAllocate, writeRelease } from './turn-message.ts';

/** The sample request of RFC 5769, section 2.1. */
const SAMPLE_REQUEST = Buffer.from(
  '000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf',
  'hex',
);
const SAMPLE_PASSWORD = 'VOkJxbRl1RmTxUk/WvJxBt';
const TRANSACTION_ID = Buffer.from('b7e7a701bc34d686fa87dfae', 'hex');

function hmac(bytes: Uint8Array): Uint8Array {
  return createHmac('sha1', SAMPLE_PASSWORD).update(bytes).digest();
}

const SEAL = { hmac, crc32 };

/** The sample responses of RFC 5769, sections 2.2 and 2.3: 192.0.2.1 and 2001:db8:1234:5678:11:2233:4455:6677. */
const SAMPLE_RESPONSES = [
  '0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96',
  '010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d900080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c',
].map((hex) => Buffer.from(hex, 'hex'));

suite('TURN', () => {
  test('[DOC15] the address in an answer is read, IPv4 and IPv6, and cut answers are none', () => {
    const [ipv4, ipv6] = SAMPLE_RESPONSES.map((bytes) => parseTurnReply(bytes));
    assert.deepEqual(ipv4?.mapped, { address: '192.0.2.1', port: 32_853 });
    assert.deepEqual(ipv6?.mapped, {
      address: '2001:db8:1234:5678:11:2233:4455:6677',
      port: 32_853,
    });
    assert.deepEqual(Buffer.from(ipv4.transactionId), TRANSACTION_ID);
    assert.equal(ipv4.isSuccess, true);
    for (const bytes of SAMPLE_RESPONSES) {
      for (let size = 0; size < bytes.length; size += 1)
        assert.equal(parseTurnReply(bytes.subarray(0, size)), undefined);
    }
    assert.equal(parseTurnReply(SAMPLE_REQUEST), undefined);
  });

  test('[DOC15] an allocation is asked for without authorization, then with it, and given back', () => {
    const first = Buffer.from(writeAllocate(TRANSACTION_ID, undefined));
    assert.equal(
      first.toString('hex'),
      `000300082112a442${TRANSACTION_ID.toString('hex')}0019000411000000`,
    );
    const authorization = {
      username: '1:a',
      realm: Buffer.from('test'),
      nonce: Buffer.from('abcdef'),
      seal: SEAL,
    };
    const second = Buffer.from(writeAllocate(TRANSACTION_ID, authorization));
    const release = Buffer.from(writeRelease(TRANSACTION_ID, authorization));
    const names = '00060003313a6100001400047465737400150006616263646566' + '0000';
    assert.ok(second.toString('hex').includes(`0019000411000000${names}00080014`));
    assert.ok(release.toString('hex').startsWith('0004'));
    assert.ok(release.toString('hex').includes(`000d000400000000${names}00080014`));
    for (const bytes of [second, release]) {
      const { covered, integrity } = integrityOf(bytes, bytes.length - 8 - 24);
      assert.deepEqual(Buffer.from(integrity), Buffer.from(hmac(covered)));
    }
  });
});

suite('STUN', () => {
  test('[ICE4] the sample request of RFC 5769 is read, and its integrity is that of its password', () => {
    const message = parseStunMessage(SAMPLE_REQUEST);
    assert.ok(message);
    assert.equal(message.kind, 'request');
    assert.equal(message.username, 'evtj:h6vY');
    assert.equal(message.priority, 0x6e0001ff);
    assert.equal(message.isSenderControlled, true);
    assert.equal(message.hasUseCandidate, false);
    assert.ok(message.integrityOffset !== undefined);
    const { covered, integrity } = integrityOf(SAMPLE_REQUEST, message.integrityOffset);
    assert.deepEqual(Buffer.from(integrity), Buffer.from(hmac(covered)));
  });

  test('[ICE4] answers carry the sender, the transaction, a valid integrity and a valid fingerprint', () => {
    // RFC 5769, section 2.2: 192.0.2.1:32853, which is 0xa147 and 0xe112a643 when combined with the cookie.
    const from = { address: Uint8Array.of(192, 0, 2, 1), port: 32_853 };
    const bytes = writeBindingSuccess(TRANSACTION_ID, from, SEAL);
    assert.equal(Buffer.from(bytes).toString('hex', 20, 32), '002000080001a147e112a643');
    for (const answer of [bytes, writeRoleConflict(TRANSACTION_ID, SEAL)]) {
      const message = parseStunMessage(answer);
      assert.ok(message?.integrityOffset !== undefined);
      assert.deepEqual(Buffer.from(message.transactionId), TRANSACTION_ID);
      const { covered, integrity } = integrityOf(answer, message.integrityOffset);
      assert.deepEqual(Buffer.from(integrity), Buffer.from(hmac(covered)));
      const crc = Buffer.from(answer).readUInt32BE(answer.length - 4);
      assert.equal((crc ^ 0x5354554e) >>> 0, crc32(answer.subarray(0, answer.length - 8)));
    }
  });

  test('[ICE4] a written request is read back', () => {
    const bytes = writeNominatingRequest(
      { transactionId: TRANSACTION_ID, username: 'there:here1', priority: 77 },
      SEAL,
    );
    const message = parseStunMessage(bytes);
    assert.equal(message?.username, 'there:here1');
    assert.equal(message?.priority, 77);
    assert.equal(message?.hasUseCandidate, true);
    assert.equal(message?.isSenderControlled, false);
  });

  test('[HOS1] whatever comes, reading never throws', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(107),
        fc.nat(255),
        (bytes, at, value) => {
          parseStunMessage(bytes);
          parseProxyHeader(bytes);
          new DatagramReader(100).push(bytes);
          const damaged = Uint8Array.from(SAMPLE_REQUEST);
          damaged[at] = value;
          parseStunMessage(damaged);
          parseStunMessage(damaged.subarray(0, at));
        },
      ),
      { seed: 5, numRuns: 2_000 },
    );
  });
});

suite('datagrams on TCP', () => {
  test('[ICE6] datagrams come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 60 }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 40 }),
        (datagrams, cutBytes) => {
          const stream = Buffer.concat(datagrams.map((datagram) => frameDatagram(datagram)));
          const reader = new DatagramReader(100);
          const read: Uint8Array[] = [];
          for (let offset = 0; offset < stream.length; offset += cutBytes) {
            const out = reader.push(stream.subarray(offset, offset + cutBytes)) ?? [];
            read.push(...out.map((datagram) => Uint8Array.from(datagram)));
          }
          assert.deepEqual(read, datagrams);
        },
      ),
      { seed: 6, numRuns: 500 },
    );
  });

  test('[ICE7] a datagram that is announced too long breaks the stream before it comes', () => {
    assert.equal(new DatagramReader(100).push(Uint8Array.of(0, 101)), undefined);
  });
});

suite('the PROXY protocol', () => {
  const V2 = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');

  test('[ICE9] both versions name the client, IPv4 and IPv6 each in one form', () => {
    const line = Buffer.from('PROXY TCP4 203.0.113.7 192.0.2.1 56324 3478\r\nrest');
    assert.deepEqual(parseProxyHeader(line), {
      state: 'complete',
      source: { address: '203.0.113.7', port: 56_324 },
      sizeBytes: 45,
    });
    const mapped = Buffer.from('PROXY TCP6 ::ffff:203.0.113.7 ::1 1 2\r\n');
    assert.deepEqual(parseProxyHeader(mapped), {
      state: 'complete',
      source: { address: '203.0.113.7', port: 1 },
      sizeBytes: mapped.length,
    });
    const v2 = Buffer.concat([V2, Buffer.from('2111000ccb007107c0000201dc040d96', 'hex')]);
    assert.deepEqual(parseProxyHeader(v2), {
      state: 'complete',
      source: { address: '203.0.113.7', port: 56_324 },
      sizeBytes: 28,
    });
    for (let length = 0; length < v2.length; length += 1)
      assert.equal(parseProxyHeader(v2.subarray(0, length)).state, 'incomplete');
  });

  test('[ICE9] health checks have no client, and everything else is refused', () => {
    const local = Buffer.concat([V2, Buffer.from('20000000', 'hex')]);
    assert.deepEqual(parseProxyHeader(local), {
      state: 'complete',
      source: undefined,
      sizeBytes: 16,
    });
    for (const bad of [
      'GET / HTTP/1.1\r\n',
      'PROXY TCP4 nobody 192.0.2.1 1 2\r\n',
      'PROXY TCP4 1.2.3.4 1.2.3.4 99999 1\r\n',
    ])
      assert.equal(parseProxyHeader(Buffer.from(bad)).state, 'invalid', bad);
    assert.equal(parseProxyHeader(Buffer.alloc(107, 'P')).state, 'invalid');
  });
});

suite('addresses and candidates', () => {
  test('[ICE9] one address has one text', () => {
    assert.equal(canonicalAddress('::FFFF:192.0.2.1'), '192.0.2.1');
    assert.equal(canonicalAddress('2001:DB8::1'), '2001:db8:0:0:0:0:0:1');
    assert.equal(canonicalAddress('fe80::1%eth0'), 'fe80:0:0:0:0:0:0:1');
    for (const bad of [
      '',
      '1.2.3',
      '1.2.3.256',
      ':::',
      '1::2::3',
      '12345::',
      'g::',
      '1:2:3:4:5:6:7:8:9',
    ])
      assert.equal(addressBytes(bad), undefined, bad);
    assert.ok(isLoopbackAddress('127.9.9.9') && isLoopbackAddress('::1'));
    assert.ok(isLinkLocalAddress('169.254.1.1') && isLinkLocalAddress('fe80::1'));
    assert.ok(!isLinkLocalAddress('fd00::1') && !isLoopbackAddress('128.0.0.1'));
  });

  test('[ICE1] candidates keep their order, UDP before TCP, which is passive', () => {
    const lines = candidateLines([
      { transport: 'udp', address: '203.0.113.7', port: 3478 },
      { transport: 'udp', address: '198.51.100.7', port: 3478 },
      { transport: 'tcp', address: '203.0.113.7', port: 3478 },
    ]);
    assert.match(lines[0] ?? '', /^a=candidate:1 1 udp \d+ 203\.0\.113\.7 3478 typ host$/);
    assert.match(
      lines[2] ?? '',
      /^a=candidate:3 1 tcp \d+ 203\.0\.113\.7 3478 typ host tcptype passive$/,
    );
    const priorities = lines.map((line) => Number(line.split(' ')[3]));
    assert.deepEqual(
      priorities,
      priorities.toSorted((a, b) => b - a),
    );
    assert.ok(priorities.every((priority) => priority > 0 && priority < 2 ** 31));
  });
});
