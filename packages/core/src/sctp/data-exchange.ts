import {
  readSctpData,
  readSctpForwardTsn,
  readSctpReConfig,
  readSctpSack,
  SCTP_CAUSE,
  SCTP_CHUNK,
  type SctpChunk,
  type SctpReConfig,
  writeSctpCause,
} from '@prism/protocol';
import { earliest, isDue, type MonotonicMs } from '../time/clock.ts';
import { DataReceiver } from './data-receiver.ts';
import { DataSender } from './data-sender.ts';
import { IncomingResets } from './incoming-resets.ts';
import { OutgoingResets } from './outgoing-resets.ts';
import type { PacketOutbox } from './packet-outbox.ts';
import type { RetransmissionTimeout } from './retransmission-timeout.ts';
import type { SctpAssociationEffect } from './sctp-contract.ts';
import type { SendQueue } from './send-queue.ts';
import type { AssociationFacts } from './state-cookie.ts';

/** What an exchange works with. */
export interface DataExchangeParts {
  readonly outbox: PacketOutbox;
  readonly queue: SendQueue;
  readonly timeout: RetransmissionTimeout;
  readonly messageBytesMax: number;
  readonly receiveBufferBytesMax: number;
  readonly emit: (effect: SctpAssociationEffect) => void;
}

/** What becomes of a chunk: taken, not to be understood, or the end of the association. */
export type ChunkOutcome = 'taken' | 'broken' | 'message_too_large' | 'protocol_violation';

/** Messages and resets of streams, both ways, between two sides that know each other's tags and first TSNs. */
export class DataExchange {
  readonly #parts: DataExchangeParts;
  readonly #sender: DataSender;
  readonly #receiver: DataReceiver;
  readonly #incoming: IncomingResets;
  readonly #outgoing: OutgoingResets;

