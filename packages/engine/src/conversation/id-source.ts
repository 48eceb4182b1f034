/** The kinds of ids on the Realtime wire that a server makes, by their prefix. */
export type IdPrefix = 'event' | 'sess' | 'conv' | 'item' | 'resp' | 'call';

/** Makes ids. Injected, so that tests count and production is random. */
export interface IdSource {
  /** A new id such as `item_` with 21 characters of base62 (16 for `call_`). */
  next(prefix: IdPrefix): string;
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** How many characters follow the prefix, as recorded from the Realtime API. */
export function idSuffixLength(prefix: IdPrefix): number {
  return prefix === 'call' ? 16 : 21;
}

/** Makes ids from random bytes; bytes that would favour some characters are thrown away. */
export function randomIdSource(randomBytes: (sizeBytes: number) => Uint8Array): IdSource {
  return {
    next(prefix) {
      const length = idSuffixLength(prefix);
      let suffix = '';
      while (suffix.length < length) {
        for (const byte of randomBytes(length - suffix.length)) {
          suffix += byte < 248 ? BASE62.charAt(byte % 62) : '';
        }
      }
      return `${prefix}_${suffix}`;
    },
  };
}
