import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Dice } from '@prism/core/testing';
import { SRTP_PROFILES, type SrtpMasterKey, type SrtpProfile } from '@prism/protocol';
import { SRTP_PACKET_BYTES_MAX } from './packet-cipher.ts';
import { SRTP_SOURCES_MAX } from './srtp-direction.ts';
import { SrtpReceiver, type SrtpReceiverCounters } from './srtp-receiver.ts';
import { SrtpScratch } from './srtp-scratch.ts';
import { SrtpSender } from './srtp-sender.ts';

const PROFILES = ['aead_aes_128_gcm', 'aead_aes_256_gcm', 'aes128_cm_sha1_80'] as const;
const SSRC = 0xfedc_ba98;

function masterKey(profile: SrtpProfile, seed = 7): SrtpMasterKey {
  const { keyBytes, saltBytes } = SRTP_PROFILES[profile];
  const dice = new Dice(seed);
  const random = (count: number): Uint8Array =>
    Uint8Array.from({ length: count }, () => dice.between(0, 255));
  return { key: random(keyBytes), salt: random(saltBytes) };
}

/** Both ends of one direction. */
function pairOf(profile: SrtpProfile): {
  readonly sender: SrtpSender;
  readonly receiver: SrtpReceiver;
} {
  const keys = masterKey(profile);
  return { sender: new SrtpSender(profile, keys), receiver: new SrtpReceiver(profile, keys) };
}

function rtp(index: number, payloadBytes = 80, ssrc = SSRC): Buffer {
  const packet = Buffer.alloc(12 + payloadBytes, index & 0xff);
  packet.writeUInt16BE(0x806f, 0);
  packet.writeUInt16BE(index & 0xffff, 2);
  packet.writeUInt32BE((index * 960) >>> 0, 4);
  packet.writeUInt32BE(ssrc, 8);
  return packet;
}

function rtcp(fill: number, ssrc = SSRC): Buffer {
  const packet = Buffer.alloc(28, fill);
  packet.writeUInt32BE(0x80c8_0006, 0);
  packet.writeUInt32BE(ssrc, 4);
  return packet;
}

/** A copy, since what comes is a view on what the next packet overwrites. */
function protectedCopy(sender: SrtpSender, packet: Uint8Array): Uint8Array {
  const sealed = sender.protect(packet);
  assert.ok(sealed, 'not protected');
  return Uint8Array.from(sealed);
}

function assertOpens(receiver: SrtpReceiver, sealed: Uint8Array, packet: Uint8Array): void {
  assert.deepEqual(
    Buffer.from(receiver.unprotect(sealed) ?? []).toString('hex'),
    Buffer.from(packet).toString('hex'),
  );
}

/** What isn't zero. */
function counted(receiver: SrtpReceiver): Partial<SrtpReceiverCounters> {
  return Object.fromEntries(Object.entries(receiver.counters).filter(([, count]) => count > 0));
}

