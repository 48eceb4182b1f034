/** INIT and INIT ACK (RFC 9260, sections 3.3.2 and 3.3.3) with the extensions that WebRTC uses. */
import { putUint16, putUint32, uint16At, uint32At } from '../network-order.ts';
import { SCTP_CHUNK } from './sctp-packet.ts';
import { readTlvs, type Tlv, writeTlvs } from './tlv.ts';

const FIXED_BYTES = 16;
/** Least receive window that an endpoint may have (RFC 9260, section 3.3.2). */
const WINDOW_BYTES_MIN = 1_500;

const PARAMETER = {
  stateCookie: 7,
  unrecognized: 8,
  supportedExtensions: 0x8008,
  forwardTsnSupported: 0xc000,
} as const;

/** Parameters that mean nothing here and yet are known: addresses, lifespans, and what belongs to other extensions. */
const KNOWN_PARAMETERS: ReadonlySet<number> = new Set([
  5, 6, 9, 11, 12, 0x8000, 0x8001, 0x8002, 0x8003, 0x8004, 0xc006, 0xc007,
]);

/** What an INIT or INIT ACK says. */
export interface SctpInit {
  /** The tag that packets to the sender of this have; never 0. */
  readonly initiateTag: number;
  readonly windowBytes: number;
  readonly outboundStreamCount: number;
  readonly inboundStreamCount: number;
  readonly initialTsn: number;
  /** FORWARD TSN (RFC 3758) is understood. */
  readonly hasPartialReliability: boolean;
  /** RE-CONFIG (RFC 6525) is understood. */
  readonly hasStreamReset: boolean;
  /** Of an INIT ACK alone. */
  readonly cookie?: Uint8Array | undefined;
  /** Parameters that are not known and want to be reported; in an INIT ACK that is written, those of the INIT. */
  readonly unrecognized?: readonly Tlv[];
}

/** Reads the body of INIT or INIT ACK; undefined if it breaks the rules of its fields. */
export function readSctpInit(body: Uint8Array): SctpInit | undefined {
  if (body.length < FIXED_BYTES) return undefined;
  const parameters = readTlvs(body.subarray(FIXED_BYTES));
  if (parameters === undefined) return undefined;
  const fields = {
    initiateTag: uint32At(body, 0),
    windowBytes: uint32At(body, 4),
    outboundStreamCount: uint16At(body, 8),
    inboundStreamCount: uint16At(body, 10),
    initialTsn: uint32At(body, 12),
  };
  const { initiateTag, windowBytes, outboundStreamCount, inboundStreamCount } = fields;
  if (initiateTag === 0 || outboundStreamCount === 0 || inboundStreamCount === 0) return undefined;
  if (windowBytes < WINDOW_BYTES_MIN) return undefined;
  return { ...fields, ...readParameters(parameters) };
}

function readParameters(parameters: readonly Tlv[]) {
  let hasPartialReliability = false;
  let hasStreamReset = false;
  let cookie: Uint8Array | undefined;
  const unrecognized: Tlv[] = [];
  for (const parameter of parameters) {
    const { type, value } = parameter;
    if (type === PARAMETER.stateCookie) cookie = value;
    else if (type === PARAMETER.forwardTsnSupported) hasPartialReliability = true;
    else if (type === PARAMETER.supportedExtensions) {
      hasPartialReliability ||= value.includes(SCTP_CHUNK.forwardTsn);
      hasStreamReset = value.includes(SCTP_CHUNK.reConfig);
    } else if (type !== PARAMETER.unrecognized && !KNOWN_PARAMETERS.has(type)) {
      // The two highest bits say whether to report it and whether to go on (RFC 9260, section 3.2.1).
      if ((type & 0x4000) !== 0) unrecognized.push(parameter);
      if ((type & 0x8000) === 0) break;
    }
  }
  return { hasPartialReliability, hasStreamReset, cookie, unrecognized };
}

/** The body of an INIT, or with a cookie of an INIT ACK. */
export function writeSctpInit(init: SctpInit): Uint8Array {
  const parameters: Tlv[] = [];
  if (init.cookie !== undefined) {
    parameters.push({ type: PARAMETER.stateCookie, value: init.cookie });
  }
  const extensions: number[] = [];
  if (init.hasStreamReset) extensions.push(SCTP_CHUNK.reConfig);
  if (init.hasPartialReliability) {
    extensions.push(SCTP_CHUNK.forwardTsn);
    parameters.push({ type: PARAMETER.forwardTsnSupported, value: new Uint8Array(0) });
  }
  parameters.push({ type: PARAMETER.supportedExtensions, value: Uint8Array.from(extensions) });
  for (const parameter of init.unrecognized ?? []) {
    parameters.push({ type: PARAMETER.unrecognized, value: writeTlvs([parameter]) });
  }
  const parameterBytes = writeTlvs(parameters);
  const body = new Uint8Array(FIXED_BYTES + parameterBytes.length);
  putUint32(body, 0, init.initiateTag);
  putUint32(body, 4, init.windowBytes);
  putUint16(body, 8, init.outboundStreamCount);
  putUint16(body, 10, init.inboundStreamCount);
  putUint32(body, 12, init.initialTsn);
  body.set(parameterBytes, FIXED_BYTES);
  return body;
}
