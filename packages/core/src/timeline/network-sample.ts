import type { MediaStats } from '../audio/reports/media-stats.ts';

/** How the client's media does. Counts are since the last sample. */
export interface NetworkSample {
  readonly rttMs: number | undefined;
  /** Client to Prism. */
  readonly inbound: {
    readonly packets: number;
    readonly packetsLost: number;
    readonly jitterMs: number;
    readonly concealedMs: number;
  };
  /** Prism to client. Loss and jitter as the client reports them. */
  readonly outbound: {
    readonly packets: number;
    readonly fractionLost: number | undefined;
    readonly jitterMs: number | undefined;
  };
}

/** What media counted by now, as far as a sample is made of it. */
export interface SampledStats {
  readonly rttMs: number | undefined;
  readonly inbound: Pick<
    MediaStats['inbound'],
    'packets' | 'packetsLost' | 'jitterMs' | 'concealedSamples'
  >;
  readonly outbound: Pick<MediaStats['outbound'], 'packets' | 'fractionLost' | 'jitterMs'>;
}
