/** SACK (RFC 9260, section 3.3.4). */
import { putUint16, putUint32, uint16At, uint32At } from '../network-order.ts';

const FIXED_BYTES = 12;
/** Size of a gap block and of a duplicate TSN. */
const ENTRY_BYTES = 4;

/** A run of TSNs that arrived beyond a gap, as distances from the cumulative TSN; both ends belong to it. */
export interface SctpGapBlock {
  readonly startOffset: number;
  readonly endOffset: number;
}

export interface SctpSack {
  readonly cumulativeTsn: number;
  readonly windowBytes: number;
  readonly gapBlocks: readonly SctpGapBlock[];
  readonly duplicateTsns: readonly number[];
}

/**
 * Reads the body of a SACK; undefined if it is too short for what it announces. Gap blocks are taken as long as they
 * ascend, so that they can't overlap; duplicates are left out, nothing follows from them.
 */
export function readSctpSack(body: Uint8Array): SctpSack | undefined {
  if (body.length < FIXED_BYTES) return undefined;
  const blockCount = uint16At(body, 8);
  if (FIXED_BYTES + (blockCount + uint16At(body, 10)) * ENTRY_BYTES > body.length) return undefined;
  const gapBlocks: SctpGapBlock[] = [];
  let lastOffset = 1;
  for (let index = 0; index < blockCount; index += 1) {
    const at = FIXED_BYTES + index * ENTRY_BYTES;
    const startOffset = uint16At(body, at);
    const endOffset = uint16At(body, at + 2);
    if (startOffset <= lastOffset || endOffset < startOffset) break;
    gapBlocks.push({ startOffset, endOffset });
    lastOffset = endOffset;
  }
  return {
    cumulativeTsn: uint32At(body, 0),
    windowBytes: uint32At(body, 4),
    gapBlocks,
    duplicateTsns: [],
  };
}

/** The body of a SACK of at most `bytesMax`: blocks and duplicates beyond that are left out, the first ones kept. */
export function writeSctpSack(sack: SctpSack, bytesMax: number): Uint8Array {
  const entryCountMax = Math.max(0, Math.floor((bytesMax - FIXED_BYTES) / ENTRY_BYTES));
  const blockCount = Math.min(sack.gapBlocks.length, entryCountMax);
  const duplicateCount = Math.min(sack.duplicateTsns.length, entryCountMax - blockCount);
  const body = new Uint8Array(FIXED_BYTES + (blockCount + duplicateCount) * ENTRY_BYTES);
  putUint32(body, 0, sack.cumulativeTsn);
  putUint32(body, 4, sack.windowBytes);
  putUint16(body, 8, blockCount);
  putUint16(body, 10, duplicateCount);
  let at = FIXED_BYTES;
  for (const { startOffset, endOffset } of sack.gapBlocks.slice(0, blockCount)) {
    putUint16(body, at, startOffset);
    putUint16(body, at + 2, endOffset);
    at += ENTRY_BYTES;
  }
  for (const tsn of sack.duplicateTsns.slice(0, duplicateCount)) {
    putUint32(body, at, tsn);
    at += ENTRY_BYTES;
  }
  return body;
}
