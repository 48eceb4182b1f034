/** What is known of a session besides what happened in it. */
export interface SessionFacts {
  /** The call's id. */
  readonly id: string;
  /** How its client is connected: with media that Prism plays out, or a Realtime WebSocket. */
  readonly kind: 'media' | 'socket';
  /** Milliseconds since 1970. */
  readonly startedAtMs: number;
  readonly keyId: string | undefined;
  readonly user: string | undefined;
  readonly agent: string | undefined;
  /** As it was asked for; undefined if nobody named one. */
  readonly model: string | undefined;
}

/** A session that is over, as it is kept. */
export interface StoredSession extends SessionFacts {
  /** Milliseconds since 1970. */
  readonly endedAtMs: number;
  readonly reason: string;
  readonly turnCount: number;
  /** From mouth to ear, the median of its turns; undefined if none was measured. */
  readonly mouthToEarMs: number | undefined;
  /** All of it, as JSON (`docs/reference/sessions.md`). */
  readonly documentJson: string;
}

/** What is told of each session in a list. */
export type SessionRow = Omit<StoredSession, 'documentJson'>;

/** Which past sessions: newest first, those that began before the one named `after`. */
export interface SessionQuery {
  readonly keyId: string | undefined;
  readonly user: string | undefined;
  readonly agent: string | undefined;
  /** Began at or after, and before; milliseconds since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly after: string | undefined;
  /** Rows at most. */
  readonly countMax: number;
}

/** What is kept at most. */
export interface SessionRetention {
  /** Milliseconds since 1970: what ended before is forgotten. */
  readonly beforeMs: number;
  /** Documents' bytes in all; of more the oldest are forgotten. */
  readonly bytesMax: number;
}

/** Keeps sessions that are over. */
export interface SessionStore {
  /** Keeps all of these or, if it rejects, none. One of the same id is replaced. */
  keepSessions(sessions: readonly StoredSession[]): Promise<void>;
  listSessions(query: SessionQuery): Promise<readonly SessionRow[]>;
  /** The document as JSON. */
  findSession(id: string): Promise<string | undefined>;
  forgetSessions(retention: SessionRetention): Promise<void>;
}
