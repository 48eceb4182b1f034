import {
  ALERT,
  ALERT_LEVEL,
  alertBytes,
  DTLS_CONTENT,
  type DtlsRecordView,
  HANDSHAKE,
  type HandshakeFragment,
  parseAlert,
  readHandshakeFragments,
  readRecords,
} from '@prism/protocol';
import { assertNever } from '../errors/invariant.ts';
import { after, earliest, type MonotonicMs } from '../time/clock.ts';
import { ClientHandshake } from './client-handshake.ts';
import {
  DTLS_DATA_BYTES_MAX,
  DTLS_HANDSHAKE_MS_MAX,
  type DtlsCloseReason,
  type DtlsCounters,
  type DtlsEffect,
  type DtlsInput,
  type DtlsOptions,
  type DtlsState,
} from './dtls-contract.ts';
import { EarlyArrivals } from './early-arrivals.ts';
import { type FlightPart, packFlight } from './flight.ts';
import { FIRST_TIMEOUT_MS, FlightTimer, RELIABLE_TIMEOUT_MS } from './flight-timer.ts';
import type { Handshake, HandshakeOutcome } from './handshake-outcome.ts';
import { MessageReassembly } from './message-reassembly.ts';
import { type Epoch, RecordLayer } from './record-layer.ts';
import { ServerHandshake } from './server-handshake.ts';

/** Least time between two sendings of a flight because the peer is ahead of what is known of it. */
const AHEAD_MS_MIN = 100;

/** A flight of ours that may have to go again. */
interface SentFlight {
  readonly parts: readonly FlightPart[];
  /** Messages of the peer before this number are what it answers: if they come again, it got lost. */
  readonly answersBefore: number;
  readonly firstSentAtMs: MonotonicMs;
  sentAtMs: MonotonicMs;
  isRepeated: boolean;
  /** It left over the path that is used now, and that loses nothing. */
  isSafe: boolean;
}

/**
 * One DTLS 1.2 connection of WebRTC (RFC 6347, RFC 5764, RFC 8827), in either role: handshake with certificates of
 * both ends, keys for SRTP, and application data.
 *
 * The path is expected to be verified already (ICE), so that a server asks for no cookie. Whatever a peer sends is
 * ignored and counted, or ends the connection with a {@link DtlsCloseReason}; nothing of it throws.
 */
export class DtlsConnection {
  readonly #role: 'client' | 'server';
  readonly #handshake: Handshake;
  readonly #records: RecordLayer;
  readonly #reassembly = new MessageReassembly();
  readonly #early = new EarlyArrivals();
  readonly #timer: FlightTimer;
  #effects: DtlsEffect[] = [];
  #state: DtlsState = 'new';
  #giveUpMs: MonotonicMs | undefined;
  #flight: SentFlight | undefined;
  /** The epoch that our alerts belong to: 1 once our ChangeCipherSpec has left. */
  #writeEpoch: Epoch = 0;
  #hasRefusedRenegotiation = false;
  #ignoredCount = 0;
  #droppedDataCount = 0;
  #repeatedFlightCount = 0;

  constructor(options: DtlsOptions) {
    this.#role = options.role;
    this.#records = new RecordLayer(options.crypto);
    this.#timer = new FlightTimer(options.firstTimeoutMs ?? FIRST_TIMEOUT_MS);
    this.#handshake =
      options.role === 'client' ? new ClientHandshake(options) : new ServerHandshake(options);
  }

  get state(): DtlsState {
    return this.#state;
  }

