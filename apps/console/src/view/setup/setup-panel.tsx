import { isLive } from '../../state/call-state.ts';
import { isCallOutdated } from '../../state/playground-state.ts';
import { usePage, usePageState } from '../page-context.ts';
import { ActionsCard } from './actions-card.tsx';
import { AgentCard } from './agent-card.tsx';
import { MicrophoneCard } from './microphone-card.tsx';
import { ServerCard } from './server-card.tsx';
import { SpeakerCard } from './speaker-card.tsx';
import { TransportCard } from './transport-card.tsx';

/** What a call is made with. */
export function SetupPanel() {
  const { controller } = usePage();
  const hasCall = usePageState((state) => isLive(state.call.phase));
  const isOutdated = usePageState(isCallOutdated);
  return (
    <div className="cards">
      {hasCall && isOutdated ? (
        <div className="notice" role="status" data-testid="outdated">
          <p>The call goes on as it was started. These settings count from the next one.</p>
          <button
            type="button"
            className="button small"
            data-testid="call-again"
            onClick={() => {
              controller.start();
            }}
          >
            Call again
          </button>
        </div>
      ) : null}
      <MicrophoneCard />
      <SpeakerCard />
      <TransportCard />
      <AgentCard />
      <ActionsCard />
      <ServerCard />
    </div>
  );
}
