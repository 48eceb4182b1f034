import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { suite, test } from 'node:test';
import { CmCipher } from './cm-cipher.ts';
import { CounterKeystream } from './counter-keystream.ts';
import { GcmCipher } from './gcm-cipher.ts';
import { HmacSha1 } from './hmac-sha1.ts';
import { deriveSessionKeys } from './key-derivation.ts';
import { SrtpScratch } from './srtp-scratch.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex');
const hex = (of: Uint8Array | undefined): string | undefined =>
  of === undefined ? undefined : Buffer.from(of).toString('hex');
const NOTHING = new Uint8Array(0);

suite('vectors of RFC 3711', () => {
  const keys = {
    key: bytes('2b7e151628aed2a6abf7158809cf4f3c'),
    salt: bytes('f0f1f2f3f4f5f6f7f8f9fafbfcfd'),
    authenticationKey: NOTHING,
  };
  const KEYSTREAM = [
    'e03ead0935c95e80e166b16dd92b4eb4',
    'd23513162b02d0f72a43a2fe4a5f97ab',
    '41e95b3bb0a2e8dd477901e4fca894c0',
  ];

  for (const pace of ['single', 'stream'] as const)
    test(`[SRT1] keystream of AES in counter mode (B.2), ${pace}`, () => {
      const scratch = new SrtpScratch();
      const keystream = new CounterKeystream(keys, pace, scratch);
      // A stream makes keystream ahead from its second packet on, so the same packet comes three times.
      for (let round = 0; round < 3; round += 1) {
        scratch.packet.fill(0);
        keystream.apply({ headerBytes: 12, ssrc: 0, index: 0 }, 12 + 48);
        assert.equal(hex(scratch.packet.subarray(12, 60)), KEYSTREAM.join(''));
        assert.equal(hex(scratch.packet.subarray(0, 12)), '00'.repeat(12));
      }
    });

  test('[SRT1] keys derived from a master key (B.3)', () => {
    const { rtp } = deriveSessionKeys('aes128_cm_sha1_80', {
      key: bytes('e1f97a0d3e018be0d64fa32c06de4139'),
      salt: bytes('0ec675ad498afeebb6960b3aabe6'),
    });
    assert.equal(hex(rtp.key), 'c61e7a93744f39ee10734afe3ff7a087');
    assert.equal(hex(rtp.salt), '30cbbc08863d8c85d49db34a9ae1');
    assert.equal(hex(rtp.authenticationKey), 'cebe321f6ff7716b6fd4ab49af256a156d38baa4');
  });

  test('[SRT1] keys and salts of a wrong length are no keys', () => {
    const wrong = { key: new Uint8Array(16), salt: new Uint8Array(13) };
    for (const profile of ['aes128_cm_sha1_80', 'aead_aes_128_gcm', 'aead_aes_256_gcm'] as const)
      assert.throws(() => deriveSessionKeys(profile, wrong), RangeError);
  });
});