  /** When the input `deadline` is due; undefined if nothing is awaited. */
  get deadlineMs(): MonotonicMs | undefined {
    if (this.#giveUpMs === undefined) return undefined;
    return earliest(this.#giveUpMs, this.#timer.dueMs);
  }

  /** A round trip as its flights have shown it, with the peer's work in it; undefined before one was answered. */
  get roundTripMs(): number | undefined {
    return this.#timer.roundTripMs;
  }

  get counters(): DtlsCounters {
    return {
      forgedRecordCount: this.#records.forgedRecordCount,
      replayedRecordCount: this.#records.replayedRecordCount,
      ignoredCount: this.#ignoredCount + this.#early.droppedRecordCount,
      droppedDataCount: this.#droppedDataCount + this.#early.droppedDataCount,
      repeatedFlightCount: this.#repeatedFlightCount,
    };
  }

  handle(input: DtlsInput, nowMs: MonotonicMs): readonly DtlsEffect[] {
    this.#effects = [];
    if (this.#state !== 'closed') this.#handle(input, nowMs);
    return this.#effects;
  }

  #handle(input: DtlsInput, nowMs: MonotonicMs): void {
    switch (input.type) {
      case 'start':
        return this.#start(nowMs);
      case 'datagram':
        return this.#receive(input.bytes, nowMs);
      case 'deadline':
        return this.#onDeadline(nowMs);
      case 'path':
        return this.#changePath(input.isReliable, nowMs);
      case 'send':
        return this.#sendData(input.bytes);
      case 'peer_is_ahead':
        return this.#repeatForPeerAhead(nowMs);
      case 'close':
        return this.#close('closed', {
          level: ALERT_LEVEL.warning,
          description: ALERT.closeNotify,
        });
      default:
        return assertNever(input, 'input');
    }
  }

  #start(nowMs: MonotonicMs): void {
    if (this.#state !== 'new') return;
    this.#state = 'handshaking';
    this.#giveUpMs = after(nowMs, DTLS_HANDSHAKE_MS_MAX);
    this.#apply(this.#handshake.start(), nowMs);
  }

  #changePath(isReliable: boolean, nowMs: MonotonicMs): void {
    if (this.#flight !== undefined) this.#flight.isSafe = false;
    this.#timer.pathChanged(isReliable, nowMs);
  }

  #onDeadline(nowMs: MonotonicMs): void {
    if (this.#giveUpMs !== undefined && nowMs >= this.#giveUpMs)
      return this.#close('timed_out', undefined);
    const { dueMs } = this.#timer;
    if (dueMs === undefined || nowMs < dueMs || this.#flight === undefined) return;
    this.#sendAgain(this.#flight, nowMs);
    this.#timer.backOff(nowMs);
  }

  #sendData(bytes: Uint8Array): void {
    if (this.#writeEpoch === 0 || bytes.length > DTLS_DATA_BYTES_MAX) {
      this.#droppedDataCount += 1;
      return;
    }
    this.#emit(this.#records.seal(DTLS_CONTENT.applicationData, 1, bytes));
  }

  // Incoming

