/** G.711's two laws (ITU-T G.711): µ-law in North America and Japan, A-law elsewhere. */
export type G711Law = 'pcmu' | 'pcma';

/** Codes by PCM16 sample, in steps of four: finer than either law's smallest step. */
const STEP_BITS = 2;

/** Both directions of a law as tables, made once. */
export interface CompandingTables {
  /** PCM16 by code. */
  readonly decoded: Int16Array;
  /** Code of a PCM16 sample. */
  readonly encode: (sample: number) => number;
}

export function companding(law: G711Law): CompandingTables {
  const expand = law === 'pcmu' ? expandMuLaw : expandALaw;
  const decoded = Int16Array.from({ length: 256 }, (_, code) => expand(code));
  const codes = nearestCodes(decoded);
  return { decoded, encode: (sample) => codes[(sample + 32_768) >> STEP_BITS] ?? 0 };
}

function expandMuLaw(code: number): number {
  const inverted = ~code & 0xff;
  const magnitude = ((((inverted & 0x0f) << 3) + 0x84) << ((inverted >> 4) & 7)) - 0x84;
  return (inverted & 0x80) === 0 ? magnitude : -magnitude;
}

function expandALaw(code: number): number {
  const toggled = code ^ 0x55;
  const exponent = (toggled >> 4) & 7;
  const mantissa = (toggled & 0x0f) << 4;
  const magnitude = exponent === 0 ? mantissa + 8 : (mantissa + 0x108) << (exponent - 1);
  return (toggled & 0x80) === 0 ? -magnitude : magnitude;
}

/** For each step the code whose sample lies nearest: the sorted samples are walked once. */
function nearestCodes(decoded: Int16Array): Uint8Array {
  const order = [...decoded.keys()].sort((left, right) => at(decoded, left) - at(decoded, right));
  const codes = new Uint8Array(65_536 >> STEP_BITS);
  let rank = 0;
  for (let step = 0; step < codes.length; step += 1) {
    const sample = (step << STEP_BITS) - 32_768 + (1 << (STEP_BITS - 1));
    const distance = (place: number): number => Math.abs(at(decoded, order[place] ?? 0) - sample);
    while (rank + 1 < order.length && distance(rank + 1) <= distance(rank)) rank += 1;
    codes[step] = order[rank] ?? 0;
  }
  return codes;
}

function at(samples: Int16Array, index: number): number {
  return samples[index] ?? 0;
}
