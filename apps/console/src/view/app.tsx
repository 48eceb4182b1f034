import { isLive } from '../state/call-state.ts';
import { Conversation } from './conversation.tsx';
import { ErrorBanner } from './error-banner.tsx';
import { usePage, usePageState } from './page-context.ts';
import { PageHeader } from './page-header.tsx';
import { TabBar } from './tab-bar.tsx';
import { TabPanel } from './tab-panel.tsx';
import { useCallActions } from './use-call-actions.ts';
import { useLevelVariables } from './use-level-variables.ts';
import { NARROW, useMediaQuery } from './use-media-query.ts';
import { usePushKey } from './use-push-key.ts';
import { useShortcuts } from './use-shortcuts.ts';

/** The playground. */
export function App() {
  const { controller } = usePage();
  const call = usePageState((state) => state.call);
  const chosenTab = usePageState((state) => state.tab);
  const isTesting = usePageState((state) => state.isTestingMicrophone);
  const isNarrow = useMediaQuery(NARROW);
  const actions = useCallActions();
  const tab = chosenTab === 'talk' && !isNarrow ? 'setup' : chosenTab;

  useLevelVariables(() => controller.levels, isLive(call.phase) || isTesting);
  useShortcuts({ onMute: actions.toggleMute, onEscape: actions.interrupt });
  usePushKey({
    isEnabled: isLive(call.phase) && call.turnMode === 'push_to_talk',
    onPress: actions.press,
    onRelease: actions.release,
  });

  return (
    <div className="page" data-tab={tab}>
      <PageHeader />
      {call.error === undefined ? null : <ErrorBanner error={call.error} />}
      <main className="layout">
        <Conversation call={call} actions={actions} />
        <TabBar tab={tab} isNarrow={isNarrow} />
        <TabPanel tab={tab} />
      </main>
    </div>
  );
}
