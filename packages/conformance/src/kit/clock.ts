/** The time as the kit needs it; tests move it by hand. */
export interface Clock {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Milliseconds since 1970. */
  wallMs(): number;
  /** Calls back once after a duration; the result takes it back. */
  callAfter(durationMs: number, callback: () => void): () => void;
}

/** The process's own clock. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  wallMs: () => Date.now(),
  callAfter: (durationMs, callback) => {
    const timer = setTimeout(callback, durationMs);
    return () => clearTimeout(timer);
  },
};

/** Settles as `promise` does, or rejects with `makeError()` after the limit. The promise itself goes on. */
export function within<Value>(
  promise: Promise<Value>,
  limitMs: number,
  { clock, makeError }: { readonly clock: Clock; readonly makeError: () => Error },
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = clock.callAfter(limitMs, () => reject(makeError()));
    promise.then(
      (value) => {
        cancel();
        resolve(value);
      },
      (error: unknown) => {
        cancel();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
