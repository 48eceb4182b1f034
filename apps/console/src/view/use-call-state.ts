import { useSyncExternalStore } from 'react';
import type { CallAction, CallState } from '../state/call-state.ts';
import type { Store } from '../state/store.ts';

/** The store of the playground. */
export type CallStore = Store<CallState, CallAction>;

/** The state, rendered anew whenever it changes. */
export function useCallState(store: CallStore): CallState {
  return useSyncExternalStore(store.subscribe, store.state);
}
