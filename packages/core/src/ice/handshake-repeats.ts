import { DTLS_CLIENT_HELLO, DTLS_CONTENT, type DtlsRecord, readDtlsRecords } from '@prism/protocol';
import type { Description, Machine } from '../machine/machine.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import type { Deadline } from '../time/deadline-table.ts';

/** What the media port sees of a call's set-up. Datagrams are kept as they are and must not change afterwards. */
export type HandshakeInput =
  /** Prism's answer to the offer is on its way. */
  | { readonly type: 'answered' }
  /** The client's first valid check: it can be reached from now on. */
  | { readonly type: 'reached' }
  /** DTLS of the WebRTC stack, which has just been sent to the client. */
  | { readonly type: 'stack.datagram'; readonly bytes: Uint8Array }
  /** DTLS of the client. */
  | { readonly type: 'client.datagram'; readonly bytes: Uint8Array }
  /** SRTP of the client, which it sends once it has the whole of Prism's handshake. */
  | { readonly type: 'client.media' }
  | { readonly type: 'deadline' };

/** Sends a datagram of the stack to the client once more. */
export interface HandshakeEffect {
  readonly type: 'send';
  readonly bytes: Uint8Array;
}

/** Datagrams of one flight that are kept; those beyond are the stack's own business. */
export const FLIGHT_DATAGRAM_COUNT_MAX = 6;
/** How often one flight is sent again. */
export const FLIGHT_REPEAT_COUNT_MAX = 4;
/** Datagrams that are sent again in one set-up, all flights together; then it is over. */
export const REPEATED_DATAGRAM_COUNT_MAX = 32;
/** Least time that a flight has for its answer, which Chromium allows its own flights too. */
export const ANSWER_MS_MIN = 50;
/** Most time before the first repetition: half of what the stack's TLS library waits. */
export const ANSWER_MS_MAX = 500;
/** How long it goes on after the handshake, so that SCTP's association and the data channel come to be as well. */
export const ASSOCIATION_MS = 5_000;
/** Round trip that is assumed while there is no better guess. */
const ROUND_TRIP_MS_DEFAULT = 100;
/** How many round trips an answer may take: one, and half of one for the client's work. */
const ANSWER_ROUND_TRIPS = 1.5;
/** Silence of the stack after which it repeats a flight itself, by its timer of a second or more. */
const STACK_REPEAT_MS = 200;

/** What was sent together and waits for an answer: ClientHello, the rest of the handshake, or SCTP. */
interface Flight {
  readonly kind: 'hello' | 'finish' | 'data';
  readonly datagrams: Uint8Array[];
  readonly firstSentAtMs: MonotonicMs;
  lastSentAtMs: MonotonicMs;
  repeatCount: number;
  answerMs: number;
}

/**
 * Repeats what the WebRTC stack sent in a handshake when the client doesn't answer in time: the stack's own timers for
 * that begin at a second (OpenSSL's `dtls1_start_timer`, SCTP's RTO in RFC 9260) and can't be set.
 *
 * The datagrams go out as they were, so that a client that has them already drops them as replays (RFC 6347, section
 * 4.1.2.6): they do no harm, and they don't make it repeat its own last flight, which is its or the stack's timer's
 * business. For a stack in the DTLS client's role, which Prism's has unless an offer wants it otherwise; in the other
 * one the client's timers drive the handshake, and nothing is repeated here.
 */
export class HandshakeRepeats implements Machine<HandshakeInput, HandshakeEffect, 'repeat'> {
  readonly #effects: HandshakeEffect[] = [];
  #flight: Flight | undefined;
  #stackSentAtMs: MonotonicMs | undefined;
  #answeredAtMs: MonotonicMs | undefined;
  #roundTripMs: number | undefined;
  #untilMs: MonotonicMs | undefined;
  #isDtlsClient = false;
  #repeatedCount = 0;
  #isOver = false;

  /** Whether nothing is repeated any more, whatever comes. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Datagrams that were sent again. */
  get repeatedCount(): number {
    return this.#repeatedCount;
  }