  constructor(parts: DataExchangeParts, facts: AssociationFacts) {
    const { outbox, messageBytesMax, receiveBufferBytesMax, emit } = parts;
    this.#parts = parts;
    this.#sender = new DataSender(parts, {
      firstTsn: facts.localFirstTsn,
      peerWindowBytes: facts.peerWindowBytes,
      hasPartialReliability: facts.hasPartialReliability,
    });
    this.#receiver = new DataReceiver(
      outbox,
      { firstTsn: facts.peerFirstTsn, bufferBytesMax: receiveBufferBytesMax, messageBytesMax },
      ({ streamId, payloadProtocol, bytes }) =>
        emit({ type: 'stream_message', streamId, payloadProtocol, bytes }),
    );
    this.#incoming = new IncomingResets(outbox, facts.peerFirstTsn);
    this.#outgoing = new OutgoingResets(parts, facts.localFirstTsn);
  }

  get deadlineMs(): MonotonicMs | undefined {
    const receiptMs = earliest(this.#sender.deadlineMs, this.#receiver.deadlineMs);
    return earliest(receiptMs, this.#outgoing.deadlineMs);
  }

  /** Whether the peer has everything that was to be sent. */
  get isIdle(): boolean {
    return this.#sender.isIdle;
  }

  /** The peer's last TSN before which nothing is missing. */
  get cumulativeTsn(): number {
    return this.#receiver.cumulativeTsn;
  }

  /** DATA chunks that there was no room for. */
  get droppedDataCount(): number {
    return this.#receiver.droppedCount;
  }

  /** What is held of messages that aren't whole or wait for their turn, with its overheads. */
  get heldBytes(): number {
    return this.#receiver.heldBytes;
  }

  isResetting(streamId: number): boolean {
    return this.#outgoing.isResetting(streamId);
  }

  resetStream(streamId: number): void {
    this.#outgoing.want(streamId);
  }

  /** Sends what can be sent by now. */
  proceed(nowMs: MonotonicMs): void {
    const numbers = { lastTsn: this.#sender.lastTsn, responseNumber: this.#incoming.lastNumber };
    this.#outgoing.write(numbers, nowMs);
    const receiver = this.#receiver;
    const hasCompany = !this.#parts.outbox.isEmpty || this.#sender.hasWork(nowMs);
    if (receiver.isAckDue || (receiver.isAckPending && hasCompany)) receiver.acknowledge();
    this.#sender.fill(nowMs);
  }

  /** Puts data behind the COOKIE ECHO that is begun, as much as goes into its packet. */
  accompanyCookie(nowMs: MonotonicMs): void {
    this.#sender.repeatAll(nowMs);
    this.#sender.fill(nowMs, true);
  }

  /** Does what is due. `mayRepeat` is asked before something is sent again for want of an answer. */
  takeDeadline(nowMs: MonotonicMs, mayRepeat: () => boolean): void {
    if (isDue(this.#receiver.deadlineMs, nowMs)) this.#receiver.timedOut();
    if (isDue(this.#sender.deadlineMs, nowMs) && mayRepeat()) this.#sender.timedOut(nowMs);
    if (isDue(this.#outgoing.deadlineMs, nowMs) && mayRepeat()) this.#outgoing.timedOut(nowMs);
  }

  takeData(chunk: SctpChunk): ChunkOutcome {
    const data = readSctpData(chunk);
    if (data === undefined) return this.#takeEmptyData(chunk.body);
    const problem = this.#receiver.receive(data);
    if (problem !== undefined) return problem;
    this.#resetArrived();
    return 'taken';
  }

  takeSack(body: Uint8Array, nowMs: MonotonicMs): ChunkOutcome {
    const sack = readSctpSack(body);
    if (sack === undefined) return 'broken';
    return this.#sender.sacked(sack, nowMs) ? 'taken' : 'broken';
  }

  /** SHUTDOWN acknowledges like a SACK without gaps. */
  takeCumulativeTsn(cumulativeTsn: number, nowMs: MonotonicMs): void {
    const { peerWindowBytes: windowBytes } = this.#sender;
    this.#sender.sacked({ cumulativeTsn, windowBytes, gapBlocks: [], duplicateTsns: [] }, nowMs);
  }

  takeHeartbeatAck(body: Uint8Array, nowMs: MonotonicMs): void {
    this.#sender.heartbeatAnswered(body, nowMs);
  }

  takeForwardTsn(body: Uint8Array): ChunkOutcome {
    const forward = readSctpForwardTsn(body);
    if (forward === undefined) return 'broken';
    this.#receiver.skip(forward);
    this.#resetArrived();
    return 'taken';
  }

  takeReConfig(body: Uint8Array, nowMs: MonotonicMs): ChunkOutcome {
    for (const entry of readSctpReConfig(body)) this.#takeReConfig(entry, nowMs);
    return 'taken';
  }

  /** All chunks of a packet are taken. */
  packetEnded(nowMs: MonotonicMs): void {
    this.#receiver.packetEnded(nowMs);
  }

  #takeReConfig(entry: SctpReConfig, nowMs: MonotonicMs): void {
    if (entry.type === 'response') {
      for (const streamId of this.#outgoing.answered(entry, nowMs)) {
        this.#parts.emit({ type: 'outgoing_reset', streamId });
      }
      return;
    }
    this.#resetIncoming(this.#incoming.take(entry, this.#receiver.cumulativeTsn));
  }

  #resetArrived(): void {
    this.#resetIncoming(this.#incoming.arrived(this.#receiver.cumulativeTsn));
  }

  #resetIncoming(streamIds: readonly number[] | undefined): void {
    if (streamIds === undefined) return;
    for (const streamId of this.#receiver.resetStreams(streamIds)) {
      this.#parts.emit({ type: 'incoming_reset', streamId });
    }
  }

  /** DATA without payload breaks the rules, and is said to (RFC 9260, section 6.2). */
  #takeEmptyData(body: Uint8Array): ChunkOutcome {
    if (body.length < 4) return 'broken';
    const value = body.slice(0, 4);
    const cause = writeSctpCause({ type: SCTP_CAUSE.noUserData, value });
    this.#parts.outbox.add({ type: SCTP_CHUNK.error, body: cause });
    return 'broken';
  }
}
