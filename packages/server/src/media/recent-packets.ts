/** Packets that are kept. What a decoder knows of those before them is 48 dB below what it decodes, or less. */
const PACKET_COUNT_MAX = 10;
/** Longest packet that is kept: 160 kbit/s in packets of 20 ms. */
const PACKET_BYTES_MAX = 400;

/** The last packets of one stream, for a decoder that is to go on with it. */
export class RecentPackets {
  /** Made for the first packet. */
  #bytes = new Uint8Array(0);
  readonly #lengths = new Uint16Array(PACKET_COUNT_MAX);
  #count = 0;
  #next = 0;

  /** Whether a packet is short enough to be kept. */
  fits(packet: Uint8Array): boolean {
    return packet.length <= PACKET_BYTES_MAX;
  }

  /** Keeps the stream's next packet, which has to fit, in the place of the oldest. */
  keep(packet: Uint8Array): void {
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(PACKET_COUNT_MAX * PACKET_BYTES_MAX);
    this.#bytes.set(packet, this.#next * PACKET_BYTES_MAX);
    this.#lengths[this.#next] = packet.length;
    this.#next = (this.#next + 1) % PACKET_COUNT_MAX;
    if (this.#count < PACKET_COUNT_MAX) this.#count += 1;
  }

  /** Forgets all: what comes next doesn't follow them. */
  clear(): void {
    this.#count = 0;
  }

  /** Gives all of them to a decoder, the oldest first. */
  replay(decoder: { decode(packet: Uint8Array): unknown }): void {
    for (let age = this.#count; age > 0; age -= 1) {
      const place = (this.#next - age + PACKET_COUNT_MAX) % PACKET_COUNT_MAX;
      const start = place * PACKET_BYTES_MAX;
      decoder.decode(this.#bytes.subarray(start, start + (this.#lengths[place] ?? 0)));
    }
  }
}
