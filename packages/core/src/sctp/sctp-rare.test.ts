import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  readSctpForwardTsn,
  readSctpInit,
  readSctpReConfig,
  readSctpSack,
  SCTP_CHUNK,
  SCTP_DATA_FLAG,
  SCTP_RECONFIG_RESULT,
  uint32At,
  writeOutgoingReset,
  writeReConfigResponse,
  writeSctpForwardTsn,
  writeSctpSack,
} from '@prism/protocol';
import { firstChunk, forgedPacket } from '../testing/forged-packet.ts';
import { someBytes } from '../testing/sctp-pair.ts';
import { Victim } from '../testing/sctp-victim.ts';
import { readStateCookie, writeStateCookie } from './state-cookie.ts';

const NO_BYTES = new Uint8Array(0);
const { begin, end } = SCTP_DATA_FLAG;

/** A SACK as the peer might send it. */
function sackOf(cumulativeTsn: number, ...gaps: readonly (readonly [number, number])[]) {
  const gapBlocks = gaps.map(([startOffset, endOffset]) => ({ startOffset, endOffset }));
  const sack = { cumulativeTsn, windowBytes: 100_000, gapBlocks, duplicateTsns: [] };
  return { type: SCTP_CHUNK.sack, body: writeSctpSack(sack, 1_000) };
}

/** Sends messages and answers the TSN of the first. */
function sendSome(victim: Victim, count: number): number {
  victim.answers();
  for (let index = 0; index < count; index += 1) victim.pair.send(0, someBytes(50, index));
  return uint32At(victim.answers()[0]?.body ?? NO_BYTES, 0);
}

/** TSNs of the DATA chunks at the front of what was sent since the last time. */
function tsnsSent(victim: Victim): readonly number[] {
  return victim
    .answers()
    .filter((chunk) => chunk?.type === SCTP_CHUNK.data)
    .map((chunk) => uint32At(chunk?.body ?? NO_BYTES, 0));
}

