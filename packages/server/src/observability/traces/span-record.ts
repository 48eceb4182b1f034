import type { TraceParent } from '@prism/protocol';

/** What may stand in an attribute. Nothing that a person said or is. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** A span that has ended. Times in milliseconds since 1970, with their fraction. */
export interface SpanRecord {
  readonly name: string;
  /** `server`: somebody asked for it; `client`: Prism asks somebody; `internal`: neither. */
  readonly kind: 'server' | 'client' | 'internal';
  readonly span: TraceParent;
  /** Undefined for a span that begins its trace. */
  readonly parent: TraceParent | undefined;
  /** The parent is of another process. */
  readonly isParentRemote?: true;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: SpanAttributes;
  readonly events: readonly SpanEvent[];
  /** Why it failed, as `error.type` has it; undefined if it didn't. */
  readonly errorType: string | undefined;
}

/** Something that happened at one moment of a span. */
export interface SpanEvent {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: SpanAttributes;
}

/** Takes spans in when they have ended. */
export interface SpanSink {
  add(span: SpanRecord): void;
}