  #receive(datagram: Uint8Array, nowMs: MonotonicMs): void {
    if (this.#state === 'new') {
      this.#ignoredCount += 1;
      return;
    }
    for (const record of readRecords(datagram)) {
      this.#takeRecord(record, nowMs);
      if (!this.#records.hasKeys) continue;
      for (const early of this.#early.takeRecords()) this.#takeRecord(early, nowMs);
    }
  }

  #takeRecord(record: DtlsRecordView, nowMs: MonotonicMs): void {
    if (this.#state === 'closed') return;
    const bytes = this.#open(record);
    if (bytes === undefined) return;
    const epoch = record.epoch === 0 ? 0 : 1;
    switch (record.contentType) {
      case DTLS_CONTENT.handshake:
        return this.#takeHandshake(epoch, bytes, nowMs);
      case DTLS_CONTENT.alert:
        return this.#takeAlert(bytes);
      case DTLS_CONTENT.applicationData:
        if (epoch === 1) return this.#takeData(bytes, nowMs);
        this.#ignoredCount += 1;
        return;
      case DTLS_CONTENT.changeCipherSpec:
        // A record's epoch says which keys it takes, so that this one may get lost.
        return;
      default:
        this.#ignoredCount += 1;
    }
  }

  /** What a record says, if it can be read and may still say something. */
  #open(record: DtlsRecordView): Uint8Array | undefined {
    if (record.epoch === 1) {
      if (this.#records.hasKeys) return this.#records.open(record);
      this.#early.keepRecord(record);
      return undefined;
    }
    // Once all is proven nothing in the clear counts.
    if (record.epoch === 0 && this.#state !== 'connected') return record.fragment;
    this.#ignoredCount += 1;
    return undefined;
  }

  #takeHandshake(epoch: Epoch, bytes: Uint8Array, nowMs: MonotonicMs): void {
    const fragments = readHandshakeFragments(bytes);
    if (fragments === undefined) {
      this.#ignoredCount += 1;
      return;
    }
    for (const fragment of fragments) this.#takeFragment(epoch, fragment, nowMs);
    while (this.#state === 'handshaking') {
      const message = this.#reassembly.take();
      if (message === undefined) return;
      this.#apply(this.#handshake.take(message), nowMs);
    }
  }

  #takeFragment(epoch: Epoch, fragment: HandshakeFragment, nowMs: MonotonicMs): void {
    if (this.#state === 'closed') return;
    // A Finished is encrypted, and nothing else is: there is no second handshake.
    const isInPlace = (fragment.type === HANDSHAKE.finished) === (epoch === 1);
    if (epoch === 1 && !isInPlace) this.#refuseRenegotiation(fragment.type);
    const verdict = isInPlace ? this.#reassembly.add(epoch, fragment) : 'ignored';
    if (verdict === 'old') this.#onRepeated(fragment, nowMs);
    if (verdict === 'ignored') this.#ignoredCount += 1;
    if (verdict === 'too_long')
      this.#fail({ reason: 'message_too_long', alert: ALERT.illegalParameter });
  }

  /** A wish for a second handshake is refused, once in words (RFC 5246, section 7.2.2); the connection goes on. */
  #refuseRenegotiation(type: number): void {
    const wish = this.#role === 'client' ? HANDSHAKE.helloRequest : HANDSHAKE.clientHello;
    if (type !== wish || this.#state !== 'connected' || this.#hasRefusedRenegotiation) return;
    this.#hasRefusedRenegotiation = true;
    this.#sendAlert({ level: ALERT_LEVEL.warning, description: ALERT.noRenegotiation });
  }

  /** The peer says something again. If that is what our flight answers, the answer got lost. */
  #onRepeated({ messageSequence }: HandshakeFragment, nowMs: MonotonicMs): void {
    const flight = this.#flight;
    if (flight === undefined || messageSequence >= flight.answersBefore) return;
    if (this.#isTooSoon(flight, this.#timer.repeatMsMin, nowMs)) return;
    this.#sendAgain(flight, nowMs);
    if (this.#timer.dueMs !== undefined) this.#timer.restart(nowMs);
  }

  #takeAlert(bytes: Uint8Array): void {
    const alert = parseAlert(bytes);
    if (alert === undefined) {
      this.#ignoredCount += 1;
      return;
    }
    if (alert.description === ALERT.closeNotify) {
      this.#sendAlert({ level: ALERT_LEVEL.warning, description: ALERT.closeNotify });
      this.#end('closed_by_peer', alert.description);
    } else if (alert.level === ALERT_LEVEL.fatal) {
      this.#end('alert', alert.description);
    }
  }

  #takeData(bytes: Uint8Array, nowMs: MonotonicMs): void {
    if (bytes.length === 0) return;
    if (this.#state === 'connected') {
      this.#effects.push({ type: 'data', bytes });
      return;
    }
    this.#early.keepData(bytes);
    this.#repeatForPeerAhead(nowMs);
  }

