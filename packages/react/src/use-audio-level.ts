import { useCallback, useSyncExternalStore } from 'react';
import { useCallStore } from './call-context.ts';

/**
 * How loud one side is, from 0 to 1, linear in decibels; 0 without a live call. The component that asks renders at most
 * 20 times a second, and no other one; not while the page is hidden.
 */
export function useAudioLevel(side: 'microphone' | 'agent'): number {
  const { levels } = useCallStore();
  const read = useCallback(() => levels.read()[side], [levels, side]);
  return useSyncExternalStore(levels.subscribe, read, () => 0);
}
