import type { CallStatistics } from '@prism/client';
import { useSyncExternalStore } from 'react';
import { useCallStore } from './call-context.ts';

/** Statistics of the call's media, measured every 2 s while a component asks; undefined without a live call. */
export function useCallStatistics(): CallStatistics | undefined {
  const { statistics } = useCallStore();
  return useSyncExternalStore(statistics.subscribe, statistics.read, () => undefined);
}
