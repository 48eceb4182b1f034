import type { BrowserEnvironment } from '@prism/client';
import {
  createElement,
  type ReactElement,
  type ReactNode,
  useEffect,
  useInsertionEffect,
  useState,
} from 'react';
import { CallContext } from './call-context.ts';
import { type CallOptions, CallStore } from './call-store.ts';

/** The options of `PrismSession.connect`, its listeners, and what concerns React. */
export type PrismProviderProps = CallOptions & {
  readonly children?: ReactNode;
  /** Calls as soon as it is mounted; browsers may keep the sound back until the user does something. */
  readonly connectOnMount?: boolean | undefined;
  /** What the SDK takes from the browser; for tests. Of the first render alone. */
  readonly environment?: BrowserEnvironment | undefined;
};

/**
 * Holds the one call of the components below. Props are those of the next call: a running one keeps those that it
 * began with. The call ends when the provider leaves the page.
 */
export function PrismProvider(props: PrismProviderProps): ReactElement {
  const { children, connectOnMount = false, environment, ...options } = props;
  const [store] = useState(() => new CallStore(options, { environment }));
  // Before any effect of a child, which may connect.
  useInsertionEffect(() => {
    store.configure(options);
  });
  useEffect(() => store.hold(), [store]);
  useEffect(() => {
    if (connectOnMount) void store.connect();
  }, [store, connectOnMount]);
  return createElement(CallContext.Provider, { value: store }, children);
}
