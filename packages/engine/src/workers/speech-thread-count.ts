import { availableParallelism } from 'node:os';

const MAX_THREAD_COUNT = 2;

/** Threads that each kind of speech work gets by default: one per core, 2 at most; eight people then talk at once. */
export function speechThreadCount(): number {
  return Math.min(MAX_THREAD_COUNT, availableParallelism());
}
