/** IP addresses as text and as bytes, in one form each, so that they can be compared. */

/** The bytes of an address, 4 or 16 of them; IPv4 inside IPv6 comes out as IPv4. Undefined for everything else. */
export function addressBytes(text: string): Uint8Array | undefined {
  const bare = text.replace(/%.*$/, '');
  if (!bare.includes(':')) return ipv4Bytes(bare);
  const bytes = ipv6Bytes(bare);
  if (bytes === undefined) return undefined;
  const isMapped =
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 255 && bytes[11] === 255;
  return isMapped ? bytes.slice(12) : bytes;
}

/** One text per address: IPv4 in dots, IPv6 in lower case without shortening. Undefined for what is no address. */
export function canonicalAddress(text: string): string | undefined {
  const bytes = addressBytes(text);
  if (bytes === undefined) return undefined;
  if (bytes.length === 4) return [...bytes].join('.');
  const groups: string[] = [];
  for (let index = 0; index < 16; index += 2) {
    groups.push((((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0)).toString(16));
  }
  return groups.join(':');
}

/** True for addresses that only this machine reaches. */
export function isLoopbackAddress(text: string): boolean {
  const bytes = addressBytes(text);
  if (bytes === undefined) return false;
  if (bytes.length === 4) return bytes[0] === 127;
  return bytes.every((byte, index) => byte === (index === 15 ? 1 : 0));
}

/** True for addresses that only hosts on the same link reach (RFC 3927, RFC 4291). */
export function isLinkLocalAddress(text: string): boolean {
  const bytes = addressBytes(text);
  if (bytes === undefined) return false;
  if (bytes.length === 4) return bytes[0] === 169 && bytes[1] === 254;
  return bytes[0] === 0xfe && ((bytes[1] ?? 0) & 0xc0) === 0x80;
}

function ipv4Bytes(text: string): Uint8Array | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const bytes = match.slice(1).map(Number);
  return bytes.every((byte) => byte < 256) ? Uint8Array.from(bytes) : undefined;
}

function ipv6Bytes(text: string): Uint8Array | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const tail = dotted?.[2] === undefined ? undefined : ipv4Bytes(dotted[2]);
  if (dotted !== null && tail === undefined) return undefined;
  const groupsText = tail === undefined ? text : `${dotted?.[1] ?? ''}${hexGroups(tail)}`;
  const halves = groupsText.split('::');
  if (halves.length > 2) return undefined;
  const [head, end] = halves.map((half) => (half === '' ? [] : half.split(':')));
  if (head === undefined) return undefined;
  const known = [...head, ...(end ?? [])];
  if (!known.every((group) => /^[\da-f]{1,4}$/i.test(group))) return undefined;
  if (halves.length === 1 ? known.length !== 8 : known.length > 7) return undefined;
  const groups = [...head, ...Array.from({ length: 8 - known.length }, () => '0'), ...(end ?? [])];
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >>> 8, Number.parseInt(group, 16) & 255]),
  );
}

function hexGroups(bytes: Uint8Array): string {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}
