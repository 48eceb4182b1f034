const SYMBOLS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BITS_PER_SYMBOL = 6;
const BITS_PER_SAMPLE = 16;

/** By character code. */
const VALUES = new Map(SYMBOLS.split('').map((symbol, value) => [symbol.charCodeAt(0), value]));

/**
 * Reads base64 (RFC 4648, section 4) of 16-bit little-endian samples. `undefined` if it is no base64, or of an odd
 * number of bytes.
 */
export function readPcmBase64(text: string): Int16Array | undefined {
  if (text.length % 4 !== 0) return undefined;
  const bare = text.replace(/={1,2}$/u, '');
  const bytes = Math.floor((bare.length * BITS_PER_SYMBOL) / 8);
  if (bytes % 2 !== 0) return undefined;
  const pcm = new Int16Array(bytes / 2);
  let bits = 0;
  let bitCount = 0;
  let at = 0;
  for (let index = 0; index < bare.length; index += 1) {
    const value = VALUES.get(bare.charCodeAt(index));
    if (value === undefined) return undefined;
    bits = (bits << BITS_PER_SYMBOL) | value;
    bitCount += BITS_PER_SYMBOL;
    if (bitCount < BITS_PER_SAMPLE) continue;
    bitCount -= BITS_PER_SAMPLE;
    const bigEndian = (bits >>> bitCount) & 0xffff;
    bits &= (1 << bitCount) - 1;
    pcm[at] = ((bigEndian & 0xff) << 8) | (bigEndian >>> 8);
    at += 1;
  }
  return pcm;
}
