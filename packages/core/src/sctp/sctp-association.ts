import {
  hasValidChecksum,
  readSctpCauses,
  readSctpChunkAt,
  readSctpHeader,
  SCTP_CAUSE,
  SCTP_CHUNK,
  SCTP_HEADER_BYTES,
  type SctpChunk,
  sctpChunkBytes,
  uint32At,
  writeSctpCause,
  writeUnrecognizedChunk,
} from '@prism/protocol';
import { earliest, isDue, type MonotonicMs } from '../time/clock.ts';
import { type ChunkOutcome, DataExchange } from './data-exchange.ts';
import { Handshake } from './handshake.ts';
import { PacketOutbox } from './packet-outbox.ts';
import { RetransmissionTimeout } from './retransmission-timeout.ts';
import {
  SCTP_DEFAULTS,
  type SctpAssociationEffect,
  type SctpAssociationInput,
  type SctpCloseReason,
  type SctpCounters,
  type SctpMessage,
  type SctpOptions,
  type SctpRefusal,
  TIMEOUT_COUNT_MAX,
} from './sctp-contract.ts';
import { SendQueue } from './send-queue.ts';
import { Shutdown } from './shutdown.ts';
import { fitsTag } from './verification-tag.ts';

/**
 * One SCTP association over DTLS (RFC 9260, RFC 8261) with partial reliability (RFC 3758) and stream reset (RFC 6525).
 * Packets go in and out as bytes; nothing that comes in makes it throw.
 */
export class SctpAssociation {
  readonly #options: typeof SCTP_DEFAULTS;
  readonly #timeout: RetransmissionTimeout;
  readonly #outbox: PacketOutbox;
  readonly #queue: SendQueue;
  readonly #handshake: Handshake;
  readonly #shutdown: Shutdown;
  /** Once the peer's part of the handshake is known. */
  #exchange: DataExchange | undefined;
  #effects: SctpAssociationEffect[] = [];
  #isClosed = false;
  /** Timeouts since the last word of the peer. */
  #timeoutCount = 0;
  /** A packet makes for one report of unknown chunks at most. */
  #hasReported = false;
  readonly #counters = { brokenPacketCount: 0, strangePacketCount: 0, brokenChunkCount: 0 };