for (const profile of PROFILES)
  suite(`SRTP with ${profile}`, () => {
    test('[SRT3] lost and reordered packets of all lengths are opened, over wraps of the number', () => {
      const { sender, receiver } = pairOf(profile);
      const dice = new Dice(3);
      /** On their way, in the order in which they come. */
      const inFlight: { readonly atPlace: number; readonly index: number }[] = [];
      const sealed = new Map<number, Uint8Array>();
      const sizeOf = (index: number): number => (index * 31) % 400;
      const first = 65_000;
      // Every eleventh number alone, so that it wraps twice.
      for (let place = 0; place < 12_000; place += 1) {
        const index = first + place * 11;
        sealed.set(index, protectedCopy(sender, rtp(index, sizeOf(index))));
        if (dice.chance(0.1)) continue;
        inFlight.push({ atPlace: place + dice.between(0, 30), index });
      }
      inFlight.sort((one, other) => one.atPlace - other.atPlace);
      for (const { index } of inFlight)
        assertOpens(receiver, sealed.get(index) ?? new Uint8Array(0), rtp(index, sizeOf(index)));
      assert.deepEqual(counted(receiver), {});
      assert.ok(inFlight.length > 10_000);
    });

    test('[SRT3] leaps ahead by nearly half of the numbers, and a packet late by nearly the window', () => {
      const { sender, receiver } = pairOf(profile);
      const keys = masterKey(profile);
      const indexes = Array.from({ length: 10 }, (_, leap) => 30_000 + leap * 32_767);
      for (const index of indexes) {
        const packet = rtp(index);
        assertOpens(receiver, protectedCopy(sender, packet), packet);
      }
      const newest = 30_000 + 9 * 32_767;
      // Another sender with the same keys tells the same wraps, so that late packets can be made.
      const other = new SrtpSender(profile, keys);
      for (const index of indexes.slice(0, -1)) other.protect(rtp(index));
      const late = rtp(newest - 1_023);
      assertOpens(receiver, protectedCopy(other, late), late);
      assert.equal(
        receiver.unprotect(protectedCopy(other, rtp(newest - 1_022))) !== undefined,
        true,
      );
    });

    test('[SRT4] a packet is taken once, and not when it is older than the window', () => {
      const { sender, receiver } = pairOf(profile);
      const sealed = Array.from({ length: 1_100 }, (_, index) =>
        protectedCopy(sender, rtp(65_000 + index)),
      );
      const [oldest = new Uint8Array(0), second = new Uint8Array(0)] = sealed;
      const atWindow = sealed[1_100 - 1_024] ?? new Uint8Array(0);
      const behindWindow = sealed[1_100 - 1_025] ?? new Uint8Array(0);
      assert.ok(receiver.unprotect(oldest));
      for (const packet of sealed.slice(-3)) assert.ok(receiver.unprotect(packet));
      assert.ok(receiver.unprotect(atWindow));
      assert.equal(receiver.unprotect(behindWindow), undefined);
      assert.equal(receiver.unprotect(second), undefined);
      for (const packet of sealed.slice(-3)) assert.equal(receiver.unprotect(packet), undefined);
      assert.equal(receiver.unprotect(atWindow), undefined);
      assert.deepEqual(counted(receiver), { packetsReplayed: 4, packetsTooOld: 2 });
    });

    for (const [name, packet] of [
      ['RTP', rtp(1)],
      ['RTCP', rtcp(1)],
    ] as const)
      test(`[SRT5] one changed bit anywhere in ${name}, a byte less or more: nothing of it is taken`, () => {
        const { sender, receiver } = pairOf(profile);
        const sealed = protectedCopy(sender, packet);
        for (let bit = 0; bit < sealed.length * 8; bit += 1) {
          const changed = Uint8Array.from(sealed);
          const at = bit >> 3;
          changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
          assert.equal(receiver.unprotect(changed), undefined, `bit ${bit}`);
        }
        for (let length = 0; length < sealed.length; length += 1)
          assert.equal(
            receiver.unprotect(sealed.subarray(0, length)),
            undefined,
            `${length} bytes`,
          );
        assert.equal(receiver.unprotect(Buffer.concat([sealed, Uint8Array.of(0)])), undefined);
        // Shorter than header and tag there is nothing to verify.
        const cut = new SrtpReceiver(profile, masterKey(profile));
        for (let length = 0; length < sealed.length; length += 1)
          cut.unprotect(sealed.subarray(0, length));
        const bytesMin = sealed.length - packet.length + (name === 'RTP' ? 12 : 8);
        assert.equal(cut.counters.packetsMalformed, bytesMin);
        const stranger = new SrtpReceiver(profile, masterKey(profile, 8));
        assert.equal(stranger.unprotect(sealed), undefined);
        // What came first and was no packet has not taken its place.
        assertOpens(receiver, sealed, packet);
        assert.ok(receiver.counters.packetsUnauthentic > 100);
        assert.equal(receiver.counters.packetsReplayed, 0);
      });

    test('[SRT5] a forged packet far ahead does not move the window', () => {
      const { sender, receiver } = pairOf(profile);
      assert.ok(receiver.unprotect(protectedCopy(sender, rtp(100))));
      const forged = protectedCopy(sender, rtp(101));
      forged[2] = 0x70;
      for (let round = 0; round < 10; round += 1)
        assert.equal(receiver.unprotect(forged), undefined);
      for (const index of [102, 103])
        assertOpens(receiver, protectedCopy(sender, rtp(index)), rtp(index));
    });

    test('[SRT5] noise of any length and shape is dropped and throws nothing', () => {
      const { sender, receiver } = pairOf(profile);
      const dice = new Dice(5);
      const seeds = [protectedCopy(sender, rtp(1)), protectedCopy(sender, rtcp(1))];
      for (let round = 0; round < 10_000; round += 1) {
        const base = dice.pick(seeds) ?? new Uint8Array(0);
        const noise = dice.chance(0.5)
          ? Uint8Array.from({ length: dice.between(0, 120) }, () => dice.between(0, 255))
          : base.slice(0, dice.between(0, base.length - 1));
        // Half of them get past the first look.
        if (dice.chance(0.5) && noise.length > 1) {
          noise[0] = 0x80 | dice.between(0, 63);
          noise[1] = dice.chance(0.5) ? 200 : 111;
        }
        assert.equal(receiver.unprotect(noise), undefined);
        sender.protect(noise);
      }
      const causes = counted(receiver);
      const dropped = Object.values(causes).reduce((sum, count) => sum + count, 0);
      assert.equal(dropped, 10_000);
      assert.ok((causes.packetsMalformed ?? 0) > 1_000 && (causes.packetsUnauthentic ?? 0) > 500);
      assert.equal(
        receiver.unprotect(new Uint8Array(SRTP_PACKET_BYTES_MAX + 1).fill(0x80)),
        undefined,
      );
    });

    test('[SRT6] sources and extension stay readable, the payload is encrypted with its padding', () => {
      const { sender, receiver } = pairOf(profile);
      // Two contributing sources, an extension of two words, four bytes of padding.
      const headerBytes = 12 + 2 * 4 + 4 + 2 * 4;
      const packet = Buffer.alloc(headerBytes + 24, 0x55);
      rtp(9, 0).forEach((byte, at) => {
        packet[at] = byte;
      });
      packet[0] = 0x80 | 0x20 | 0x10 | 2;
      packet.writeUInt32BE(0xbede_0002, 20);
      packet.fill(0, packet.length - 4);
      packet[packet.length - 1] = 4;
      const sealed = protectedCopy(sender, packet);
      assert.deepEqual(
        sealed.subarray(0, headerBytes),
        Uint8Array.from(packet.subarray(0, headerBytes)),
      );
      const body = sealed.subarray(headerBytes, packet.length);
      for (let at = 0; at < body.length; at += 4)
        assert.notDeepEqual(
          Buffer.from(body.subarray(at, at + 4)),
          packet.subarray(headerBytes + at, headerBytes + at + 4),
        );
      assertOpens(receiver, sealed, packet);
      const changed = protectedCopy(sender, rtp(10));
      changed[1] = 0x70;
      assert.equal(receiver.unprotect(changed), undefined);
    });

    test('[SRT6] a header beyond the end is no packet, one that reaches the end is', () => {
      const { sender, receiver } = pairOf(profile);
      const packet = Uint8Array.from(rtp(1, 3 * 4));
      packet[0] = 0x83;
      assertOpens(receiver, protectedCopy(sender, packet), packet);
      packet[0] = 0x84;
      assert.equal(sender.protect(packet), undefined);
      packet[0] = 0x90;
      packet.set([0xbe, 0xde, 0xff, 0xff], 12);
      assert.equal(sender.protect(packet), undefined);
      assert.equal(receiver.unprotect(packet), undefined);
      packet[0] = 0x40;
      assert.equal(sender.protect(packet), undefined);
      assert.equal(sender.counters.packetsMalformed, 3);
    });

    test('[SRT7] RTCP is encrypted, numbered, and taken once', () => {
      const { sender, receiver } = pairOf(profile);
      const isGcm = profile !== 'aes128_cm_sha1_80';
      const sealed = Array.from({ length: 5 }, (_, place) => protectedCopy(sender, rtcp(place)));
      const words = sealed.map((packet) => {
        assert.equal(packet.length, 28 + 4 + (isGcm ? 16 : 10));
        return Buffer.from(packet).readUInt32BE(packet.length - (isGcm ? 4 : 14));
      });
      assert.deepEqual(words, [0x8000_0000, 0x8000_0001, 0x8000_0002, 0x8000_0003, 0x8000_0004]);
      for (const place of [1, 0, 4, 2, 3])
        assertOpens(receiver, sealed[place] ?? new Uint8Array(0), rtcp(place));
      for (const packet of sealed) {
        assert.equal(receiver.unprotect(packet), undefined);
        assert.deepEqual(Buffer.from(packet.subarray(0, 8)), Buffer.from(rtcp(0).subarray(0, 8)));
        assert.ok(!Buffer.from(packet).includes(rtcp(0).subarray(8, 16)));
      }
      assert.deepEqual(counted(receiver), { packetsReplayed: 5 });
    });

    test('[SRT7] RTCP that says that it is not encrypted is dropped', () => {
      const { sender, receiver } = pairOf(profile);
      const sealed = protectedCopy(sender, rtcp(1));
      const at = sealed.length - (profile === 'aes128_cm_sha1_80' ? 14 : 4);
      sealed[at] = 0;
      assert.equal(receiver.unprotect(sealed), undefined);
      assert.deepEqual(counted(receiver), { packetsUnencrypted: 1 });
    });

    test('[SRT8] sources beyond the bound are dropped, those that were there go on', () => {
      const { sender, receiver } = pairOf(profile);
      for (let ssrc = 1; ssrc <= SRTP_SOURCES_MAX; ssrc += 1) {
        assertOpens(receiver, protectedCopy(sender, rtp(1, 20, ssrc)), rtp(1, 20, ssrc));
        assertOpens(receiver, protectedCopy(sender, rtcp(1, ssrc)), rtcp(1, ssrc));
      }
      assert.equal(sender.protect(rtp(1, 20, 99)), undefined);
      assert.equal(sender.counters.packetsSourceRefused, 1);
      const other = new SrtpSender(profile, masterKey(profile));
      for (let index = 1_000; index < 1_010; index += 1) {
        assert.equal(receiver.unprotect(protectedCopy(other, rtp(index, 20, 99))), undefined);
        other.protect(rtcp(0));
      }
      // Of RTCP too, under an index that is new to it.
      assert.equal(receiver.unprotect(protectedCopy(other, rtcp(1, 99))), undefined);
      assert.deepEqual(counted(receiver), { packetsSourceRefused: 11 });
      assertOpens(receiver, protectedCopy(sender, rtp(2, 20, 1)), rtp(2, 20, 1));
      assertOpens(receiver, protectedCopy(sender, rtcp(2, 1)), rtcp(2, 1));
    });

    test('[SRT9] a repeat has the same bytes, over a wrap too; another packet is not sent', () => {
      const { sender, receiver } = pairOf(profile);
      const first = 65_536 - 60;
      const sealed = Array.from({ length: 200 }, (_, place) =>
        protectedCopy(sender, rtp(first + place, 20 + place)),
      );
      for (let place = 200 - 127; place < 200; place += 1)
        assert.deepEqual(protectedCopy(sender, rtp(first + place, 20 + place)), sealed[place]);
      for (const place of [100, 150, 199]) {
        assert.equal(sender.protect(rtp(first + place, 21 + place)), undefined);
        const changed = Uint8Array.from(rtp(first + place, 20 + place));
        changed[4] = (changed[4] ?? 0) ^ 1;
        assert.equal(sender.protect(changed), undefined);
        assert.deepEqual(protectedCopy(sender, rtp(first + place, 20 + place)), sealed[place]);
      }
      assert.equal(sender.protect(rtp(first, 20)), undefined);
      assert.deepEqual(sender.counters, {
        packetsMalformed: 0,
        packetsIndexUsed: 7,
        packetsSourceRefused: 0,
        packetsExhausted: 0,
      });
      for (const [place, packet] of sealed.entries())
        assertOpens(receiver, packet, rtp(first + place, 20 + place));
    });

    test('[SRT9] a repeat of before a wrap has the wraps of before, and is opened late', () => {
      const { sender, receiver } = pairOf(profile);
      const missed = protectedCopy(sender, rtp(65_530));
      for (let index = 65_531; index < 65_536 + 100; index += 1)
        assert.ok(receiver.unprotect(protectedCopy(sender, rtp(index))));
      const repeated = protectedCopy(sender, rtp(65_530));
      assert.deepEqual(repeated, missed);
      assertOpens(receiver, repeated, rtp(65_530));
      assert.equal(receiver.unprotect(missed), undefined);
    });
  });

test('[SRT3] many sources and calls may share one scratch', () => {
  const scratch = new SrtpScratch();
  const ends = PROFILES.flatMap((profile) =>
    [1, 2, 3].map((seed) => {
      const keys = masterKey(profile, seed);
      return {
        sender: new SrtpSender(profile, keys, scratch),
        receiver: new SrtpReceiver(profile, keys, scratch),
      };
    }),
  );
  for (let index = 0; index < 100; index += 1)
    for (const { sender, receiver } of ends)
      for (const ssrc of [1, 2]) {
        const packet = rtp(index, 30 + ((index * ssrc) % 60), ssrc);
        assertOpens(receiver, protectedCopy(sender, packet), packet);
      }
});
