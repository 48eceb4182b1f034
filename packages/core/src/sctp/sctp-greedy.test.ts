import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import {
  DATA_CHANNEL_PPID,
  SCTP_CHUNK,
  SCTP_DATA_FLAG,
  writeDataChannelOpen,
  writeSctpForwardTsn,
} from '@prism/protocol';
import { someBytes } from '../testing/sctp-pair.ts';
import { Victim } from '../testing/sctp-victim.ts';
import { DATA_CHANNEL_COUNT_MAX } from './data-channels.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;

function opening(label: string): Uint8Array {
  const reliability = { type: 'reliable' } as const;
  return writeDataChannelOpen({ label, protocol: '', isOrdered: true, reliability, priority: 256 });
}

/** A message in as many chunks as it takes. */
function giveMessage(
  victim: Victim,
  streamId: number,
  [protocol, bytes]: readonly [protocol: number, bytes: Uint8Array],
): void {
  for (let at = 0; at < bytes.length; at += 1_000) {
    const payload = bytes.subarray(at, at + 1_000);
    const begin = at === 0 ? SCTP_DATA_FLAG.begin : 0;
    const end = at + 1_000 >= bytes.length ? SCTP_DATA_FLAG.end : 0;
    const flags = SCTP_DATA_FLAG.unordered | begin | end;
    victim.give(victim.dataChunk({ flags, streamId, payload, payloadProtocol: protocol }));
    victim.nextTsn += 1;
    victim.pair.sent[0].length = 0;
  }
}

/** How often `action` goes through all that a map holds. */
function walksDuring(action: () => void): number {
  const walks = (['keys', 'values', 'entries'] as const).map((name) =>
    mock.method(Map.prototype, name),
  );
  try {
    action();
    return walks.reduce((sum, walk) => sum + walk.mock.callCount(), 0);
  } finally {
    for (const walk of walks) walk.mock.restore();
  }
}

