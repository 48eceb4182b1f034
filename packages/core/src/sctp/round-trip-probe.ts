import { putUint16, putUint32, SCTP_CHUNK, uint16At, uint32At } from '@prism/protocol';
import type { MonotonicMs } from '../time/clock.ts';
import type { PacketOutbox } from './packet-outbox.ts';

/** The one parameter of HEARTBEAT, which the peer gives back as it is (RFC 9260, section 3.3.5). */
const HEARTBEAT_INFO = 1;
const INFO_BYTES = 8;

/**
 * Measures the round trip by HEARTBEAT. It goes along with what is sent again: an acknowledgement of that may be for the
 * sending before and measures nothing (Karn's rule), so that without this a link that loses much would keep the timeout
 * that its losses have doubled.
 */
export class RoundTripProbe {
  #number = 0;
  #sentAtMs: MonotonicMs | undefined;

  write(outbox: PacketOutbox, nowMs: MonotonicMs): void {
    this.#number += 1;
    this.#sentAtMs = nowMs;
    const body = new Uint8Array(INFO_BYTES);
    putUint16(body, 0, HEARTBEAT_INFO);
    putUint16(body, 2, INFO_BYTES);
    putUint32(body, 4, this.#number);
    outbox.add({ type: SCTP_CHUNK.heartbeat, body });
  }

  /** The body of a HEARTBEAT ACK; the round trip, or undefined where it answers none or another one. */
  answered(body: Uint8Array, nowMs: MonotonicMs): number | undefined {
    const isAnswer =
      body.length === INFO_BYTES &&
      uint16At(body, 0) === HEARTBEAT_INFO &&
      uint32At(body, 4) === this.#number;
    if (!isAnswer || this.#sentAtMs === undefined) return undefined;
    const rttMs = nowMs - this.#sentAtMs;
    this.#sentAtMs = undefined;
    return rttMs;
  }
}
