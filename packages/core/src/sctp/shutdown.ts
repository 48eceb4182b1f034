import { putUint32, SCTP_CHUNK } from '@prism/protocol';
import { after, type MonotonicMs } from '../time/clock.ts';
import type { PacketOutbox } from './packet-outbox.ts';
import type { RetransmissionTimeout } from './retransmission-timeout.ts';
import { type SctpCloseReason, SHUTDOWN_REPEAT_COUNT_MAX } from './sctp-contract.ts';

/** How an association ends in order: everything that was sent arrives first (RFC 9260, section 9.2). */
export class Shutdown {
  readonly #outbox: PacketOutbox;
  readonly #timeout: RetransmissionTimeout;
  #phase: 'none' | 'pending' | 'sent' | 'received' | 'ack_sent' = 'none';
  #isPeers = false;
  #repeatCount = 0;
  #deadlineMs: MonotonicMs | undefined;

  constructor(outbox: PacketOutbox, timeout: RetransmissionTimeout) {
    this.#outbox = outbox;
    this.#timeout = timeout;
  }

  /** Whether nothing new is taken to be sent. */
  get hasBegun(): boolean {
    return this.#phase !== 'none';
  }

  /** What the end is called: by who began. */
  get closeReason(): SctpCloseReason {
    return this.#isPeers ? 'peer_closed' : 'closed';
  }

  /** Whether the peer has said that it sends no more data. */
  get hasPeerEnded(): boolean {
    return this.#phase === 'received' || this.#phase === 'ack_sent';
  }

  /** Whether SHUTDOWN COMPLETE of the peer is all that is missing. */
  get isAwaitingEnd(): boolean {
    return this.#phase === 'ack_sent';
  }

  /** When SHUTDOWN or SHUTDOWN ACK goes again (T2-shutdown). */
  get deadlineMs(): MonotonicMs | undefined {
    return this.#deadlineMs;
  }

  begin(): void {
    if (this.#phase === 'none') this.#phase = 'pending';
  }

  /** SHUTDOWN of the peer. */
  peerBegan(): void {
    if (this.#phase === 'ack_sent') return;
    if (this.#phase === 'none') this.#isPeers = true;
    this.#phase = 'received';
  }

  /** Data of a peer that hasn't had SHUTDOWN yet: says it again (RFC 9260, section 9.2). */
  dataCame(): void {
    if (this.#phase === 'sent') this.#phase = 'pending';
  }

  /** Writes what is to be said when everything that was sent has arrived. */
  proceed(isIdle: boolean, cumulativeTsn: number, nowMs: MonotonicMs): void {
    if (!isIdle) return;
    if (this.#phase === 'pending') {
      this.#phase = 'sent';
      this.#write(cumulativeTsn, nowMs);
    } else if (this.#phase === 'received') {
      this.#phase = 'ack_sent';
      this.#write(cumulativeTsn, nowMs);
    }
  }

  /** SHUTDOWN ACK; true if the association is over by it. */
  peerAgreed(): boolean {
    if (this.#phase !== 'sent' && this.#phase !== 'ack_sent') return false;
    this.#outbox.add({ type: SCTP_CHUNK.shutdownComplete });
    return true;
  }

  /** Says it again; false if it has been said often enough. */
  timedOut(cumulativeTsn: number, nowMs: MonotonicMs): boolean {
    if (this.#repeatCount >= SHUTDOWN_REPEAT_COUNT_MAX) return false;
    this.#repeatCount += 1;
    this.#timeout.backOff();
    this.#write(cumulativeTsn, nowMs);
    return true;
  }

  #write(cumulativeTsn: number, nowMs: MonotonicMs): void {
    if (this.#phase === 'ack_sent') this.#outbox.add({ type: SCTP_CHUNK.shutdownAck });
    else {
      const body = new Uint8Array(4);
      putUint32(body, 0, cumulativeTsn);
      this.#outbox.add({ type: SCTP_CHUNK.shutdown, body });
    }
    this.#deadlineMs = after(nowMs, this.#timeout.timeoutMs);
  }
}
