import { createContext, useContext } from 'react';
import type { CallStore } from './call-store.ts';

/** The call of the components below a provider. */
export const CallContext = createContext<CallStore | undefined>(undefined);

/** The store of the nearest provider; throws without one. */
export function useCallStore(): CallStore {
  const store = useContext(CallContext);
  if (store === undefined) throw new Error('Hooks of @prism/react need a <PrismProvider> above.');
  return store;
}