suite('SCTP, seldom', () => {
  test('[SCT4] what the peer has acknowledged behind a gap and let go again is sent again', () => {
    const victim = new Victim();
    const tsn = sendSome(victim, 6);
    victim.give(sackOf(tsn, [2, 5]));
    victim.answers();
    // The second one, which was missing, has come; the third is not there any more.
    victim.give(sackOf(tsn + 1));
    assert.deepEqual(tsnsSent(victim), [tsn + 2]);
  });

  test('[SCT6] what comes twice is acknowledged at once, and the SACK tells of it', () => {
    const victim = new Victim();
    victim.give(victim.dataChunk({ flags: 3 | SCTP_DATA_FLAG.immediate }));
    victim.answers();
    victim.give(victim.dataChunk({}));
    const [answer] = victim.answers();
    assert.equal(answer?.type, SCTP_CHUNK.sack);
    assert.equal(answer.body.length, 16, 'one duplicate and no gap');
    assert.equal(uint32At(answer.body, 12), victim.nextTsn);
  });

  test('[SCT6] behind a gap data is acknowledged at once, with the gap', () => {
    const victim = new Victim();
    victim.give(victim.dataChunk({ flags: 3 | SCTP_DATA_FLAG.immediate }));
    victim.answers();
    victim.give(victim.dataChunk({ tsn: victim.nextTsn + 3, ssn: 3 }));
    const sack = readSctpSack(victim.answers()[0]?.body ?? NO_BYTES);
    assert.deepEqual(sack?.gapBlocks, [{ startOffset: 3, endOffset: 3 }]);
    assert.equal(sack.cumulativeTsn, victim.nextTsn);
  });

  test('[SCT7] data further ahead than a SACK can tell of is dropped', () => {
    const victim = new Victim();
    victim.give(victim.dataChunk({ tsn: victim.nextTsn + 65_535 }));
    assert.equal(victim.pair.ends[0].counters.droppedDataCount, 1);
    victim.give(victim.dataChunk({ tsn: victim.nextTsn + 65_534 }));
    assert.equal(victim.pair.ends[0].counters.droppedDataCount, 1);
  });

  test('[SCT9] messages that wait for one that is given up are delivered, and those before it that are whole', () => {
    const victim = new Victim();
    const first = victim.nextTsn;
    for (const ssn of [1, 3, 4])
      victim.give(victim.dataChunk({ tsn: first + ssn, ssn, sizeBytes: ssn }));
    assert.equal(victim.pair.messages(0).length, 0);
    const forward = { newCumulativeTsn: first + 2, skipped: [{ streamId: 0, ssn: 2 }] };
    victim.give({ type: SCTP_CHUNK.forwardTsn, body: writeSctpForwardTsn(forward) });
    assert.deepEqual(
      victim.pair.messages(0).map(({ bytes }) => bytes.length),
      [1, 3, 4],
    );
  });

  test('[SCT9] giving up a message of which some has not left says more than the peer may have', () => {
    const victim = new Victim();
    const reliability = { type: 'retransmits', retransmitCountMax: 0 } as const;
    const channel = {
      type: 'open',
      streamId: 8,
      label: '',
      isNegotiated: true,
      reliability,
    } as const;
    victim.pair.post(0, channel);
    victim.answers();
    victim.pair.send(0, someBytes(100_000), 8);
    const tsns = tsnsSent(victim);
    assert.equal(tsns.length, 10);
    // All ten have arrived, for all that is known here: if the end were told up to them, it would wait for the rest.
    victim.pair.advance(500);
    const forward = victim.allAnswers().find(({ type }) => type === SCTP_CHUNK.forwardTsn);
    assert.deepEqual(readSctpForwardTsn(forward?.body ?? NO_BYTES), {
      newCumulativeTsn: ((tsns.at(-1) ?? 0) + 1) >>> 0,
      skipped: [{ streamId: 8, ssn: 0 }],
    });
    assert.equal(victim.pair.ends[0].bufferedBytes, 0);
  });

  test('[SCT9] what continues a message that was given up is not held', () => {
    const victim = new Victim();
    const first = victim.nextTsn;
    victim.give(victim.dataChunk({ flags: begin }));
    victim.give(victim.dataChunk({ flags: 0, tsn: first + 3 }));
    const forward = { newCumulativeTsn: first + 1, skipped: [{ streamId: 0, ssn: 0 }] };
    victim.give({ type: SCTP_CHUNK.forwardTsn, body: writeSctpForwardTsn(forward) });
    victim.give(victim.dataChunk({ flags: 0, tsn: first + 2 }));
    victim.give(victim.dataChunk({ flags: end, tsn: first + 4 }));
    victim.answers();
    victim.give(victim.dataChunk({ flags: 3 | SCTP_DATA_FLAG.immediate, tsn: first + 5, ssn: 1 }));
    assert.equal(victim.pair.messages(0).length, 1);
    const sack = readSctpSack(victim.answers().at(-1)?.body ?? NO_BYTES);
    assert.equal(sack?.cumulativeTsn, (first + 5) >>> 0);
    assert.equal(sack.windowBytes, 1024 * 1024, 'nothing is held');
  });

  test('[SCT10] a reset that comes before the data that was sent before it waits for that', () => {
    const victim = new Victim();
    const tsn = victim.nextTsn;
    const request = { requestNumber: tsn, responseNumber: 0, lastTsn: tsn + 1, streamIds: [0] };
    const resultOf = () =>
      victim
        .answers()
        .flatMap((chunk) =>
          chunk?.type === SCTP_CHUNK.reConfig ? readSctpReConfig(chunk.body) : [],
        )
        .find(({ type }) => type === 'response');
    const ask = () => victim.give({ type: SCTP_CHUNK.reConfig, body: writeOutgoingReset(request) });
    const { inProgress, performed, badSequenceNumber } = SCTP_RECONFIG_RESULT;
    ask();
    assert.deepEqual(resultOf(), { type: 'response', responseNumber: tsn, result: inProgress });
    victim.give(victim.dataChunk({ tsn: tsn + 1, ssn: 1 }));
    ask();
    assert.deepEqual(resultOf(), { type: 'response', responseNumber: tsn, result: inProgress });
    victim.give(victim.dataChunk({}));
    assert.deepEqual(
      victim.pair.seen[0].map(({ type }) => type),
      ['message', 'message', 'channel_closed'],
    );
    victim.answers();
    ask();
    assert.deepEqual(resultOf(), { type: 'response', responseNumber: tsn, result: performed });
    const late = { ...request, requestNumber: tsn + 5 };
    victim.give({ type: SCTP_CHUNK.reConfig, body: writeOutgoingReset(late) });
    assert.deepEqual(resultOf(), {
      type: 'response',
      responseNumber: tsn + 5,
      result: badSequenceNumber,
    });
  });

  test('[SCT10] a reset that the peer is not ready for is asked for again, with the same number', () => {
    const victim = new Victim();
    victim.answers();
    victim.pair.post(0, { type: 'close_channel', streamId: 0 });
    const [first] = victim.answers();
    const responseNumber = uint32At(first?.body ?? NO_BYTES, 4);
    const body = writeReConfigResponse(responseNumber, SCTP_RECONFIG_RESULT.inProgress);
    victim.give({ type: SCTP_CHUNK.reConfig, body });
    assert.equal(victim.answers().length, 0);
    victim.pair.advance(150);
    assert.deepEqual(victim.answers()[0], first);
  });

  test('[SCT11] data that comes after SHUTDOWN is taken, and SHUTDOWN said again', () => {
    const victim = new Victim();
    victim.pair.post(0, { type: 'close' });
    assert.equal(victim.answers().at(-1)?.type, SCTP_CHUNK.shutdown);
    victim.give(victim.dataChunk({ flags: 3 | SCTP_DATA_FLAG.immediate }));
    assert.equal(victim.pair.messages(0).length, 1);
    const types = victim.pair.sent[0].map((bytes) => firstChunk(bytes)?.type);
    assert.equal(types.includes(SCTP_CHUNK.sack), true);
    victim.pair.advance(0);
    assert.equal(
      victim.pair.sent[0].some((bytes) => bytes.includes(SCTP_CHUNK.shutdown)),
      true,
    );
  });

  test('[SCT14] a cookie that is not of this association begins nothing anew', () => {
    const victim = new Victim();
    const init = victim.pair.sent[1]
      .map(firstChunk)
      .find((chunk) => chunk?.type === SCTP_CHUNK.init);
    victim.answers();
    victim.pair.post(0, {
      type: 'packet',
      bytes: forgedPacket(0, [{ type: SCTP_CHUNK.init, body: strangersInit(init?.body) }]),
    });
    const initAck = readSctpInit(victim.answers()[0]?.body ?? NO_BYTES);
    const cookie = readStateCookie(initAck?.cookie ?? NO_BYTES);
    assert.ok(initAck && cookie);
    const echo = (body: Uint8Array) => {
      const bytes = forgedPacket(initAck.initiateTag, [{ type: SCTP_CHUNK.cookieEcho, body }]);
      victim.pair.post(0, { type: 'packet', bytes });
    };
    echo(writeStateCookie({ ...cookie, localTieTag: cookie.localTieTag ^ 1 }));
    echo(writeStateCookie({ ...cookie, peerTieTag: 0 }));
    echo(someBytes(33));
    assert.deepEqual(victim.pair.seen[0], []);
    echo(writeStateCookie(cookie));
    assert.deepEqual(victim.pair.seen[0], [{ type: 'channel_closed', streamId: 0 }]);
  });
});

/** The INIT of another association than the one that this INIT began. */
function strangersInit(body: Uint8Array | undefined): Uint8Array {
  const changed = Uint8Array.from(body ?? []);
  changed[0] = (changed[0] ?? 0) ^ 0x55;
  return changed;
}
