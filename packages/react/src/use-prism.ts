import { useMemo, useSyncExternalStore } from 'react';
import { useCallStore } from './call-context.ts';
import { type CallSnapshot, IDLE_CALL } from './call-snapshot.ts';

/** The call and what can be done with it. */
export interface Prism extends CallSnapshot {
  /** Starts a call unless there is one; never rejects, `error` says why there is none. Call it on a click. */
  readonly connect: () => Promise<void>;
  /** Ends the call, or the attempt at one. */
  readonly end: () => void;
  readonly setMuted: (isMuted: boolean) => void;
  /** Says something by text; throws a `PrismClientError` without a live call. */
  readonly sendText: (text: string) => void;
  /** Stops the answer. */
  readonly interrupt: () => void;
}

/** The call of the nearest provider; renders when it changes, not for levels and not for words. */
export function usePrism(): Prism {
  const store = useCallStore();
  const snapshot = useSyncExternalStore(store.subscribe, store.read, readIdle);
  return useMemo(() => {
    const { connect, end, setMuted, sendText, interrupt } = store;
    return { ...snapshot, connect, end, setMuted, sendText, interrupt };
  }, [snapshot, store]);
}

function readIdle(): CallSnapshot {
  return IDLE_CALL;
}
