import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { crc32c, hasValidChecksum, writeChecksum } from './crc32c.ts';

const ascending = Uint8Array.from({ length: 32 }, (_, index) => index);

suite('CRC32c', () => {
  test('[SCT1] the vectors of RFC 3720, appendix B.4, and the check value of the algorithm', () => {
    assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
    assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
    assert.equal(crc32c(ascending), 0x46dd794e);
    assert.equal(crc32c(ascending.toReversed()), 0x113fdb5c);
    assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
    assert.equal(crc32c(new Uint8Array(0)), 0);
  });

  test('[SCT1] a packet of another stack has a valid checksum; one changed bit and it has none', () => {
    // The COOKIE ACK of dcsctp in its packet tests: ports 1234 and 4321, tag 0x697e3a4e.
    const packet = Uint8Array.from(Buffer.from('138813880000000100000000' + '0b000004', 'hex'));
    writeChecksum(packet);
    assert.equal(hasValidChecksum(packet), true);
    for (let bit = 0; bit < packet.length * 8; bit += 1) {
      const damaged = packet.slice();
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(hasValidChecksum(damaged), false, `bit ${bit}`);
    }
    assert.equal(hasValidChecksum(packet.subarray(0, 11)), false);
  });
});
