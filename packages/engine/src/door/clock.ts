/** Time as the engine's doors see it. Injected, so that tests turn the hands. */
export interface Clock {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** Calls back once at or after a monotonic time; the result takes it back. */
  callAt(atMs: number, callback: () => void): () => void;
}
