import type { MonotonicMs } from '../../time/clock.ts';

/** How long a packet can be asked for again. */
export const HISTORY_MS_MAX = 1_000;

/** Packets kept: more than a second of them at one per 20 ms. A power of two, so that a number's place is a mask. */
const HISTORY_COUNT_MAX = 64;

/** Largest packet kept; one that is larger can't be asked for. Three Opus frames of 32 kbit/s need about 260. */
const HISTORY_PACKET_BYTES_MAX = 640;

/** Room for packets: a second of them with three frames each. Those before are gone when larger ones come. */
const HISTORY_BYTES = 16_384;

/** Times that one packet is sent again. */
const RESEND_COUNT_MAX = 3;

/** Shortest time between two answers for one packet, however short the round trip. */
const RESEND_INTERVAL_MS_MIN = 20;

/**
 * The packets of the last second, for a listener that misses some (RFC 4585, section 6.2.1).
 *
 * A packet is sent again as it was, since the stream has no second one for that (RFC 4588). Per packet at most three
 * times, and not more often than once per round trip: the first answer may still be on its way.
 */
export class SentHistory {
  /** Made with the first packet: a listener that is never spoken to costs nothing. */
  #bytes: Uint8Array | undefined;
  readonly #numbers = new Int32Array(HISTORY_COUNT_MAX).fill(-1);
  readonly #lengthsBytes = new Uint16Array(HISTORY_COUNT_MAX);
  /** Where each begins, counted in bytes since the first one: behind the newest by more than there is room, it is gone. */
  readonly #startsBytes = new Float64Array(HISTORY_COUNT_MAX);
  #endBytes = 0;
  readonly #sentAtMs = new Float64Array(HISTORY_COUNT_MAX);
  readonly #resentAtMs = new Float64Array(HISTORY_COUNT_MAX);
  readonly #resends = new Uint8Array(HISTORY_COUNT_MAX);

  /** Keeps a copy of a packet that is sent now. */
  keep(sequenceNumber: number, packet: Uint8Array, nowMs: MonotonicMs): void {
    const place = sequenceNumber & (HISTORY_COUNT_MAX - 1);
    this.#numbers[place] = -1;
    if (packet.length > HISTORY_PACKET_BYTES_MAX) return;
    this.#bytes ??= new Uint8Array(HISTORY_BYTES);
    const leftBytes = HISTORY_BYTES - (this.#endBytes % HISTORY_BYTES);
    // None is in two pieces.
    if (packet.length > leftBytes) this.#endBytes += leftBytes;
    this.#bytes.set(packet, this.#endBytes % HISTORY_BYTES);
    this.#startsBytes[place] = this.#endBytes;
    this.#endBytes += packet.length;
    this.#numbers[place] = sequenceNumber;
    this.#lengthsBytes[place] = packet.length;
    this.#sentAtMs[place] = nowMs;
    this.#resentAtMs[place] = Number.NEGATIVE_INFINITY;
    this.#resends[place] = 0;
  }

  /** The packet to send again, valid until the next `keep`; `undefined` if it is gone or was sent again just now. */
  takeAgain(
    sequenceNumber: number,
    rttMs: number | undefined,
    nowMs: MonotonicMs,
  ): Uint8Array | undefined {
    const place = sequenceNumber & (HISTORY_COUNT_MAX - 1);
    if (this.#bytes === undefined || this.#numbers[place] !== sequenceNumber) return undefined;
    if (nowMs - (this.#sentAtMs[place] ?? 0) > HISTORY_MS_MAX) return undefined;
    const startBytes = this.#startsBytes[place] ?? 0;
    if (this.#endBytes - startBytes > HISTORY_BYTES) return undefined;
    const resends = this.#resends[place] ?? 0;
    const intervalMs = Math.max(RESEND_INTERVAL_MS_MIN, rttMs ?? 0);
    if (resends >= RESEND_COUNT_MAX || nowMs - (this.#resentAtMs[place] ?? 0) < intervalMs)
      return undefined;
    this.#resends[place] = resends + 1;
    this.#resentAtMs[place] = nowMs;
    const atBytes = startBytes % HISTORY_BYTES;
    return this.#bytes.subarray(atBytes, atBytes + (this.#lengthsBytes[place] ?? 0));
  }
}
