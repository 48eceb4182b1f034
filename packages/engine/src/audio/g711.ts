/**
 * G.711 companding (ITU-T G.711): 8 kHz speech as one byte per sample, for the `audio/pcmu` and `audio/pcma` formats.
 * Encoding is exact: each sample takes the code whose decoded value is nearest in G.711's own decision intervals.
 */

const MU_LAW_BIAS = 0x84;
const MU_LAW_CLIP = 32635;

function decodeMuLawByte(code: number): number {
  const inverted = ~code & 0xff;
  const exponent = (inverted >> 4) & 0x07;
  const mantissa = inverted & 0x0f;
  const magnitude = (((mantissa << 3) + MU_LAW_BIAS) << exponent) - MU_LAW_BIAS;
  return inverted & 0x80 ? -magnitude : magnitude;
}

function encodeMuLawSample(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(sample < 0 ? -sample : sample, MU_LAW_CLIP) + MU_LAW_BIAS;
  // The bias makes bit 7 the lowest possible leading bit.
  const exponent = 24 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

function decodeALawByte(code: number): number {
  const toggled = code ^ 0x55;
  const exponent = (toggled >> 4) & 0x07;
  const mantissa = toggled & 0x0f;
  const magnitude =
    exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return toggled & 0x80 ? magnitude : -magnitude;
}

function encodeALawSample(sample: number): number {
  const sign = sample >= 0 ? 0x80 : 0;
  // Negative values are mirrored around -1/2, as the sign bit alone tells +0 from -0.
  const magnitude = (sample >= 0 ? sample : -sample - 1) >> 4;
  if (magnitude < 16) return (sign | magnitude) ^ 0x55;
  const exponent = 28 - Math.clz32(magnitude);
  const mantissa = (magnitude >> (exponent - 1)) & 0x0f;
  return (sign | (exponent << 4) | mantissa) ^ 0x55;
}

function mapToPcm(codes: Uint8Array, decode: (code: number) => number): Int16Array {
  const table = Int16Array.from({ length: 256 }, (_, code) => decode(code));
  const out = new Int16Array(codes.length);
  for (let i = 0; i < codes.length; i++) out[i] = table[codes[i] ?? 0] ?? 0;
  return out;
}

/** Decodes G.711 µ-law to PCM16 at the same rate (8 kHz by definition). */
export function decodeMuLaw(codes: Uint8Array): Int16Array {
  return mapToPcm(codes, decodeMuLawByte);
}

/** Encodes PCM16 as G.711 µ-law. */
export function encodeMuLaw(pcm: Int16Array): Uint8Array {
  const out = new Uint8Array(pcm.length);
  for (let i = 0; i < pcm.length; i++) out[i] = encodeMuLawSample(pcm[i] ?? 0);
  return out;
}

/** Decodes G.711 A-law to PCM16 at the same rate (8 kHz by definition). */
export function decodeALaw(codes: Uint8Array): Int16Array {
  return mapToPcm(codes, decodeALawByte);
}

/** Encodes PCM16 as G.711 A-law. */
export function encodeALaw(pcm: Int16Array): Uint8Array {
  const out = new Uint8Array(pcm.length);
  for (let i = 0; i < pcm.length; i++) out[i] = encodeALawSample(pcm[i] ?? 0);
  return out;
}
