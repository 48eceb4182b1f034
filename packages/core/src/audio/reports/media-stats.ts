import type { AudioReceiveCounters } from '../receive/receive-counters.ts';
import type { ReceptionCounts } from './reception-statistics.ts';

/** How much is sent besides the audio itself, so that losses can be made good. */
export type Protection =
  | 'none'
  /** Opus' in-band FEC: each packet holds a coarse copy of the one before (RFC 6716, section 2.1.7). */
  | 'fec'
  /** Copies of the packets before in each packet (RFC 2198). */
  | 'red';

/** One call's media as counted and reported so far: what logs, metrics and the timeline show of it. */
export interface MediaStats {
  /** By the last report, before the first by the data channel's set-up; `undefined` before either. */
  readonly rttMs: number | undefined;
  /** Client to Prism: what came, and what became of it. */
  readonly inbound: ReceptionCounts &
    AudioReceiveCounters & {
      /** Packets that were no RTP at all. */
      readonly packetsUnreadable: number;
    };
  /** Prism to client. Loss and jitter are what the client reports; `undefined` before it does. */
  readonly outbound: {
    readonly packets: number;
    readonly bytes: number;
    readonly packetsLost: number | undefined;
    readonly fractionLost: number | undefined;
    readonly jitterMs: number | undefined;
    /** Packets that the client asked for again. */
    readonly nacksReceived: number;
    readonly nacksAnswered: number;
    readonly protection: Protection;
    /** How often the protection changed. */
    readonly protectionChanges: number;
  };
  readonly rtcp: {
    readonly reportsSent: number;
    readonly reportsReceived: number;
    readonly packetsMalformed: number;
  };
  /** Of the process's media tick. */
  readonly tick: { readonly missedSlots: number; readonly latenessMsMax: number };
}
