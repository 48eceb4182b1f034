/**
 * Sequence numbers without end. On the wire TSNs wrap at 2^32 and SSNs at 2^16 (RFC 9260, section 1.6); here they are
 * unwrapped as they come in, so that they compare like any number, and wrapped again by whoever writes them.
 */
import { sequenceDistance } from '@prism/protocol';

/** The number that `wire` (32 bits) stands for: the one closest to `near`. */
export function unwrapTsn(wire: number, near: number): number {
  return near + ((wire - near) | 0);
}

/** The number that `wire` (16 bits) stands for: the one closest to `near`. */
export function unwrapSsn(wire: number, near: number): number {
  return near + sequenceDistance(near, wire);
}
