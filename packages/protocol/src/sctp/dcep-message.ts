/** The Data Channel Establishment Protocol (RFC 8832) and the payload protocols of data channels (RFC 8831). */
import { putUint16, putUint32, uint16At, uint32At } from '../network-order.ts';
import { decodeUtf8, encodeUtf8 } from './utf8.ts';

/**
 * Payload protocol identifiers (RFC 8831, section 8). The two partial ones are deprecated: a sender that uses them cuts
 * a message, and all but its last piece have them.
 */
export const DATA_CHANNEL_PPID = {
  control: 50,
  text: 51,
  partialBinary: 52,
  binary: 53,
  partialText: 54,
  emptyText: 56,
  emptyBinary: 57,
} as const;

const MESSAGE_TYPE = { ack: 2, open: 3 } as const;
const OPEN_FIXED_BYTES = 12;
const UNORDERED_BIT = 0x80;
const CHANNEL_TYPE = { reliable: 0, retransmits: 1, lifetime: 2 } as const;

/** How hard a channel tries: until it succeeds, so many repeats, or so long. */
export type DataChannelReliability =
  | { readonly type: 'reliable' }
  | { readonly type: 'retransmits'; readonly retransmitCountMax: number }
  | { readonly type: 'lifetime'; readonly lifetimeMs: number };

export interface DataChannelOpen {
  readonly type: 'open';
  readonly isOrdered: boolean;
  readonly reliability: DataChannelReliability;
  readonly priority: number;
  readonly label: string;
  readonly protocol: string;
}

export type DcepMessage = DataChannelOpen | { readonly type: 'ack' };

/** Reads one message; undefined if it is none, or of a channel type that doesn't exist. */
export function readDcepMessage(bytes: Uint8Array): DcepMessage | undefined {
  if (bytes[0] === MESSAGE_TYPE.ack) return { type: 'ack' };
  if (bytes[0] !== MESSAGE_TYPE.open || bytes.length < OPEN_FIXED_BYTES) return undefined;
  const labelEndAt = OPEN_FIXED_BYTES + uint16At(bytes, 8);
  const protocolEndAt = labelEndAt + uint16At(bytes, 10);
  const reliability = readReliability((bytes[1] ?? 0) & ~UNORDERED_BIT, uint32At(bytes, 4));
  if (protocolEndAt > bytes.length || reliability === undefined) return undefined;
  return {
    type: 'open',
    isOrdered: ((bytes[1] ?? 0) & UNORDERED_BIT) === 0,
    reliability,
    priority: uint16At(bytes, 2),
    label: decodeUtf8(bytes.subarray(OPEN_FIXED_BYTES, labelEndAt)),
    protocol: decodeUtf8(bytes.subarray(labelEndAt, protocolEndAt)),
  };
}

function readReliability(type: number, parameter: number): DataChannelReliability | undefined {
  if (type === CHANNEL_TYPE.reliable) return { type: 'reliable' };
  if (type === CHANNEL_TYPE.retransmits) {
    return { type: 'retransmits', retransmitCountMax: parameter };
  }
  return type === CHANNEL_TYPE.lifetime ? { type: 'lifetime', lifetimeMs: parameter } : undefined;
}

/** The bytes of DATA_CHANNEL_OPEN. Label and protocol have at most 65,535 bytes each. */
export function writeDataChannelOpen(open: Omit<DataChannelOpen, 'type'>): Uint8Array {
  const label = encodeUtf8(open.label);
  const protocol = encodeUtf8(open.protocol);
  const bytes = new Uint8Array(OPEN_FIXED_BYTES + label.length + protocol.length);
  const { reliability } = open;
  bytes[0] = MESSAGE_TYPE.open;
  bytes[1] = CHANNEL_TYPE[reliability.type] | (open.isOrdered ? 0 : UNORDERED_BIT);
  putUint16(bytes, 2, open.priority);
  if (reliability.type === 'retransmits') putUint32(bytes, 4, reliability.retransmitCountMax);
  if (reliability.type === 'lifetime') putUint32(bytes, 4, reliability.lifetimeMs);
  putUint16(bytes, 8, label.length);
  putUint16(bytes, 10, protocol.length);
  bytes.set(label, OPEN_FIXED_BYTES);
  bytes.set(protocol, OPEN_FIXED_BYTES + label.length);
  return bytes;
}

/** The byte of DATA_CHANNEL_ACK. */
export function writeDataChannelAck(): Uint8Array {
  return Uint8Array.of(MESSAGE_TYPE.ack);
}
