import type { WireEvent } from '@prism/client';
import { useEffect } from 'react';
import { useCallStore } from './call-context.ts';
import { useLatest } from './use-latest.ts';

/** Calls the newest `handler` for each server event of a type, or of every type with `*`. Nothing renders for it. */
export function useServerEvent(type: string, handler: (event: WireEvent) => void): void {
  const store = useCallStore();
  const latest = useLatest(handler);
  useEffect(
    () =>
      store.onEvent((event) => {
        if (type === '*' || event.type === type) latest.current(event);
      }),
    [store, type, latest],
  );
}
