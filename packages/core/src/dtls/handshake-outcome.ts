import { ALERT, type HandshakeMessage } from '@prism/protocol';
import type { DtlsCloseReason, DtlsKeysEffect } from './dtls-contract.ts';
import type { FlightPart } from './flight.ts';
import type { RecordKeys } from './record-layer.ts';

/** Why a handshake can't go on, and the alert that tells the peer so. */
export interface HandshakeFailure {
  readonly reason: DtlsCloseReason;
  /** Description of the fatal alert. */
  readonly alert: number;
}

/** A handshake that can't go on. */
export interface Failed {
  readonly failure: HandshakeFailure;
}

/** What follows from a message, in this order. */
export interface HandshakeOutcome {
  readonly failure?: HandshakeFailure;
  /** Keys of epoch 1, to be used from now on. */
  readonly recordKeys?: RecordKeys;
  /** Our next flight. */
  readonly flight?: readonly FlightPart[];
  readonly srtpKeys?: DtlsKeysEffect;
  /** The peer's Finished is verified. */
  readonly isComplete?: boolean;
}

/** One role's half of a handshake. Messages come in order, each once. */
export interface Handshake {
  /** Our first flight, if it is us who begins. */
  start(): HandshakeOutcome;
  take(message: HandshakeMessage): HandshakeOutcome;
}

/** There is nothing to do but to await the next message. */
export const AWAIT: HandshakeOutcome = {};

/** The end of a handshake. */
export function failed(reason: DtlsCloseReason, alert: number): Failed {
  return { failure: { reason, alert } };
}

/** A message that can't be read. */
export const MALFORMED = failed('bad_message', ALERT.decodeError);
/** A message that has no place here. */
export const UNEXPECTED = failed('bad_message', ALERT.unexpectedMessage);
/** A message that says what it mustn't. */
export const ILLEGAL = failed('bad_message', ALERT.illegalParameter);
/** Nothing that both ends have. */
export const NOTHING_IN_COMMON = failed('no_common_parameters', ALERT.handshakeFailure);
