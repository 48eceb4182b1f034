import { Card } from '../card.tsx';
import { usePageState } from '../page-context.ts';
import { SetupSplit } from '../setup-split.tsx';
import { NewestTurnCard } from './newest-turn-card.tsx';
import { Waterfall } from './waterfall.tsx';

/** How long answers took, turn by turn and part by part, and the call's setup. */
export function LatencyPanel() {
  const turns = usePageState((state) => state.turns);
  const setup = usePageState((state) => state.call.setup);
  return (
    <div className="cards">
      <NewestTurnCard turns={turns} />
      <Waterfall turns={turns} />
      <Card title="Setup of the call">
        {setup.microphoneMs === undefined ? (
          <p className="blank">The steps of the next call appear here.</p>
        ) : (
          <SetupSplit setup={setup} />
        )}
      </Card>
    </div>
  );
}
