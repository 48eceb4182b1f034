import type { LoadPart } from '@prism/core';

/** Whether there is room for another session. */
export interface ServerCapacity {
  readonly live: number;
  readonly max: number;
  readonly isDraining: boolean;
  /** Of the fullest part, 0–1. */
  readonly load: number;
  readonly parts: Readonly<Record<LoadPart, number>>;
  /** Why no session is taken; none while they are. */
  readonly reasons: readonly string[];
}
