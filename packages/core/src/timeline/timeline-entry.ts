import type { MediaStats } from '../audio/reports/media-stats.ts';
import type { SessionFact } from '../session/session-contract.ts';
import type { SetupStep } from './setup-parts.ts';

/** A fact of the session as the timeline keeps it: without what people said. */
export type TimelineFact = Exclude<
  SessionFact,
  { readonly type: 'transcript.final' | 'turn.measured' | 'speech.started' | 'speech.stopped' }
>;

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

/** Something that happened, at a time on the session's clock (ms since the session opened). */
export type TimelineEntry = { readonly atMs: number } & (
  | { readonly type: 'setup'; readonly step: SetupStep }
  | { readonly type: 'network'; readonly sample: NetworkSample }
  | { readonly type: 'fact'; readonly fact: TimelineFact }
  /**
   * Somebody began or ceased to speak, as the upstream saw it or as Prism did. `mouthMs` is when he did, as Prism can
   * tell.
   */
  | {
      readonly type: 'speech';
      readonly isSpeaking: boolean;
      readonly by: 'prism' | 'upstream';
      readonly mouthMs: number | undefined;
    }
  /** The input buffer was committed, or an answer asked for, by a controller or by the upstream. */
  | { readonly type: 'turn'; readonly what: 'commit' | 'committed' | 'request' }
  /** What was decided about a call of a tool that has to be agreed to; its call and end are facts. */
  | { readonly type: 'tool'; readonly what: 'approved' | 'declined' }
  | {
      readonly type: 'response';
      readonly what: 'created' | 'audio' | 'done';
      readonly responseId: string;
      readonly status: string | undefined;
    }
);

/** What media counted by now, as a sample is made of. */
export type SampledStats = Pick<MediaStats, 'rttMs' | 'inbound' | 'outbound'>;
