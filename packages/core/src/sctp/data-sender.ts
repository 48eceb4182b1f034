import { SCTP_CHUNK, type SctpSack, writeSctpForwardTsn } from '@prism/protocol';
import { after, type MonotonicMs } from '../time/clock.ts';
import { CongestionWindow } from './congestion-window.ts';
import { type OutstandingChunk, OutstandingChunks } from './outstanding-chunks.ts';
import type { PacketOutbox } from './packet-outbox.ts';
import type { RetransmissionTimeout } from './retransmission-timeout.ts';
import { RoundTripProbe } from './round-trip-probe.ts';
import { OUTSTANDING_CHUNK_COUNT_MAX } from './sctp-contract.ts';
import type { QueuedMessage, SendQueue } from './send-queue.ts';

/** Streams that one FORWARD TSN names: as many as surely fit a packet. */
const SKIPPED_STREAM_COUNT_MAX = 200;

/** What an association's sender works with. */
export interface DataSenderParts {
  readonly queue: SendQueue;
  readonly outbox: PacketOutbox;
  readonly timeout: RetransmissionTimeout;
}

/** Sends what is queued, as fast as network and peer allow, until the peer has it (RFC 9260, section 6). */
export class DataSender {
  readonly #parts: DataSenderParts;
  readonly #window: CongestionWindow;
  readonly #outstanding: OutstandingChunks;
  readonly #hasPartialReliability: boolean;
  #peerWindowBytes: number;
  #isForwardDue = false;
  readonly #probe = new RoundTripProbe();
  #isProbeDue: boolean;
  #lastSentAtMs: MonotonicMs | undefined;
  /** Since when the first of what is under way is waited for; undefined when nothing is. */
  #waitsFromMs: MonotonicMs | undefined;

