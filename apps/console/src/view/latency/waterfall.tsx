import { type Transcript, visibleEntries } from '@prism/client';
import { SERVER_PART_TEXTS, SERVER_PARTS } from '../../state/server-turn.ts';
import { PART_TEXTS, type ShownTurn, TURN_PARTS, widthMs } from '../../state/turn-list.ts';
import { Card } from '../card.tsx';
import { usePageState } from '../page-context.ts';
import { PartNotes } from './part-notes.tsx';
import { TurnRow } from './turn-row.tsx';

const HERE_NOTES = TURN_PARTS.map((name) => ({ name, ...PART_TEXTS[name] }));
const SERVER_NOTES = SERVER_PARTS.map((name) => ({ name, ...SERVER_PART_TEXTS[name] }));

function wordsOf({ latency }: ShownTurn, transcript: Transcript): string | undefined {
  const itemId = latency?.itemId;
  const entry = visibleEntries(transcript).find((one) => one.itemId === itemId);
  return entry?.type === 'message' && entry.text !== '' ? entry.text : undefined;
}

/** Every turn's wait, split into its parts, on one scale; newest first. */
export function Waterfall({ turns }: { readonly turns: readonly ShownTurn[] }) {
  const transcript = usePageState((state) => state.call.transcript);
  const scaleMs = Math.max(1, ...turns.map(widthMs));
  return (
    <Card title="Turn by turn">
      {turns.length === 0 ? (
        <p className="blank">No turn has been measured in this call.</p>
      ) : (
        <ol className="waterfall" data-testid="waterfall">
          {turns.toReversed().map((turn) => (
            <TurnRow
              key={turn.id}
              turn={turn}
              scaleMs={scaleMs}
              words={wordsOf(turn, transcript)}
            />
          ))}
        </ol>
      )}
      <details className="more">
        <summary>What the parts are</summary>
        <PartNotes title="In this browser" parts={HERE_NOTES} />
        <PartNotes title="By the server" parts={SERVER_NOTES} />
        <p className="card-note">
          A part that is not known is left out and never guessed; its time is in the next one.
          Hidden tabs slow this browser’s measure of levels down.
        </p>
      </details>
    </Card>
  );
}
