import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { Dice } from '@prism/core/testing';
import { SRTP_PROFILES } from '@prism/protocol';
import { SrtpReceiver, SrtpSender } from '@prism/server/internal';
import { askLibsrtp } from '../harness/libsrtp.ts';

const PROFILES = ['aead_aes_128_gcm', 'aead_aes_256_gcm', 'aes128_cm_sha1_80'] as const;

/** Of each source, over a wrap of its number. */
const PACKET_COUNT = 400;
const FIRST_INDEX = 65_536 - 150;
const SSRCS = [7, 0xfedc_ba98] as const;

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

/** RTP of two sources with all that a header can have, and a report now and then. */
function somePackets(): readonly Buffer[] {
  const dice = new Dice(2);
  return Array.from({ length: PACKET_COUNT }, (_, place) => FIRST_INDEX + place).flatMap((index) =>
    SSRCS.flatMap((ssrc) => {
      const rtp = Buffer.concat([Buffer.alloc(12), Buffer.alloc(dice.between(0, 900), index)]);
      rtp.writeUInt16BE(0x806f, 0);
      rtp.writeUInt16BE(index & 0xffff, 2);
      rtp.writeUInt32BE(ssrc, 8);
      if (rtp.length > 40 && dice.chance(0.5)) {
        // One contributing source and an extension of two words.
        rtp[0] = 0x91;
        rtp.writeUInt32BE(0xbede_0002, 16);
      }
      if (index % 20 !== 0) return [rtp];
      const report = Buffer.alloc(28 + 24 * dice.between(0, 2), index);
      report.writeUInt32BE(0x80c8_0000 + report.length / 4 - 1, 0);
      report.writeUInt32BE(ssrc, 4);
      return [rtp, report];
    }),
  );
}

/** In an order in which a network may give them: some swapped, some missing, the newest twice. */
function asTheyCome<Item>(items: readonly Item[]): readonly Item[] {
  const dice = new Dice(3);
  return items
    .map((item, place) => ({ item, atPlace: place + dice.between(0, 20) }))
    .filter(() => dice.chance(0.9))
    .sort((one, other) => one.atPlace - other.atPlace)
    .map(({ item }) => item);
}

suite('SRTP beside libsrtp', () => {
  for (const profile of PROFILES) {
    const { keyBytes, saltBytes } = SRTP_PROFILES[profile];

    test(`[SRT2] each opens what the other protects: ${profile}`, async () => {
      const keys = { key: randomBytes(keyBytes), salt: randomBytes(saltBytes) };
      const packets = somePackets();
      const sender = new SrtpSender(profile, keys);
      const ours = packets.map((packet) => {
        const sealed = Buffer.from(sender.protect(packet) ?? []);
        return { packet, sealed };
      });
      const coming = asTheyCome(ours);
      const theirs = await askLibsrtp({
        profile,
        keys,
        protect: packets,
        open: coming.map(({ sealed }) => sealed),
      });
      assert.deepEqual(
        theirs.open,
        coming.map(({ packet }) => hex(packet)),
      );

      const receiver = new SrtpReceiver(profile, keys);
      const back = packets.map((packet, place) => ({
        packet,
        sealed: Buffer.from(theirs.protect[place] ?? '', 'hex'),
      }));
      for (const { packet, sealed } of asTheyCome(back))
        assert.equal(hex(receiver.unprotect(sealed)), hex(packet));
      assert.ok(Object.values(receiver.counters).every((count) => count === 0));
    });

    test(`[SRT9] libsrtp makes of a repeat the same bytes, and takes one of ours once: ${profile}`, async () => {
      const keys = { key: randomBytes(keyBytes), salt: randomBytes(saltBytes) };
      const packets = somePackets().filter((packet) => packet[1] === 0x6f);
      const repeated = packets.slice(-40);
      const sender = new SrtpSender(profile, keys);
      const ours = [...packets, ...repeated].map((packet) =>
        Buffer.from(sender.protect(packet) ?? []),
      );
      const theirs = await askLibsrtp({
        profile,
        keys,
        protect: [...packets, ...repeated],
        open: ours,
      });
      assert.deepEqual(theirs.protect, ours.map(hex));
      assert.deepEqual(theirs.open.slice(0, packets.length), packets.map(hex));
      assert.deepEqual(
        theirs.open.slice(packets.length),
        repeated.map(() => '[replay check failed (bad index)]'),
      );
    });
  }
});