  constructor(
    parts: DataSenderParts,
    start: {
      readonly firstTsn: number;
      readonly peerWindowBytes: number;
      readonly hasPartialReliability: boolean;
    },
  ) {
    this.#parts = parts;
    this.#window = new CongestionWindow(parts.outbox.payloadBytesMax);
    this.#outstanding = new OutstandingChunks(start.firstTsn, (fragment) =>
      parts.queue.release(fragment),
    );
    this.#peerWindowBytes = start.peerWindowBytes;
    this.#hasPartialReliability = start.hasPartialReliability;
    // A handshake that had to be repeated has measured nothing.
    this.#isProbeDue = parts.timeout.rttMs === undefined;
  }

  /** When something counts as lost unless it is acknowledged (T3-rtx); moves as the round trip is measured. */
  get deadlineMs(): MonotonicMs | undefined {
    return this.#waitsFromMs === undefined
      ? undefined
      : after(this.#waitsFromMs, this.#parts.timeout.timeoutMs);
  }

  /** Whether the peer has everything. */
  get isIdle(): boolean {
    return this.#outstanding.length === 0 && this.#parts.queue.isEmpty;
  }

  /** Room that the peer has told of. */
  get peerWindowBytes(): number {
    return this.#peerWindowBytes;
  }

  /** The last TSN that was given out. */
  get lastTsn(): number {
    return this.#outstanding.nextTsn - 1;
  }

  /** Whether `fill` would write something. */
  hasWork(nowMs: MonotonicMs): boolean {
    if (this.#isForwardDue) return true;
    const lost = this.#outstanding.firstLost();
    if (lost !== undefined) return this.#mayFly(lost.fragment.payload.length);
    const { queue, outbox } = this.#parts;
    const sizeBytes = queue.nextFragmentBytes(outbox.payloadBytesMax, nowMs);
    return sizeBytes > 0 && this.#hasPlace(sizeBytes);
  }

  /** Writes what may be sent now. `isOnePacket`: no more than the packet that is begun takes. */
  fill(nowMs: MonotonicMs, isOnePacket = false): void {
    this.#noteIdleness(nowMs);
    if (this.#isProbeDue && !isOnePacket) {
      this.#isProbeDue = false;
      this.#probe.write(this.#parts.outbox, nowMs);
    }
    this.#sendLost(nowMs, isOnePacket);
    this.#sendNew(nowMs, isOnePacket);
    this.#sendForward(nowMs);
    this.#parts.outbox.wantAcknowledgement();
  }

  /** Takes the peer's SACK; answers whether it is one for what was sent. */
  sacked(sack: SctpSack, nowMs: MonotonicMs): boolean {
    const { timeout, queue } = this.#parts;
    const flightBytes = this.#outstanding.flightBytes;
    const outcome = this.#outstanding.acknowledge(sack, nowMs, {
      leastRttMs: timeout.leastRttMs,
      isQueueEmpty: queue.isEmpty,
    });
    if (outcome === undefined) return false;
    this.#peerWindowBytes = sack.windowBytes;
    if (outcome.rttMs !== undefined) timeout.measured(outcome.rttMs);
    if (outcome.ackedBytes > 0) {
      this.#window.acknowledged({
        bytes: outcome.ackedBytes,
        wasUsed: flightBytes + this.#parts.outbox.payloadBytesMax > this.#window.windowBytes,
        cumulativeTsn: this.#outstanding.cumulativeTsn,
      });
    }
    if (outcome.hasLoss) this.#window.lost(this.lastTsn, timeout.isLate);
    this.#isForwardDue = this.#outstanding.isSkippable;
    if (this.#outstanding.length === 0) this.#waitsFromMs = undefined;
    else if (outcome.hasAdvanced) this.#waitsFromMs = nowMs;
    return true;
  }

  /** HEARTBEAT ACK of the peer. */
  heartbeatAnswered(body: Uint8Array, nowMs: MonotonicMs): void {
    const rttMs = this.#probe.answered(body, nowMs);
    if (rttMs !== undefined) this.#parts.timeout.measured(rttMs);
  }

  /** `deadlineMs` is there: what is under way is lost. */
  timedOut(nowMs: MonotonicMs): void {
    const { timeout } = this.#parts;
    // At a closed window one chunk goes out to ask for it to open; that says nothing about the network. Nor does a
    // timeout that was no more than a guess.
    if (this.#peerWindowBytes > 0 && timeout.rttMs !== undefined)
      this.#window.timedOut(timeout.isLate);
    this.#outstanding.timedOut(nowMs, timeout.rttMs ?? 0);
    timeout.backOff();
    this.#isProbeDue = true;
    this.#isForwardDue = this.#outstanding.isSkippable;
    this.#waitsFromMs = nowMs;
  }

  /** The packet with everything that is under way has to go again, as COOKIE ECHO does. */
  repeatAll(nowMs: MonotonicMs): void {
    this.#outstanding.timedOut(nowMs, 0);
  }

  #noteIdleness(nowMs: MonotonicMs): void {
    const { rttMs, timeoutMs } = this.#parts.timeout;
    if (this.#lastSentAtMs === undefined || rttMs === undefined) return;
    const hasIdled = this.#outstanding.length === 0 && nowMs - this.#lastSentAtMs > timeoutMs;
    if (hasIdled) this.#window.idled();
    if (hasIdled) this.#lastSentAtMs = nowMs;
  }

  #sendLost(nowMs: MonotonicMs, isOnePacket: boolean): void {
    for (let chunk = this.#outstanding.firstLost(); chunk !== undefined; ) {
      if (this.#isWornOut(chunk, nowMs)) {
        this.#abandon(chunk.fragment.queued, nowMs);
      } else {
        const sizeBytes = chunk.fragment.payload.length;
        if (!this.#mayFly(sizeBytes)) return;
        if (isOnePacket && !this.#parts.outbox.fitsData(sizeBytes)) return;
        this.#outstanding.sentAgain(chunk, nowMs);
        this.#write(chunk, nowMs);
      }
      chunk = this.#outstanding.firstLost();
    }
  }

  #sendNew(nowMs: MonotonicMs, isOnePacket: boolean): void {
    const { queue, outbox } = this.#parts;
    if (this.#outstanding.firstLost() !== undefined) return;
    for (;;) {
      const sizeBytes = queue.nextFragmentBytes(outbox.payloadBytesMax, nowMs);
      if (sizeBytes === 0 || !this.#hasPlace(sizeBytes)) return;
      if (isOnePacket && !outbox.fitsData(sizeBytes)) return;
      const fragment = queue.take(sizeBytes);
      if (fragment === undefined) return;
      this.#write(this.#outstanding.add(fragment, nowMs), nowMs);
    }
  }

  #sendForward(nowMs: MonotonicMs): void {
    if (!this.#isForwardDue) return;
    this.#isForwardDue = false;
    const forward = this.#outstanding.skippable(SKIPPED_STREAM_COUNT_MAX);
    if (forward === undefined) return;
    this.#parts.outbox.add({ type: SCTP_CHUNK.forwardTsn, body: writeSctpForwardTsn(forward) });
    this.#waitsFromMs ??= nowMs;
  }

  #write(chunk: OutstandingChunk, nowMs: MonotonicMs): void {
    const { queued, flags, payload } = chunk.fragment;
    this.#parts.outbox.addData({
      flags,
      tsn: chunk.tsn,
      streamId: queued.stream.streamId,
      ssn: queued.ssn ?? 0,
      payloadProtocol: queued.message.payloadProtocol,
      payload,
    });
    this.#lastSentAtMs = nowMs;
    if (this.#outstanding.isFirst(chunk)) this.#waitsFromMs = nowMs;
    else this.#waitsFromMs ??= nowMs;
  }

  /** Whether network and peer take so much more; one chunk they always do. */
  #mayFly(sizeBytes: number): boolean {
    const { flightBytes } = this.#outstanding;
    if (flightBytes === 0) return true;
    return (
      flightBytes < this.#window.windowBytes && flightBytes + sizeBytes <= this.#peerWindowBytes
    );
  }

  #hasPlace(sizeBytes: number): boolean {
    return this.#outstanding.length < OUTSTANDING_CHUNK_COUNT_MAX && this.#mayFly(sizeBytes);
  }

  /** Whether a message has been tried as often, or as long, as its channel wants (RFC 3758, section 4). */
  #isWornOut(chunk: OutstandingChunk, nowMs: MonotonicMs): boolean {
    if (!this.#hasPartialReliability) return false;
    const { message, expiresAtMs } = chunk.fragment.queued;
    if (message.reliability.type === 'retransmits') {
      return chunk.sendCount > message.reliability.retransmitCountMax;
    }
    return expiresAtMs !== undefined && nowMs > expiresAtMs;
  }

  #abandon(queued: QueuedMessage, nowMs: MonotonicMs): void {
    const end = this.#parts.queue.abandonRest(queued);
    if (end !== undefined) this.#outstanding.add(end, nowMs);
    this.#outstanding.abandon(queued);
    this.#isForwardDue = true;
  }
}
