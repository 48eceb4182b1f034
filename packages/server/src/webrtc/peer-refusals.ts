import type { DtlsCounters, SctpCounters } from '@prism/core';
import type { PeerRefusals } from '../runtime/ports/peer.ts';
import type { SrtpReceiverCounters } from './srtp/srtp-receiver.ts';

/** What one peer's layers have not taken, as its description tells it; a layer that isn't there has refused nothing. */
export function refusalsOf(
  srtp: SrtpReceiverCounters | undefined,
  dtls: DtlsCounters,
  sctp: SctpCounters | undefined,
): PeerRefusals {
  return {
    srtp: {
      malformed: srtp?.packetsMalformed ?? 0,
      unauthentic: srtp?.packetsUnauthentic ?? 0,
      replayed: srtp?.packetsReplayed ?? 0,
      tooOld: srtp?.packetsTooOld ?? 0,
      unencrypted: srtp?.packetsUnencrypted ?? 0,
      sourceRefused: srtp?.packetsSourceRefused ?? 0,
    },
    dtls: {
      unauthentic: dtls.forgedRecordCount,
      replayed: dtls.replayedRecordCount,
      ignored: dtls.ignoredCount,
      droppedData: dtls.droppedDataCount,
    },
    sctp: {
      malformed: sctp?.brokenPacketCount ?? 0,
      strange: sctp?.strangePacketCount ?? 0,
      brokenChunks: sctp?.brokenChunkCount ?? 0,
      droppedData: sctp?.droppedDataCount ?? 0,
    },
  };
}