  /** The peer has finished, and what it finished with got lost: if our last flight comes again, so does its. */
  #repeatForPeerAhead(nowMs: MonotonicMs): void {
    const flight = this.#flight;
    const isAwaitingFinished =
      this.#role === 'client' && this.#state === 'handshaking' && this.#writeEpoch === 1;
    if (flight === undefined || !isAwaitingFinished) return;
    if (this.#isTooSoon(flight, AHEAD_MS_MIN, nowMs)) return;
    this.#sendAgain(flight, nowMs);
    this.#timer.restart(nowMs);
  }

  /** Whether a flight left so lately that what the peer does says nothing of it; over a path that loses nothing, longer. */
  #isTooSoon({ sentAtMs, isSafe }: SentFlight, leastMs: number, nowMs: MonotonicMs): boolean {
    return nowMs - sentAtMs < (isSafe ? RELIABLE_TIMEOUT_MS : leastMs);
  }

  // Outcomes of messages

  #apply(outcome: HandshakeOutcome, nowMs: MonotonicMs): void {
    if (outcome.failure !== undefined) return this.#fail(outcome.failure);
    if (outcome.recordKeys !== undefined) this.#records.install(outcome.recordKeys);
    if (outcome.flight !== undefined) this.#sendFlight(outcome.flight, nowMs);
    if (outcome.srtpKeys !== undefined) this.#effects.push(outcome.srtpKeys);
    if (outcome.isComplete === true) this.#complete();
  }

  #complete(): void {
    this.#state = 'connected';
    this.#giveUpMs = undefined;
    this.#timer.stop();
    this.#reassembly.clear();
    // The server's last flight has no answer; it goes again whenever the client's does (RFC 6347, section 4.2.4).
    if (this.#role === 'client') this.#flight = undefined;
    this.#effects.push({ type: 'connected' });
    for (const bytes of this.#early.takeData()) this.#effects.push({ type: 'data', bytes });
  }

  #sendFlight(parts: readonly FlightPart[], nowMs: MonotonicMs): void {
    if (parts.some(({ type }) => type === 'change_cipher_spec')) this.#writeEpoch = 1;
    const answered = this.#flight;
    if (answered !== undefined)
      this.#timer.learn(nowMs - answered.firstSentAtMs, answered.isRepeated);
    this.#flight = {
      parts,
      answersBefore: this.#reassembly.nextSequence,
      firstSentAtMs: nowMs,
      sentAtMs: nowMs,
      isRepeated: false,
      isSafe: this.#timer.isPathReliable,
    };
    this.#timer.begin(nowMs);
    for (const datagram of packFlight(parts, this.#records)) this.#emit(datagram);
  }

  #sendAgain(flight: SentFlight, nowMs: MonotonicMs): void {
    flight.sentAtMs = nowMs;
    flight.isRepeated = true;
    flight.isSafe = this.#timer.isPathReliable;
    this.#repeatedFlightCount += 1;
    for (const datagram of packFlight(flight.parts, this.#records)) this.#emit(datagram);
  }

  // The end

  #fail({ reason, alert }: { readonly reason: DtlsCloseReason; readonly alert: number }): void {
    this.#close(reason, { level: ALERT_LEVEL.fatal, description: alert });
  }

  #close(
    reason: DtlsCloseReason,
    alert: { readonly level: number; readonly description: number } | undefined,
  ): void {
    if (alert !== undefined && this.#state !== 'new') this.#sendAlert(alert);
    this.#end(reason, alert?.description);
  }

  #sendAlert(alert: { readonly level: number; readonly description: number }): void {
    this.#emit(this.#records.seal(DTLS_CONTENT.alert, this.#writeEpoch, alertBytes(alert)));
  }

  #end(reason: DtlsCloseReason, alert: number | undefined): void {
    this.#state = 'closed';
    this.#giveUpMs = undefined;
    this.#timer.stop();
    this.#flight = undefined;
    this.#reassembly.clear();
    this.#early.clear();
    this.#effects.push({ type: 'closed', reason, alert });
  }

  #emit(bytes: Uint8Array): void {
    this.#effects.push({ type: 'datagram', bytes });
  }
}
