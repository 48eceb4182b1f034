import type { EarGrammar, Hearing } from '../ports/ears.ts';

/** What the listen worker is asked. Samples count from the ear's first one, at 24 kHz; `pcm` is transferred. */
export type ListenRequest =
  | {
      readonly type: 'open';
      readonly earId: number;
      readonly grammar: EarGrammar;
      /** Position of the first sample that will be pushed. */
      readonly startSample: number;
    }
  | { readonly type: 'push'; readonly earId: number; readonly pcm: Int16Array }
  | { readonly type: 'silence'; readonly earId: number; readonly sampleCount: number }
  /** The listener has been told of all activity before this sample, and has made its requests. */
  | { readonly type: 'told'; readonly earId: number; readonly sample: number }
  | {
      readonly type: 'begin';
      readonly earId: number;
      readonly utteranceId: string;
      readonly fromSample: number;
    }
  | {
      readonly type: 'end';
      readonly earId: number;
      readonly utteranceId: string;
      readonly toSample: number;
    }
  | { readonly type: 'cancel'; readonly earId: number; readonly utteranceId: string }
  | { readonly type: 'grammar'; readonly earId: number; readonly grammar: EarGrammar }
  | { readonly type: 'close'; readonly earId: number };

/** What the listen worker says. `probabilities` is transferred. */
export type ListenReply =
  | {
      readonly type: 'activity';
      readonly earId: number;
      readonly firstSample: number;
      readonly probabilities: Float32Array;
    }
  | {
      readonly type: 'partial';
      readonly earId: number;
      readonly utteranceId: string;
      readonly text: string;
    }
  | {
      readonly type: 'final';
      readonly earId: number;
      readonly utteranceId: string;
      readonly hearing: Hearing;
    }
  | {
      readonly type: 'failed';
      readonly earId: number;
      readonly utteranceId: string;
      readonly reason: string;
    };
