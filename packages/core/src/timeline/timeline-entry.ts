import type { SessionFact } from '../session/session-contract.ts';
import type { NetworkSample } from './network-sample.ts';
import type { SetupStep } from './setup-parts.ts';

/** A fact of the session as the timeline keeps it: without what people said. */
export type TimelineFact = Exclude<
  SessionFact,
  { readonly type: 'transcript.final' | 'turn.measured' | 'speech.started' | 'speech.stopped' }
>;

/** A response began, spoke its first or ended. */
export type ResponseEntry = Extract<TimelineEntry, { readonly type: 'response' }>;

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
