/**
 * A number in [0, 1) that depends on nothing but the seed and the keys: the same for the same packet in every run,
 * whatever was asked before.
 */
export function seededChance(seed: number, ...keys: readonly number[]): number {
  let hash = seed >>> 0;
  for (const key of keys) hash = mix(hash ^ mix(key >>> 0));
  return hash / 2 ** 32;
}

/** The finaliser of MurmurHash3 (32 bits), moved off zero. */
function mix(value: number): number {
  let hash = (value + 0x9e37_79b9) >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
