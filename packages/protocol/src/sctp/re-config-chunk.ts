/** RE-CONFIG (RFC 6525): requests to reset or add streams, and the answers to them. */
import { putUint16, putUint32, uint16At, uint32At } from '../network-order.ts';
import { readTlvs, type Tlv, writeTlvs } from './tlv.ts';

const PARAMETER = {
  outgoingReset: 13,
  incomingReset: 14,
  tsnReset: 15,
  response: 16,
  addOutgoing: 17,
  addIncoming: 18,
} as const;

/** Results of a request (RFC 6525, section 4.4). */
export const SCTP_RECONFIG_RESULT = {
  nothingToDo: 0,
  performed: 1,
  denied: 2,
  wrongSsn: 3,
  alreadyInProgress: 4,
  badSequenceNumber: 5,
  inProgress: 6,
} as const;

/** One parameter of RE-CONFIG. `other` is a request that Prism knows and does not grant. */
export type SctpReConfig =
  | {
      readonly type: 'outgoing_reset';
      readonly requestNumber: number;
      readonly responseNumber: number;
      /** The last TSN that the sender gave out before the reset. */
      readonly lastTsn: number;
      /** None means all. */
      readonly streamIds: readonly number[];
    }
  | { readonly type: 'response'; readonly responseNumber: number; readonly result: number }
  | { readonly type: 'add_outgoing'; readonly requestNumber: number; readonly streamCount: number }
  | { readonly type: 'other'; readonly requestNumber: number };

/** Reads the body of RE-CONFIG; parameters that are too short or unknown are left out. */
export function readSctpReConfig(body: Uint8Array): readonly SctpReConfig[] {
  const entries: SctpReConfig[] = [];
  for (const tlv of readTlvs(body) ?? []) {
    const entry = readParameter(tlv);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function readParameter({ type, value }: Tlv): SctpReConfig | undefined {
  if (value.length < 4) return undefined;
  const number = uint32At(value, 0);
  switch (type) {
    case PARAMETER.outgoingReset:
      if (value.length < 12) return undefined;
      return {
        type: 'outgoing_reset',
        requestNumber: number,
        responseNumber: uint32At(value, 4),
        lastTsn: uint32At(value, 8),
        streamIds: readStreamIds(value.subarray(12)),
      };
    case PARAMETER.response:
      if (value.length < 8) return undefined;
      return { type: 'response', responseNumber: number, result: uint32At(value, 4) };
    case PARAMETER.addOutgoing:
      if (value.length < 8) return undefined;
      return { type: 'add_outgoing', requestNumber: number, streamCount: uint16At(value, 4) };
    case PARAMETER.incomingReset:
    case PARAMETER.tsnReset:
    case PARAMETER.addIncoming:
      return { type: 'other', requestNumber: number };
    default:
      return undefined;
  }
}

function readStreamIds(bytes: Uint8Array): readonly number[] {
  const streamIds: number[] = [];
  for (let at = 0; at + 2 <= bytes.length; at += 2) streamIds.push(uint16At(bytes, at));
  return streamIds;
}

/** The body of a request to reset streams whose messages the sender has sent. */
export function writeOutgoingReset(request: {
  readonly requestNumber: number;
  readonly responseNumber: number;
  readonly lastTsn: number;
  readonly streamIds: readonly number[];
}): Uint8Array {
  const value = new Uint8Array(12 + request.streamIds.length * 2);
  putUint32(value, 0, request.requestNumber);
  putUint32(value, 4, request.responseNumber);
  putUint32(value, 8, request.lastTsn);
  request.streamIds.forEach((streamId, index) => putUint16(value, 12 + index * 2, streamId));
  return writeTlvs([{ type: PARAMETER.outgoingReset, value }]);
}

/** The body of an answer to a request; `result` is one of {@link SCTP_RECONFIG_RESULT}. */
export function writeReConfigResponse(responseNumber: number, result: number): Uint8Array {
  const value = new Uint8Array(8);
  putUint32(value, 0, responseNumber);
  putUint32(value, 4, result);
  return writeTlvs([{ type: PARAMETER.response, value }]);
}
