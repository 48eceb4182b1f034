/** Packets that may be under way at first (RFC 6928), and at least, whatever is lost. */
const FIRST_PACKET_COUNT = 10;
const LEAST_PACKET_COUNT = 4;
/** Most packets that one SACK widens the window by in slow start (RFC 3465): SACKs are lost too. */
const GROWTH_PACKET_COUNT_MAX = 2;

/**
 * How much may be under way (RFC 9260, section 7.2). After a timeout it keeps {@link LEAST_PACKET_COUNT} packets where
 * the RFC says one, as libwebrtc's dcsctp does: events are few beside the call's media, and loss on radio links says
 * little about congestion.
 */
export class CongestionWindow {
  readonly #packetBytes: number;
  #windowBytes: number;
  #thresholdBytes = Number.POSITIVE_INFINITY;
  #partialBytes = 0;
  /** Fast recovery lasts until this TSN is acknowledged. */
  #recoveryExitTsn: number | undefined;

  constructor(packetBytes: number) {
    this.#packetBytes = packetBytes;
    this.#windowBytes = FIRST_PACKET_COUNT * packetBytes;
  }

  get windowBytes(): number {
    return this.#windowBytes;
  }

  /** New bytes were acknowledged; `wasUsed`: as much was under way as was allowed. */
  acknowledged(acked: {
    readonly bytes: number;
    readonly wasUsed: boolean;
    readonly cumulativeTsn: number;
  }): void {
    if (this.#recoveryExitTsn !== undefined) {
      if (acked.cumulativeTsn < this.#recoveryExitTsn) return;
      this.#recoveryExitTsn = undefined;
    }
    if (!acked.wasUsed) return;
    if (this.#windowBytes <= this.#thresholdBytes) {
      this.#windowBytes += Math.min(acked.bytes, GROWTH_PACKET_COUNT_MAX * this.#packetBytes);
      return;
    }
    this.#partialBytes += acked.bytes;
    if (this.#partialBytes < this.#windowBytes) return;
    this.#partialBytes -= this.#windowBytes;
    this.#windowBytes += this.#packetBytes;
  }

  /** Chunks are missing; halves the window once until what was sent by then, `lastTsn`, is acknowledged. */
  lost(lastTsn: number): void {
    if (this.#recoveryExitTsn !== undefined) return;
    this.#recoveryExitTsn = lastTsn;
    this.#halve();
    this.#windowBytes = this.#thresholdBytes;
  }

  timedOut(): void {
    this.#recoveryExitTsn = undefined;
    this.#halve();
    this.#windowBytes = this.#leastBytes;
  }

  /** Nothing was sent for a timeout: what the network can take is less known (RFC 9260, section 7.2.1). */
  idled(): void {
    const firstBytes = FIRST_PACKET_COUNT * this.#packetBytes;
    this.#windowBytes = Math.max(Math.min(this.#windowBytes, firstBytes), this.#windowBytes / 2);
  }

  get #leastBytes(): number {
    return LEAST_PACKET_COUNT * this.#packetBytes;
  }

  #halve(): void {
    this.#thresholdBytes = Math.max(this.#leastBytes, this.#windowBytes / 2);
    this.#partialBytes = 0;
  }
}
