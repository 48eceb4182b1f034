import { hash } from 'node:crypto';
import type { TraceParent } from '@prism/protocol';

const SPAN_ID_HEX_CHARS = 16;
/** Hexadecimal digits of a trace's id that say whether it is sampled, and how many values they have. */
const SAMPLED_HEX_CHARS = 8;
const SAMPLED_VALUES = 2 ** 32;

/**
 * A session's place in a trace. Spans are told when they have ended, and what they cause needs their ids before: ids
 * below the session's are made from what the parts are called.
 */
export interface SessionTrace {
  /** The session's own span. */
  readonly span: TraceParent;
  /** What caused the session; undefined if it began the trace. */
  readonly parent: TraceParent | undefined;
  /** Whether spans are recorded here, or the trace only goes through. */
  readonly isRecorded: boolean;
  /** The span of a part of the session. @param name - No two parts of a session have the same. */
  childOf(name: string): TraceParent;
}

/** Gives sessions their places. */
export interface TraceSource {
  /** @param parent - What caused the session, as its back end says. */
  begin(parent: TraceParent | undefined): SessionTrace | undefined;
}

/** The span of a call of a tool, by the wire's id of the call. */
export function toolSpanOf(trace: SessionTrace, callId: string): TraceParent {
  return trace.childOf(`tool ${callId}`);
}

/** Nothing is recorded: what a back end says goes through to tools as it came. */
export const NO_TRACES: TraceSource = {
  begin: (parent) =>
    parent === undefined
      ? undefined
      : { span: parent, parent, isRecorded: false, childOf: () => parent },
};

export interface RecordedTracesOptions {
  readonly newTraceId: () => string;
  readonly newSpanId: () => string;
  /** Of sessions whose back end says nothing, how many are recorded: 0 to 1. */
  readonly sampleRatio: number;
}

/** Sessions have spans of their own. Whether they are recorded is the back end's choice, if it makes one. */
export function recordedTraces(options: RecordedTracesOptions): TraceSource {
  return {
    begin: (parent) => {
      const traceId = parent?.traceId ?? options.newTraceId();
      const isSampled = parent?.isSampled ?? isChosen(traceId, options.sampleRatio);
      const span = { traceId, spanId: options.newSpanId(), isSampled };
      return { span, parent, isRecorded: isSampled, childOf: (name) => childOf(span, name) };
    },
  };
}

/** The same for everybody who sees the trace's id. */
function isChosen(traceId: string, sampleRatio: number): boolean {
  const digits = traceId.slice(-SAMPLED_HEX_CHARS);
  return Number.parseInt(digits, 16) / SAMPLED_VALUES < sampleRatio;
}

function childOf({ traceId, spanId, isSampled }: TraceParent, name: string): TraceParent {
  const digest = hash('sha256', `${traceId} ${spanId} ${name}`, 'hex');
  return { traceId, spanId: digest.slice(0, SPAN_ID_HEX_CHARS), isSampled };
}
