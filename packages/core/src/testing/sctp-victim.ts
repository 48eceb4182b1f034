import { readSctpInit, SCTP_CHUNK, type SctpChunk, writeSctpData } from '@prism/protocol';
import { chunksOf, type ForgedChunk, firstChunk, forgedPacket, tagOf } from './forged-packet.ts';
import { type SctpNetwork, SctpPair, someBytes } from './sctp-pair.ts';

/** The first end of a pair that stands, and a peer that the test is. */
export class Victim {
  readonly pair: SctpPair;
  readonly tag: number;
  /** The TSN of the peer's next chunk. */
  nextTsn: number;

  constructor(network: Partial<SctpNetwork> = {}) {
    this.pair = SctpPair.connected({ seed: 3, rttMs: 20, ...network });
    this.pair.advance(200);
    this.pair.isCut = true;
    this.tag = tagOf(this.pair.sent[1].at(-1));
    const inits = this.pair.sent[1]
      .map(firstChunk)
      .filter((chunk) => chunk?.type === SCTP_CHUNK.init);
    this.nextTsn = readSctpInit(inits[0]?.body ?? new Uint8Array(0))?.initialTsn ?? 0;
    this.pair.seen[0].length = 0;
  }

  /** What the end has sent, as the first chunks of packets, since the last time. */
  answers(): readonly (SctpChunk | undefined)[] {
    return this.pair.sent[0].splice(0).map(firstChunk);
  }

  /** All chunks that the end has sent since the last time. */
  allAnswers(): readonly SctpChunk[] {
    return this.pair.sent[0].splice(0).flatMap(chunksOf);
  }

  give(...chunks: readonly ForgedChunk[]): void {
    this.pair.post(0, { type: 'packet', bytes: forgedPacket(this.tag, chunks) });
  }

  dataChunk(
    fields: Partial<{
      flags: number;
      tsn: number;
      streamId: number;
      ssn: number;
      sizeBytes: number;
      payloadProtocol: number;
      payload: Uint8Array;
    }>,
  ): ForgedChunk {
    const { flags = 3, tsn = this.nextTsn, streamId = 0, ssn = 0, sizeBytes = 10 } = fields;
    const { payloadProtocol = 51, payload = someBytes(sizeBytes) } = fields;
    const body = new Uint8Array(12 + payload.length);
    writeSctpData(body, 0, {
      tsn,
      streamId,
      ssn,
      payloadProtocol,
      payload,
    });
    return { type: SCTP_CHUNK.data, flags, body };
  }

  get closeReason(): string | undefined {
    const closed = this.pair.seen[0].find((effect) => effect.type === 'closed');
    return closed?.reason;
  }
}
