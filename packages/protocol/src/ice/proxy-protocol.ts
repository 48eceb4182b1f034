import { canonicalAddress } from './ip-address.ts';

/** What a load balancer says of a connection before its first byte (the PROXY protocol, versions 1 and 2). */
export type ProxyHeader =
  /** Too little has come to tell. */
  | { readonly state: 'incomplete' }
  | { readonly state: 'invalid' }
  | {
      readonly state: 'complete';
      /** Whom the balancer speaks for; undefined for its own health checks. */
      readonly source: { readonly address: string; readonly port: number } | undefined;
      /** Bytes of the header; what follows is the connection's own. */
      readonly sizeBytes: number;
    };

/** Longest header that is waited for; version 1 has at most 107 bytes, version 2 seldom more than 300. */
export const PROXY_HEADER_BYTES_MAX = 1_024;

const SIGNATURE = Uint8Array.of(13, 10, 13, 10, 0, 13, 10, 81, 85, 73, 84, 10);
const LINE_BYTES_MAX = 107;
const INCOMPLETE: ProxyHeader = { state: 'incomplete' };
const INVALID: ProxyHeader = { state: 'invalid' };

/** Reads the header at the start of `bytes`. Never throws. */
export function parseProxyHeader(bytes: Uint8Array): ProxyHeader {
  if (bytes.length === 0) return INCOMPLETE;
  if (bytes[0] === SIGNATURE[0]) return parseBinary(bytes);
  return parseLine(bytes);
}

function parseLine(bytes: Uint8Array): ProxyHeader {
  const end = bytes.subarray(0, LINE_BYTES_MAX).indexOf(10);
  const text = String.fromCharCode(...bytes.subarray(0, end < 0 ? LINE_BYTES_MAX : end + 1));
  if (end < 0) {
    const isPossible = 'PROXY '.startsWith(text.slice(0, 6)) && bytes.length < LINE_BYTES_MAX;
    return isPossible ? INCOMPLETE : INVALID;
  }
  if (/^PROXY UNKNOWN.*\r\n$/.test(text)) {
    return { state: 'complete', source: undefined, sizeBytes: end + 1 };
  }
  const match = /^PROXY TCP[46] (\S+) \S+ (\d{1,5}) \d{1,5}\r\n$/.exec(text);
  const address = match?.[1] === undefined ? undefined : canonicalAddress(match[1]);
  const port = Number(match?.[2]);
  if (address === undefined || !(port <= 65_535)) return INVALID;
  return { state: 'complete', source: { address, port }, sizeBytes: end + 1 };
}

function parseBinary(bytes: Uint8Array): ProxyHeader {
  if (!SIGNATURE.subarray(0, bytes.length).every((byte, index) => bytes[index] === byte)) {
    return INVALID;
  }
  if (bytes.length < 16) return INCOMPLETE;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sizeBytes = 16 + view.getUint16(14);
  const command = view.getUint8(12);
  if (command >>> 4 !== 2 || (command & 0xf) > 1 || sizeBytes > PROXY_HEADER_BYTES_MAX)
    return INVALID;
  if (bytes.length < sizeBytes) return INCOMPLETE;
  const family = view.getUint8(13) >>> 4;
  // LOCAL, or a family that has no address and port, is the balancer itself.
  if ((command & 0xf) === 0 || (family !== 1 && family !== 2)) {
    return { state: 'complete', source: undefined, sizeBytes };
  }
  const addressBytes = family === 1 ? 4 : 16;
  if (sizeBytes < 16 + addressBytes * 2 + 4) return INVALID;
  const address = canonicalAddress(addressText(bytes.subarray(16, 16 + addressBytes)));
  if (address === undefined) return INVALID;
  const port = view.getUint16(16 + addressBytes * 2);
  return { state: 'complete', source: { address, port }, sizeBytes };
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return [...bytes].join('.');
  const groups: string[] = [];
  for (let index = 0; index < 16; index += 2) {
    groups.push((((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)).toString(16));
  }
  return groups.join(':');
}
