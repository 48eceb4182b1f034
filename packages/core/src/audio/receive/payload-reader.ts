import { clockHzOf, type PayloadFormat, type PayloadFormats, RedReader } from '@prism/protocol';
import type { PacketContent } from './held-packets.ts';
import { emptySpeech, readContent } from './packet-content.ts';

/** A payload type that wasn't negotiated. */
export const FOREIGN: PacketContent = { type: 'nothing', isMalformed: false };
const MALFORMED: PacketContent = { type: 'nothing', isMalformed: true };

/** Reads payloads, redundant ones (RFC 2198) too. What it answers is valid until it reads the next one of its kind. */
export class PayloadReader {
  readonly #formats: PayloadFormats;
  readonly #red = new RedReader();
  readonly #speech = emptySpeech();
  readonly #copiedSpeech = emptySpeech();

  constructor(formats: PayloadFormats) {
    this.#formats = formats;
  }

  /** What a packet itself brings. */
  read(format: PayloadFormat | undefined, payload: Uint8Array): PacketContent {
    if (format === undefined) return FOREIGN;
    if (format !== 'red') return readContent(format, payload, this.#speech);
    if (!this.#red.read(payload)) return MALFORMED;
    const primary = this.#red.blockCount - 1;
    const inner = this.#formats.get(this.#red.payloadTypeAt(primary));
    if (inner === undefined) return FOREIGN;
    if (inner === 'red') return MALFORMED;
    return readContent(inner, this.#red.payloadAt(primary), this.#speech);
  }

  /** Copies of earlier packets in the redundant payload that was read last, oldest first. */
  get copyCount(): number {
    return this.#red.blockCount - 1;
  }

  /** How far a copy lies back, in ticks of the RTP clock. */
  copyOffsetTicksAt(index: number): number {
    return this.#red.offsetTicksAt(index);
  }

  /** A copy; undefined if it is of no use in a packet with the RTP clock `clockHz`. */
  readCopy(index: number, clockHz: number): PacketContent | undefined {
    const format = this.#formats.get(this.#red.payloadTypeAt(index));
    if (format === undefined || format === 'red' || clockHzOf(format) !== clockHz) return undefined;
    return readContent(format, this.#red.payloadAt(index), this.#copiedSpeech);
  }
}
