import type { VisibleEntry } from '@prism/client';
import { useSyncExternalStore } from 'react';
import { useCallStore } from './call-context.ts';

const NO_ENTRIES: readonly VisibleEntry[] = [];

/**
 * What was said, in conversation order: messages and calls of functions, partial ones included. Entries that did not
 * change are the same objects as before, so that a memoised row renders for its own words alone. It stays after the
 * end of a call until the next.
 */
export function useTranscript(): readonly VisibleEntry[] {
  const store = useCallStore();
  return useSyncExternalStore(store.subscribeEntries, store.readEntries, () => NO_ENTRIES);
}
