/** Packets until a sequence number comes again. */
const SEQUENCE_COUNT = 65_536;

/** Half of them: what is further ahead than that is taken for behind. */
const HALF_SEQUENCE_COUNT = 32_768;

/** Last index under one key: a count of wraps of 32 bits above a sequence number of 16 (RFC 3711, section 9.2). */
export const PACKET_INDEX_MAX = 2 ** 48 - 1;

/**
 * The index of an RTP packet: its sequence number with the count of wraps (ROC) above it, the one that lies next to
 * `highestIndex` (RFC 3711, section 3.3.1 and appendix A). `highestIndex` is −1 before the first packet, whose ROC is 0.
 *
 * Nothing lies before ROC 0: there a number far above the highest is a jump ahead.
 */
export function estimatePacketIndex(highestIndex: number, sequenceNumber: number): number {
  if (highestIndex < 0) return sequenceNumber;
  const highestSequenceNumber = highestIndex % SEQUENCE_COUNT;
  const baseIndex = highestIndex - highestSequenceNumber;
  const ahead = sequenceNumber - highestSequenceNumber;
  if (ahead < -HALF_SEQUENCE_COUNT) return baseIndex + SEQUENCE_COUNT + sequenceNumber;
  if (ahead > HALF_SEQUENCE_COUNT && baseIndex > 0)
    return baseIndex - SEQUENCE_COUNT + sequenceNumber;
  return baseIndex + sequenceNumber;
}
