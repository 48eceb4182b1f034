import { useCallback, useMemo, useState } from 'react';
import type { CallController } from '../call/call-controller.ts';
import type { TurnMode } from '../call/turn-controls.ts';
import { isInterruptible, isLive } from '../state/call-state.ts';
import { Conversation } from './conversation.tsx';
import { ErrorBanner } from './error-banner.tsx';
import { EventsDrawer } from './events-drawer.tsx';
import { PageHeader } from './page-header.tsx';
import { Sidebar } from './sidebar.tsx';
import { type CallStore, useCallState } from './use-call-state.ts';
import { useLevelVariables } from './use-level-variables.ts';
import { usePushKey } from './use-push-key.ts';
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
    const { isMuted, turnMode } = store.state();
    if (turnMode === 'hands_free') controller.setMuted(!isMuted);
  }, [controller, store]);
  const onInterrupt = useCallback(() => {
    if (isInterruptible(store.state())) controller.interrupt();
  }, [controller, store]);
  const onDismiss = (): void => {
    store.dispatch({ type: 'error.dismissed' });
  };
  useLevelVariables(readLevels, isLive(state.phase));
  useShortcuts({ onMute, onEscape: onInterrupt });
  const turns = useMemo(
    () => ({
      onMode: (mode: TurnMode) => controller.setTurnMode(mode),
      onPress: () => controller.press(),
      onRelease: () => controller.release(),
      onHold: () => controller.setHeld(!store.state().isHeld),
    }),
    [controller, store],
  );
  const isPushToTalk = isLive(state.phase) && state.turnMode === 'push_to_talk';
  usePushKey({ isEnabled: isPushToTalk, onPress: turns.onPress, onRelease: turns.onRelease });

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
          turns={turns}
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