suite('SCTP and a peer that wants too much', () => {
  test('[SCT22] pieces of messages have 1 MiB for all channels together', () => {
    const victim = new Victim();
    const [end] = victim.pair.ends;
    const streamCount = 16;
    for (let streamId = 2; streamId < 2 + streamCount; streamId += 1) {
      giveMessage(victim, streamId, [DATA_CHANNEL_PPID.control, opening('pieces')]);
      for (let piece = 0; piece < 3; piece += 1)
        giveMessage(victim, streamId, [DATA_CHANNEL_PPID.partialBinary, someBytes(60 * KIB)]);
    }
    assert.ok(end.heldBytes > MIB - 128 * KIB, `${end.heldBytes} are held`);
    assert.ok(end.heldBytes <= MIB, `${end.heldBytes} are held`);
    assert.equal(victim.closeReason, undefined);
  });

  test('[SCT22] small pieces count with what it takes to hold them', () => {
    const victim = new Victim();
    for (let streamId = 2; streamId < 12; streamId += 1) {
      giveMessage(victim, streamId, [DATA_CHANNEL_PPID.control, opening('crumbs')]);
      for (let piece = 0; piece < 1_000; piece += 1)
        giveMessage(victim, streamId, [DATA_CHANNEL_PPID.partialText, someBytes(1)]);
    }
    const [end] = victim.pair.ends;
    assert.ok(end.heldBytes <= MIB && end.heldBytes > MIB - 129_000, `${end.heldBytes}`);
  });

  test('[SCT22] pieces of channels that end, and of messages that are whole, make room', () => {
    const victim = new Victim();
    giveMessage(victim, 2, [DATA_CHANNEL_PPID.control, opening('pieces')]);
    giveMessage(victim, 2, [DATA_CHANNEL_PPID.partialBinary, someBytes(60 * KIB)]);
    giveMessage(victim, 2, [DATA_CHANNEL_PPID.binary, someBytes(KIB)]);
    assert.equal(victim.pair.messages(0).at(-1)?.bytes.length, 61 * KIB);
    assert.equal(victim.pair.ends[0].heldBytes, 0);
    giveMessage(victim, 2, [DATA_CHANNEL_PPID.partialBinary, someBytes(60 * KIB)]);
    assert.ok(victim.pair.ends[0].heldBytes > 60 * KIB);
    victim.give({ type: SCTP_CHUNK.abort });
    assert.equal(victim.pair.ends[0].heldBytes, 0);
  });

  test('[SCT22] what the peer calls its channels isn’t kept', () => {
    const victim = new Victim();
    const label = 'x'.repeat(60 * KIB);
    for (let index = 1; index < DATA_CHANNEL_COUNT_MAX; index += 1)
      giveMessage(victim, index, [DATA_CHANNEL_PPID.control, opening(label)]);
    const opened = victim.pair.seen[0].filter(({ type }) => type === 'channel_opened');
    assert.equal(opened.length, DATA_CHANNEL_COUNT_MAX - 1);
    assert.deepEqual(opened.at(-1), {
      type: 'channel_opened',
      streamId: DATA_CHANNEL_COUNT_MAX - 1,
      label,
      protocol: '',
      isRemote: true,
    });
    assert.equal(victim.pair.ends[0].heldBytes, 0);
  });

  test('[SCT23] a FORWARD TSN that names a stream over and over looks at what waits there once', () => {
    const victim = new Victim();
    const waitingCount = 2_000;
    for (let index = 0; index < waitingCount; index += 1)
      victim.give(victim.dataChunk({ tsn: victim.nextTsn + 1 + index, ssn: 10_000 + index }));
    const skipped = Array.from({ length: 3_000 }, (_, ssn) => ({ streamId: 0, ssn }));
    const body = writeSctpForwardTsn({ newCumulativeTsn: victim.nextTsn, skipped });
    const walks = walksDuring(() => victim.give({ type: SCTP_CHUNK.forwardTsn, body }));
    assert.ok(walks <= 20, `${walks} walks`);
    const last = { newCumulativeTsn: victim.nextTsn + waitingCount + 1 };
    const rest = writeSctpForwardTsn({ ...last, skipped: [{ streamId: 0, ssn: 11_000 }] });
    victim.give({ type: SCTP_CHUNK.forwardTsn, body: rest });
    assert.equal(victim.pair.messages(0).length, waitingCount, 'in turn, those behind them too');
  });

  test('[SCT23] many FORWARD TSNs in a packet don’t each look at all fragments', () => {
    const victim = new Victim();
    const { flags, fragmentCount } = { flags: 0, fragmentCount: 2_000 };
    for (let index = 0; index < fragmentCount; index += 1)
      victim.give(victim.dataChunk({ flags, tsn: victim.nextTsn + 5_000 + 2 * index }));
    const heldBytes = victim.pair.ends[0].heldBytes;
    const forwards = Array.from({ length: 1_000 }, (_, index) => ({
      type: SCTP_CHUNK.forwardTsn,
      body: writeSctpForwardTsn({ newCumulativeTsn: victim.nextTsn + index, skipped: [] }),
    }));
    const walks = walksDuring(() => victim.give(...forwards));
    assert.ok(walks <= 20, `${walks} walks`);
    assert.equal(victim.pair.ends[0].heldBytes, heldBytes);
    const newCumulativeTsn = victim.nextTsn + 5_000 + 2 * fragmentCount;
    const body = writeSctpForwardTsn({ newCumulativeTsn, skipped: [] });
    victim.give({ type: SCTP_CHUNK.forwardTsn, body });
    assert.equal(victim.pair.ends[0].heldBytes, 0);
  });

  test('[SCT23] a message that was begun and given up leaves nothing behind', () => {
    const victim = new Victim();
    for (let index = 0; index < 100; index += 1) {
      const { nextTsn } = victim;
      victim.give(victim.dataChunk({ flags: SCTP_DATA_FLAG.begin, ssn: index }));
      victim.give(victim.dataChunk({ flags: 0, tsn: nextTsn + 1, ssn: index }));
      victim.give(victim.dataChunk({ flags: 0, tsn: nextTsn + 3, ssn: index }));
      assert.ok(victim.pair.ends[0].heldBytes > 0);
      const skipped = [{ streamId: 0, ssn: index }];
      const body = writeSctpForwardTsn({ newCumulativeTsn: nextTsn + 3, skipped });
      victim.give({ type: SCTP_CHUNK.forwardTsn, body });
      assert.equal(victim.pair.ends[0].heldBytes, 0);
      victim.nextTsn += 4;
    }
  });
});
