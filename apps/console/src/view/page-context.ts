import { createContext, useContext, useSyncExternalStore } from 'react';
import type { CallController } from '../call/call-controller.ts';
import type { PlaygroundAction, PlaygroundState } from '../state/playground-state.ts';
import type { Store } from '../state/store.ts';

/** What the page runs on. */
export interface Page {
  readonly store: Store<PlaygroundState, PlaygroundAction>;
  readonly controller: CallController;
  /** Base address of Prism. */
  readonly url: string;
  /** Whether the page was opened with a key. */
  readonly hasToken: boolean;
}

/** Where the components find it. */
export const PageContext = createContext<Page | undefined>(undefined);

/** The page that a component is part of. */
export function usePage(): Page {
  const page = useContext(PageContext);
  if (page === undefined) throw new Error('There is no page around this component.');
  return page;
}

/** A part of the state; the component is rendered anew when it is another one. */
export function usePageState<Part>(select: (state: PlaygroundState) => Part): Part {
  const { store } = usePage();
  return useSyncExternalStore(store.subscribe, () => select(store.state()));
}