  handle(input: HandshakeInput, nowMs: MonotonicMs): void {
    if (this.#isOver) return;
    if (this.#untilMs !== undefined && nowMs >= this.#untilMs) return this.#end();
    switch (input.type) {
      case 'answered':
        this.#answeredAtMs = nowMs;
        return;
      case 'reached':
        // The answer's way to the client, and the check's way back.
        if (this.#answeredAtMs !== undefined) this.#roundTripMs ??= nowMs - this.#answeredAtMs;
        return;
      case 'stack.datagram':
        return this.#sent(input.bytes, nowMs);
      case 'client.datagram':
        return this.#came(readDtlsRecords(input.bytes), nowMs);
      case 'client.media':
        this.#untilMs ??= after(nowMs, ASSOCIATION_MS);
        if (this.#flight?.kind === 'finish') this.#flight = undefined;
        return;
      case 'deadline':
        this.#repeatDue(nowMs);
    }
  }

  poll(): HandshakeEffect | undefined {
    return this.#effects.shift();
  }

  deadline(): Deadline<'repeat'> | undefined {
    const flight = this.#flight;
    if (flight === undefined || flight.repeatCount >= FLIGHT_REPEAT_COUNT_MAX) return undefined;
    return { atMs: after(flight.lastSentAtMs, flight.answerMs), reason: 'repeat' };
  }

  describe(): Description {
    return {
      flight: this.#flight?.kind ?? 'none',
      roundTripMs: this.#roundTripMs,
      repeatedCount: this.#repeatedCount,
      isOver: this.#isOver,
    };
  }

  #sent(bytes: Uint8Array, nowMs: MonotonicMs): void {
    const records = readDtlsRecords(bytes);
    const kind = this.#kindOf(records);
    if (kind === undefined) return this.#end();
    const sentBeforeMs = this.#stackSentAtMs;
    this.#stackSentAtMs = nowMs;
    if (kind === 'data') this.#untilMs ??= after(nowMs, ASSOCIATION_MS);
    else if (sentBeforeMs !== undefined && nowMs - sentBeforeMs >= STACK_REPEAT_MS)
      this.#flight = undefined;
    if (this.#flight?.kind !== kind) this.#flight = this.#newFlight(kind, nowMs);
    const { datagrams } = this.#flight;
    if (datagrams.length < FLIGHT_DATAGRAM_COUNT_MAX) datagrams.push(bytes);
  }

  /** What a datagram of the stack belongs to; undefined if it is nothing that is repeated here. */
  #kindOf([first]: readonly DtlsRecord[]): Flight['kind'] | undefined {
    if (first?.contentType === DTLS_CONTENT.applicationData) return 'data';
    if (first?.handshakeType === DTLS_CLIENT_HELLO) {
      this.#isDtlsClient = true;
      return 'hello';
    }
    // An alert: the connection is at its end.
    if (first === undefined || first.contentType === DTLS_CONTENT.alert) return undefined;
    return this.#isDtlsClient ? 'finish' : undefined;
  }

  #newFlight(kind: Flight['kind'], nowMs: MonotonicMs): Flight {
    const roundTripMs = this.#roundTripMs ?? ROUND_TRIP_MS_DEFAULT;
    const answerMs = Math.min(
      ANSWER_MS_MAX,
      Math.max(ANSWER_MS_MIN, ANSWER_ROUND_TRIPS * roundTripMs),
    );
    const [firstSentAtMs, lastSentAtMs] = [nowMs, nowMs];
    return { kind, datagrams: [], firstSentAtMs, lastSentAtMs, repeatCount: 0, answerMs };
  }

  #came(records: readonly DtlsRecord[], nowMs: MonotonicMs): void {
    const flight = this.#flight;
    if (flight === undefined) return;
    if (answers(flight.kind, records)) {
      // The only exchange of which it is known that both of its datagrams are the first ones (Karn's rule).
      if (flight.kind === 'hello' && flight.repeatCount === 0)
        this.#roundTripMs = nowMs - flight.firstSentAtMs;
      this.#flight = undefined;
      return;
    }
    // The client says again what Prism has answered: it lacks some of the answer, if that had time to reach it.
    const isAskingAgain = records.some(({ contentType }) => contentType === DTLS_CONTENT.handshake);
    const roundTripMs = this.#roundTripMs ?? ROUND_TRIP_MS_DEFAULT;
    if (isAskingAgain && flight.kind === 'finish' && nowMs - flight.lastSentAtMs >= roundTripMs)
      this.#repeat(flight, nowMs);
  }

  #repeatDue(nowMs: MonotonicMs): void {
    const flight = this.#flight;
    const due = this.deadline();
    if (flight === undefined || due === undefined || due.atMs > nowMs) return;
    this.#repeat(flight, nowMs);
    flight.answerMs *= 2;
  }

  #repeat(flight: Flight, nowMs: MonotonicMs): void {
    if (flight.repeatCount >= FLIGHT_REPEAT_COUNT_MAX) return;
    flight.repeatCount += 1;
    flight.lastSentAtMs = nowMs;
    for (const bytes of flight.datagrams) {
      if (this.#repeatedCount >= REPEATED_DATAGRAM_COUNT_MAX) return this.#end();
      this.#repeatedCount += 1;
      this.#effects.push({ type: 'send', bytes });
    }
  }

  #end(): void {
    this.#isOver = true;
    this.#flight = undefined;
  }
}

/** Whether records of the client show that it has a flight of that kind, all of it. */
function answers(kind: Flight['kind'], records: readonly DtlsRecord[]): boolean {
  if (kind === 'hello') return records.length > 0;
  // What is encrypted was made with what Prism's last flight ends with; an alert ends the connection.
  if (kind === 'finish')
    return records.some(
      ({ epoch, contentType }) => epoch > 0 || contentType === DTLS_CONTENT.alert,
    );
  return records.some(
    ({ contentType }) =>
      contentType === DTLS_CONTENT.applicationData || contentType === DTLS_CONTENT.alert,
  );
}