test('[SRT1] HMAC-SHA1 of RFC 2202', () => {
  const scratch = new SrtpScratch();
  const cases = [
    ['0b'.repeat(20), hex(Buffer.from('Hi There')), 'b617318655057264e28bc0b6fb378c8ef146be00'],
    [
      hex(Buffer.from('Jefe')),
      hex(Buffer.from('what do ya want for nothing?')),
      'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79',
    ],
    ['aa'.repeat(20), 'dd'.repeat(50), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'],
  ] as const;
  for (const [key, data, digest] of cases) {
    const message = bytes(data ?? '');
    scratch.packet.set(message);
    const hmac = new HmacSha1(bytes(key ?? ''), scratch);
    assert.equal(hex(hmac.ofPacket(message.length)), digest);
  }
});

suite('vectors of RFC 7714', () => {
  const salt = bytes('517569642070726f2071756f');
  const key256 = bytes('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f');
  const RTP = `8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
    69736120 696e2070 61727465 73207472 6573`;
  const RTCP = `81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
    deadbeef deadbeef deadbeef deadbeef deadbeef`;
  const cases = [
    {
      section: '16.1',
      kind: 'rtp',
      keyBytes: 16,
      plain: RTP,
      sealed: `8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f
        42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce`,
    },
    {
      section: '16.2',
      kind: 'rtp',
      keyBytes: 32,
      plain: RTP,
      sealed: `8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3
        b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13`,
    },
    {
      section: '17.1',
      kind: 'rtcp',
      keyBytes: 16,
      plain: RTCP,
      sealed: `81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1
        730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4`,
    },
    {
      section: '17.2',
      kind: 'rtcp',
      keyBytes: 32,
      plain: RTCP,
      sealed: `81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1
        110555be 8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4`,
    },
  ] as const;
  const HEADS = {
    rtp: { headerBytes: 12, ssrc: 0x5501a0b2, index: 0xf17b },
    rtcp: { headerBytes: 8, ssrc: 0x4d617273, index: 0x5d4 },
  } as const;

  for (const { section, kind, keyBytes, plain, sealed } of cases)
    test(`[SRT1] AES-GCM, ${kind}, key of ${keyBytes} bytes (section ${section})`, () => {
      const keys = { key: key256.subarray(0, keyBytes), salt, authenticationKey: NOTHING };
      const cipher = new GcmCipher(keys, kind, new SrtpScratch());
      const head = HEADS[kind];
      assert.equal(hex(cipher.seal(bytes(plain), head)), hex(bytes(sealed)));
      assert.equal(hex(cipher.open(bytes(sealed), head)), hex(bytes(plain)));
    });
});

test('[SRT1] keystream made ahead is that of each packet alone, whatever order and length packets have', () => {
  const keys = {
    key: bytes('2b7e151628aed2a6abf7158809cf4f3c'),
    salt: bytes('f0f1f2f3f4f5f6f7f8f9fafbfcfd'),
    authenticationKey: bytes('cebe321f6ff7716b6fd4ab49af256a156d38baa4'),
  };
  const ahead = new CmCipher(keys, 'rtp', new SrtpScratch());
  const packetOf = (index: number): Uint8Array =>
    new Uint8Array(12 + ((index * 37) % 700)).fill(index);
  const heads = Array.from({ length: 400 }, (_, place) => ({
    headerBytes: 12,
    ssrc: place % 50 === 49 ? -7 : 5,
    // Over a wrap, with swaps, repeats and leaps.
    index: 65_400 + place + (place % 7 === 0 ? 3 : 0) - (place % 11 === 0 ? 40 : 0),
  }));
  for (const head of heads) {
    const alone = new CmCipher(keys, 'rtp', new SrtpScratch());
    const packet = packetOf(head.index);
    const sealed = Uint8Array.from(ahead.seal(packet, head));
    assert.deepEqual(sealed, Uint8Array.from(alone.seal(packet, head)), `index ${head.index}`);
    assert.deepEqual(Uint8Array.from(ahead.open(sealed, head) ?? []), packet);
  }
});

suite('IV of an index with all of its 48 bits', () => {
  const salt = bytes('f0f1f2f3f4f5f6f7f8f9fafbfcfd');
  const key = bytes('2b7e151628aed2a6abf7158809cf4f3c');
  const head = { headerBytes: 12, ssrc: 0xfedcba98 | 0, index: 0xa1b2_c3d4_e5f6 };
  const packet = new Uint8Array(60);
  /** The salt with SSRC and index in it, as one number. */
  const ivOf = (saltHex: string | undefined, ssrcBits: bigint, indexBits: bigint): Uint8Array => {
    const iv =
      BigInt(`0x${saltHex}`) ^ (0xfedcba98n << ssrcBits) ^ (BigInt(head.index) << indexBits);
    return bytes(iv.toString(16).padStart((saltHex ?? '').length, '0'));
  };

  test('[SRT1] in AES-CM, as one cipher of counter mode has it', () => {
    const keys = { key, salt, authenticationKey: new Uint8Array(20) };
    const sealed = new CmCipher(keys, 'rtp', new SrtpScratch()).seal(packet, head);
    const plain = createCipheriv('aes-128-ctr', key, ivOf(`${hex(salt)}0000`, 64n, 16n));
    assert.equal(hex(sealed.subarray(12, 60)), hex(plain.update(packet.subarray(12))));
  });

  test('[SRT1] in GCM, as one cipher of it has it', () => {
    const short = salt.subarray(0, 12);
    const keys = { key, salt: short, authenticationKey: NOTHING };
    const sealed = new GcmCipher(keys, 'rtp', new SrtpScratch()).seal(packet, head);
    const plain = createCipheriv('aes-128-gcm', key, ivOf(hex(short), 48n, 0n));
    assert.equal(hex(sealed.subarray(12, 60)), hex(plain.update(packet.subarray(12))));
  });
});
