import { sequenceDistance } from '@prism/protocol';
import type { ImpairedPacket } from './impairment.ts';
import { kindOf, type PacketKind } from './packet-kind.ts';

/** What became of one RTP stream in one direction. Offsets count packets from the first one seen, by sequence number. */
export interface StreamTally {
  readonly ssrc: number;
  /** Different packets that came to the proxy. */
  readonly packetCount: number;
  /** Retransmissions and other repetitions that came to the proxy. */
  readonly repeatedCount: number;
  /** Packets whose first copy was lost. */
  readonly firstLostOffsets: readonly number[];
  /** Packets of which no copy went on, whatever was sent again. */
  readonly lostOffsets: readonly number[];
  readonly lastOffset: number;
}

class Stream {
  readonly ssrc: number;
  readonly attempts = new Map<number, number>();
  readonly firstLost = new Set<number>();
  readonly passed = new Set<number>();
  repeatedCount = 0;
  #firstSequenceNumber: number | undefined;
  #lastSequenceNumber = 0;
  lastOffset = 0;

  constructor(ssrc: number) {
    this.ssrc = ssrc;
  }

  offsetOf(sequenceNumber: number): number {
    if (this.#firstSequenceNumber === undefined) {
      this.#firstSequenceNumber = sequenceNumber;
      this.#lastSequenceNumber = sequenceNumber;
    }
    const distance = sequenceDistance(this.#lastSequenceNumber, sequenceNumber);
    const offset = this.lastOffset + distance;
    if (distance > 0) {
      this.lastOffset = offset;
      this.#lastSequenceNumber = sequenceNumber;
    }
    return offset;
  }

  tally(): StreamTally {
    const sorted = (offsets: Iterable<number>): number[] => [...offsets].sort((a, b) => a - b);
    return {
      ssrc: this.ssrc,
      packetCount: this.attempts.size,
      repeatedCount: this.repeatedCount,
      firstLostOffsets: sorted(this.firstLost),
      lostOffsets: sorted([...this.attempts.keys()].filter((offset) => !this.passed.has(offset))),
      lastOffset: this.lastOffset,
    };
  }
}

/** Counts the packets of one direction by kind, and those of RTP by their clear headers. */
export class PacketLedger {
  readonly #arrived = new Map<PacketKind, number>();
  readonly #streams = new Map<number, Stream>();

  /** Takes a packet in: its kind and its place. */
  arrived(bytes: Uint8Array): ImpairedPacket {
    const kind = kindOf(bytes);
    const place = this.count(kind);
    this.#arrived.set(kind, place + 1);
    const sizeBytes = bytes.length;
    if (kind !== 'rtp') return { kind, streamId: 0, offset: place, attempt: 0, sizeBytes };
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const stream = this.#stream(view.getUint32(8));
    const offset = stream.offsetOf(view.getUint16(2));
    const attempt = stream.attempts.get(offset) ?? 0;
    stream.attempts.set(offset, attempt + 1);
    if (attempt > 0) stream.repeatedCount += 1;
    return { kind, streamId: stream.ssrc, offset, attempt, sizeBytes };
  }

  /** Notes what became of it. */
  decided(packet: ImpairedPacket, copyCount: number): void {
    if (packet.kind !== 'rtp') return;
    const stream = this.#stream(packet.streamId);
    if (copyCount > 0) stream.passed.add(packet.offset);
    else if (packet.attempt === 0) stream.firstLost.add(packet.offset);
  }

  /** Packets of that kind that came to the proxy. */
  count(kind: PacketKind): number {
    return this.#arrived.get(kind) ?? 0;
  }

  /** All RTP streams so far, in the order of their first packet. */
  streams(): readonly StreamTally[] {
    return [...this.#streams.values()].map((stream) => stream.tally());
  }

  #stream(ssrc: number): Stream {
    const known = this.#streams.get(ssrc);
    if (known !== undefined) return known;
    const stream = new Stream(ssrc);
    this.#streams.set(ssrc, stream);
    return stream;
  }
}