  constructor({ random32, ...options }: SctpOptions) {
    this.#options = { ...SCTP_DEFAULTS, ...options };
    const { localPort, remotePort, packetBytesMax, sendQueueBytesMax } = this.#options;
    this.#timeout = new RetransmissionTimeout(this.#options);
    this.#outbox = new PacketOutbox(
      packetBytesMax,
      { sourcePort: localPort, destinationPort: remotePort },
      (bytes) => this.#effects.push({ type: 'packet', bytes }),
    );
    this.#queue = new SendQueue(sendQueueBytesMax);
    this.#shutdown = new Shutdown(this.#outbox, this.#timeout);
    this.#handshake = new Handshake({
      outbox: this.#outbox,
      timeout: this.#timeout,
      random32,
      windowBytes: this.#options.receiveBufferBytesMax,
    });
  }

  get isEstablished(): boolean {
    return this.#handshake.phase === 'done' && !this.#isClosed;
  }

  /** Whether the peer understands that a stream begins anew; false before it is known. */
  get canResetStreams(): boolean {
    return this.#handshake.facts?.hasStreamReset === true;
  }

  /** Whether the peer has yet to confirm that a stream of this side begins anew. */
  isResetting(streamId: number): boolean {
    return this.#exchange?.isResetting(streamId) === true;
  }

  /** Smoothed round trip; undefined before the first measurement. */
  get rttMs(): number | undefined {
    return this.#timeout.rttMs;
  }

  /** Bytes of messages that wait to be sent for the first time. */
  get bufferedBytes(): number {
    return this.#queue.waitingBytes;
  }

  /** What is held of the peer's messages, with its overheads. */
  get heldBytes(): number {
    return this.#exchange?.heldBytes ?? 0;
  }

  get counters(): SctpCounters {
    return { ...this.#counters, droppedDataCount: this.#exchange?.droppedDataCount ?? 0 };
  }

  /** When the `deadline` input is due at the latest. */
  get deadlineMs(): MonotonicMs | undefined {
    if (this.#isClosed) return undefined;
    if (this.#handshake.phase !== 'done') return this.#handshake.deadlineMs;
    return earliest(this.#shutdown.deadlineMs, this.#exchange?.deadlineMs);
  }

  /** Takes one input; the effects are to be performed in order. A packet's bytes must not change until that is done. */
  handle(input: SctpAssociationInput, nowMs: MonotonicMs): readonly SctpAssociationEffect[] {
    if (!this.#isClosed) this.#take(input, nowMs);
    else if (input.type === 'send') this.#refuse(input.message, 'not_open');
    if (!this.#isClosed) this.#proceed(nowMs);
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  #take(input: SctpAssociationInput, nowMs: MonotonicMs): void {
    switch (input.type) {
      case 'start':
        if (input.roundTripMs !== undefined) this.#timeout.assume(input.roundTripMs);
        this.#handshake.start(nowMs);
        break;
      case 'packet':
        this.#takePacket(input.bytes, nowMs);
        break;
      case 'deadline':
        this.#takeDeadline(nowMs);
        break;
      case 'send':
        this.#send(input.message, nowMs);
        break;
      case 'reset_stream':
        this.#resetStream(input.streamId);
        break;
      case 'close':
        if (this.#handshake.phase === 'done') this.#shutdown.begin();
        else this.#abort('closed', SCTP_CAUSE.userInitiated);
        break;
      case 'abort':
        this.#abort('closed', SCTP_CAUSE.userInitiated);
        break;
    }
  }

  /** Sends what can be sent by now, in as few packets as it fits into. */
  #proceed(nowMs: MonotonicMs): void {
    const exchange = this.#exchange;
    if (exchange !== undefined && this.#handshake.phase === 'done') {
      exchange.proceed(nowMs);
      this.#shutdown.proceed(exchange.isIdle, exchange.cumulativeTsn, nowMs);
    }
    this.#outbox.flush();
  }

  #send(message: SctpMessage, nowMs: MonotonicMs): void {
    const { remoteMessageBytesMax } = this.#options;
    const { streamId, bytes } = message;
    if (this.#shutdown.hasBegun || this.isResetting(streamId)) {
      this.#refuse(message, 'not_open');
    } else if (streamId >= (this.#handshake.facts?.outboundStreamCount ?? 65_535)) {
      this.#refuse(message, 'no_such_stream');
    } else if (remoteMessageBytesMax > 0 && bytes.length > remoteMessageBytesMax) {
      this.#refuse(message, 'message_too_large');
    } else {
      const refusal = this.#queue.push(message, nowMs);
      if (refusal !== undefined) this.#refuse(message, refusal);
    }
  }

  #refuse({ streamId }: SctpMessage, reason: SctpRefusal): void {
    this.#effects.push({ type: 'refused', streamId, reason });
  }

  #resetStream(streamId: number): void {
    if (this.canResetStreams) this.#exchange?.resetStream(streamId);
    // A peer that can't reset streams never hears of it.
    else this.#effects.push({ type: 'outgoing_reset', streamId });
  }

  #takeDeadline(nowMs: MonotonicMs): void {
    const exchange = this.#exchange;
    if (this.#handshake.phase !== 'done' || exchange === undefined) {
      if (isDue(this.#handshake.deadlineMs, nowMs)) this.#repeatHandshake(nowMs);
      return;
    }
    exchange.takeDeadline(nowMs, () => this.#countTimeout());
    if (this.#isClosed || !isDue(this.#shutdown.deadlineMs, nowMs)) return;
    if (!this.#shutdown.timedOut(exchange.cumulativeTsn, nowMs)) {
      this.#abort(this.#shutdown.closeReason, SCTP_CAUSE.userInitiated);
    }
  }

  #repeatHandshake(nowMs: MonotonicMs): void {
    if (!this.#countTimeout()) return;
    this.#handshake.timedOut(nowMs);
    if (this.#handshake.phase === 'cookie_echoed') this.#echoCookie(nowMs);
  }

  /** COOKIE ECHO with as much data as goes into its packet: no other may be sent yet (RFC 9260, section 5.1). */
  #echoCookie(nowMs: MonotonicMs): void {
    this.#handshake.writeCookie();
    this.#exchange?.accompanyCookie(nowMs);
  }

  /** Counts a timeout; false, and the end, if it is one too many. */
  #countTimeout(): boolean {
    if (this.#isClosed) return false;
    this.#timeoutCount += 1;
    if (this.#timeoutCount <= TIMEOUT_COUNT_MAX) return true;
    const isUp = this.#handshake.phase === 'done';
    this.#abort(isUp ? 'peer_unreachable' : 'handshake_timeout', SCTP_CAUSE.userInitiated);
    return false;
  }

  #takePacket(packet: Uint8Array, nowMs: MonotonicMs): void {
    const header = readSctpHeader(packet);
    const { localPort, remotePort } = this.#options;
    const isOurs = header?.destinationPort === localPort && header.sourcePort === remotePort;
    if (!isOurs || !hasValidChecksum(packet)) {
      this.#counters.brokenPacketCount += 1;
      return;
    }
    this.#hasReported = false;
    for (let at = SCTP_HEADER_BYTES; at < packet.length && !this.#isClosed; ) {
      const chunk = readSctpChunkAt(packet, at);
      if (chunk === undefined) {
        this.#counters.brokenChunkCount += 1;
        break;
      }
      const endAt = at + sctpChunkBytes(chunk.body.length);
      const isAlone = at === SCTP_HEADER_BYTES && endAt >= packet.length;
      if (!fitsTag(chunk, { tag: header.verificationTag, isAlone }, this.#handshake)) {
        this.#counters.strangePacketCount += 1;
        break;
      }
      if (!this.#takeChunk(chunk, header.verificationTag, nowMs)) break;
      at = endAt;
    }
    this.#exchange?.packetEnded(nowMs);
  }

  /** Takes one chunk; false if the rest of the packet is not to be read. */
  #takeChunk(chunk: SctpChunk, tag: number, nowMs: MonotonicMs): boolean {
    this.#timeoutCount = 0;
    switch (chunk.type) {
      case SCTP_CHUNK.init:
        return this.#note(this.#takeInit(chunk.body));
      case SCTP_CHUNK.initAck:
        return this.#note(this.#takeInitAck(chunk.body, nowMs));
      case SCTP_CHUNK.cookieEcho:
        return this.#note(this.#takeCookie(chunk.body, tag));
      case SCTP_CHUNK.cookieAck:
        this.#confirm(nowMs);
        return true;
      case SCTP_CHUNK.heartbeat:
        this.#outbox.add({ type: SCTP_CHUNK.heartbeatAck, body: chunk.body });
        return true;
      case SCTP_CHUNK.heartbeatAck:
        this.#exchange?.takeHeartbeatAck(chunk.body, nowMs);
        return true;
      case SCTP_CHUNK.abort:
        this.#end('peer_aborted');
        return false;
      case SCTP_CHUNK.error:
        if (readSctpCauses(chunk.body).includes(SCTP_CAUSE.staleCookie)) {
          this.#handshake.cookieIsStale(nowMs);
        }
        return true;
      default:
        return this.#takeLaterChunk(chunk, nowMs);
    }
  }

  /** Chunks that a peer sends for which the association stands. */
  #takeLaterChunk(chunk: SctpChunk, nowMs: MonotonicMs): boolean {
    const isConfirming = chunk.type === SCTP_CHUNK.data || chunk.type === SCTP_CHUNK.sack;
    if (isConfirming) this.#confirm(nowMs);
    const exchange = this.#handshake.phase === 'done' ? this.#exchange : undefined;
    if (exchange === undefined) return this.#note('broken');
    switch (chunk.type) {
      case SCTP_CHUNK.data:
        if (this.#shutdown.hasPeerEnded) return this.#note('broken');
        this.#shutdown.dataCame();
        return this.#note(exchange.takeData(chunk));
      case SCTP_CHUNK.sack:
        return this.#note(exchange.takeSack(chunk.body, nowMs));
      case SCTP_CHUNK.forwardTsn:
        return this.#note(exchange.takeForwardTsn(chunk.body));
      case SCTP_CHUNK.reConfig:
        return this.#note(exchange.takeReConfig(chunk.body, nowMs));
      case SCTP_CHUNK.shutdown:
        if (chunk.body.length < 4) return this.#note('broken');
        exchange.takeCumulativeTsn(uint32At(chunk.body, 0), nowMs);
        this.#shutdown.peerBegan();
        return true;
      case SCTP_CHUNK.shutdownAck:
        if (this.#shutdown.peerAgreed()) this.#end(this.#shutdown.closeReason);
        return true;
      case SCTP_CHUNK.shutdownComplete:
        if (this.#shutdown.isAwaitingEnd) this.#end(this.#shutdown.closeReason);
        return true;
      default:
        return this.#takeUnknown(chunk);
    }
  }

  /** Counts what can't be understood and ends what can't go on; whether to read on. */
  #note(outcome: ChunkOutcome): boolean {
    if (outcome === 'broken') this.#counters.brokenChunkCount += 1;
    if (outcome === 'taken' || outcome === 'broken') return true;
    this.#abort(outcome, SCTP_CAUSE.protocolViolation);
    return false;
  }

  #takeInit(body: Uint8Array): ChunkOutcome {
    // While it ends there is no way back (RFC 9260, section 9.2).
    if (this.#shutdown.hasBegun) return 'broken';
    return this.#handshake.answerInit(body) ? 'taken' : 'broken';
  }

  #takeInitAck(body: Uint8Array, nowMs: MonotonicMs): ChunkOutcome {
    if (!this.#handshake.takeInitAck(body, nowMs)) return 'broken';
    this.#open();
    this.#echoCookie(nowMs);
    return 'taken';
  }

  #takeCookie(body: Uint8Array, tag: number): ChunkOutcome {
    const verdict = this.#handshake.takeCookie(body, tag);
    if (verdict === 'ignored') return 'broken';
    if (verdict === 'restarted') {
      this.#queue.clear();
      this.#exchange = undefined;
      this.#effects.push({ type: 'restarted' });
    }
    if (verdict !== 'repeated') {
      if (this.#exchange === undefined) this.#open();
      this.#effects.push({ type: 'established' });
    }
    this.#outbox.add({ type: SCTP_CHUNK.cookieAck });
    return 'taken';
  }

  #confirm(nowMs: MonotonicMs): void {
    if (this.#handshake.takeCookieAck(nowMs)) this.#effects.push({ type: 'established' });
  }

  /** Begins the exchange with the peer that the handshake has found. */
  #open(): void {
    const { facts } = this.#handshake;
    if (facts === undefined) return;
    this.#outbox.verificationTag = facts.peerTag;
    const { messageBytesMax, receiveBufferBytesMax } = this.#options;
    const parts = {
      outbox: this.#outbox,
      queue: this.#queue,
      timeout: this.#timeout,
      messageBytesMax,
      receiveBufferBytesMax,
      emit: (effect: SctpAssociationEffect) => this.#effects.push(effect),
    };
    this.#exchange = new DataExchange(parts, facts);
  }

  /** What to do with a chunk of an unknown type is in its two highest bits (RFC 9260, section 3.2). */
  #takeUnknown(chunk: SctpChunk): boolean {
    this.#counters.brokenChunkCount += 1;
    if ((chunk.type & 0x40) !== 0 && !this.#hasReported) {
      this.#hasReported = true;
      this.#outbox.add({ type: SCTP_CHUNK.error, body: writeUnrecognizedChunk(chunk) });
    }
    return (chunk.type & 0x80) !== 0;
  }

  /** Tells the peer, if it is known, that it is over at once. */
  #abort(reason: SctpCloseReason, causeType: number): void {
    if (this.#exchange !== undefined) {
      const body = writeSctpCause({ type: causeType, value: new Uint8Array(0) });
      this.#outbox.add({ type: SCTP_CHUNK.abort, body });
    }
    this.#end(reason);
  }

  #end(reason: SctpCloseReason): void {
    this.#outbox.flush();
    this.#isClosed = true;
    this.#queue.clear();
    this.#exchange = undefined;
    this.#effects.push({ type: 'closed', reason });
  }
}
