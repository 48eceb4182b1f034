/** UTF-8 for labels: neither encoder nor decoder of the platform is there for code that runs anywhere. */

const REPLACEMENT = 0xfffd;
/** Least code point that needs as many continuation bytes as the index says. */
const LEAST_CODE_POINT = [0, 0x80, 0x800, 0x10000];

/** The bits that a first byte begins with, by the number of continuation bytes. */
const LEADS = [0, 0xc0, 0xe0, 0xf0];

/** The bytes of a text; a lone surrogate becomes U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0;
    const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
    pushCodePoint(bytes, isSurrogate ? REPLACEMENT : codePoint);
  }
  return Uint8Array.from(bytes);
}

function pushCodePoint(bytes: number[], codePoint: number): void {
  if (codePoint < 0x80) {
    bytes.push(codePoint);
    return;
  }
  const continuations = codePoint < 0x800 ? 1 : codePoint < 0x10000 ? 2 : 3;
  bytes.push((LEADS[continuations] ?? 0) | (codePoint >> (6 * continuations)));
  for (let rest = continuations - 1; rest >= 0; rest -= 1) {
    bytes.push(0x80 | ((codePoint >> (6 * rest)) & 0x3f));
  }
}

/** The text of bytes; each byte that belongs to no character becomes U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; ) {
    const continuations = continuationsAt(bytes, at);
    const codePoint =
      continuations === undefined ? undefined : codePointAt(bytes, at, continuations);
    text += String.fromCodePoint(codePoint ?? REPLACEMENT);
    at += codePoint === undefined ? 1 : 1 + (continuations ?? 0);
  }
  return text;
}

function continuationsAt(bytes: Uint8Array, at: number): number | undefined {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 0;
  if (lead >= 0xc2 && lead < 0xe0) return 1;
  if (lead >= 0xe0 && lead < 0xf0) return 2;
  return lead >= 0xf0 && lead < 0xf5 ? 3 : undefined;
}

function codePointAt(bytes: Uint8Array, at: number, continuations: number): number | undefined {
  const lead = bytes[at] ?? 0;
  let codePoint = continuations === 0 ? lead : lead & (0x3f >> continuations);
  for (let index = 1; index <= continuations; index += 1) {
    const byte = bytes[at + index] ?? 0;
    if ((byte & 0xc0) !== 0x80) return undefined;
    codePoint = (codePoint << 6) | (byte & 0x3f);
  }
  const isSurrogate = codePoint >= 0xd800 && codePoint <= 0xdfff;
  const isValid = codePoint >= (LEAST_CODE_POINT[continuations] ?? 0) && codePoint <= 0x10ffff;
  return isValid && !isSurrogate ? codePoint : undefined;
}
