import { createHash } from 'node:crypto';
import type { TraceParent } from '@prism/protocol';

const SPAN_ID_HEX_CHARS = 16;

/**
 * A session's place in a trace. Its spans are told when they have ended, and what they cause needs their ids before:
 * ids below the session's are made from what they are called.
 */
export class SessionTrace {
  /** The session's own span. */
  readonly span: TraceParent;
  /** What caused the session; undefined if it began the trace. */
  readonly parent: TraceParent | undefined;

  constructor(span: TraceParent, parent: TraceParent | undefined) {
    this.span = span;
    this.parent = parent;
  }

  /** The span of a part of the session. @param name - No two parts of a session have the same. */
  childOf(name: string): TraceParent {
    const { traceId, spanId, isSampled } = this.span;
    const digest = createHash('sha256').update(`${traceId} ${spanId} ${name}`).digest('hex');
    return { traceId, spanId: digest.slice(0, SPAN_ID_HEX_CHARS), isSampled };
  }

  /** The span of a call of a tool, by the wire's id of the call. */
  toolCall(callId: string): TraceParent {
    return this.childOf(`tool ${callId}`);
  }
}

/** Gives sessions their places. */
export interface TraceSource {
  /** @param parent - What caused the session, as its back end says. */
  begin(parent: TraceParent | undefined): SessionTrace | undefined;
}

/** No spans are recorded: tools are told of the span that caused the session, and of nothing if there is none. */
export const NO_TRACES: TraceSource = { begin: () => undefined };
