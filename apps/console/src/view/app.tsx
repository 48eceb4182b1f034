import { useCallback, useState } from 'react';
import type { CallController } from '../call/call-controller.ts';
import { isInterruptible, isLive } from '../state/call-state.ts';
import { Conversation } from './conversation.tsx';
import { ErrorBanner } from './error-banner.tsx';
import { EventsDrawer } from './events-drawer.tsx';
import { PageHeader } from './page-header.tsx';
import { Sidebar } from './sidebar.tsx';
import { type CallStore, useCallState } from './use-call-state.ts';
import { useLevelVariables } from './use-level-variables.ts';
import { useShortcuts } from './use-shortcuts.ts';

/** What the page runs on. */
export interface AppProps {
  readonly store: CallStore;
  readonly controller: CallController;
}

/** The playground. */
export function App({ store, controller }: AppProps) {
  const state = useCallState(store);
  const [isLogOpen, setIsLogOpen] = useState(false);
  const version = state.info.type === 'known' ? state.info.info.version : undefined;

  const readLevels = useCallback(() => controller.levels, [controller]);
  const onMute = useCallback(() => {
    controller.setMuted(!store.state().isMuted);
  }, [controller, store]);
  const onInterrupt = useCallback(() => {
    if (isInterruptible(store.state())) controller.interrupt();
  }, [controller, store]);
  const onDismiss = (): void => {
    store.dispatch({ type: 'error.dismissed' });
  };
  useLevelVariables(readLevels, isLive(state.phase));
  useShortcuts({ onMute, onEscape: onInterrupt });

  return (
    <div className="page" data-log={isLogOpen ? 'open' : 'closed'}>
      <PageHeader
        version={version}
        isLogOpen={isLogOpen}
        onToggleLog={() => {
          setIsLogOpen(!isLogOpen);
        }}
      />
      {state.error === undefined ? null : <ErrorBanner error={state.error} onDismiss={onDismiss} />}
      <main className="layout">
        <Conversation
          state={state}
          controller={controller}
          onMute={onMute}
          onInterrupt={onInterrupt}
        />
        <Sidebar state={state} />
      </main>
      {isLogOpen ? (
        <EventsDrawer
          controller={controller}
          onClose={() => {
            setIsLogOpen(false);
          }}
        />
      ) : null}
    </div>
  );
}
