import { type Transcript, visibleEntries } from '@prism/client';
import { PART_TEXTS, type ShownTurn, type TurnPartName } from '../../state/turn-list.ts';
import { Card } from '../card.tsx';
import { usePageState } from '../page-context.ts';
import { TurnRow } from './turn-row.tsx';

const PARTS: readonly TurnPartName[] = ['noticed', 'created', 'signalled', 'heard'];

function wordsOf(turn: ShownTurn, transcript: Transcript): string | undefined {
  const { itemId } = turn.latency;
  const entry = visibleEntries(transcript).find((one) => one.itemId === itemId);
  return entry?.type === 'message' && entry.text !== '' ? entry.text : undefined;
}

/** Every turn's wait, split into its parts, on one scale; newest first. */
export function Waterfall({ turns }: { readonly turns: readonly ShownTurn[] }) {
  const transcript = usePageState((state) => state.call.transcript);
  const scaleMs = Math.max(1, ...turns.map(({ totalMs }) => totalMs));
  return (
    <Card title="Turn by turn">
      {turns.length === 0 ? (
        <p className="empty">No turn has been measured in this call.</p>
      ) : (
        <ol className="waterfall" data-testid="waterfall">
          {turns.toReversed().map((turn) => (
            <TurnRow
              key={turn.latency.turn}
              turn={turn}
              scaleMs={scaleMs}
              words={wordsOf(turn, transcript)}
            />
          ))}
        </ol>
      )}
      <details className="more">
        <summary>What the parts are</summary>
        <dl className="part-notes">
          {PARTS.map((part) => (
            <div key={part}>
              <dt>
                <span className={`swatch part-${part}`} aria-hidden="true" />
                {PART_TEXTS[part].label}
              </dt>
              <dd>{PART_TEXTS[part].note}</dd>
            </div>
          ))}
        </dl>
        <p className="card-note">
          Measured in this browser. A part that is not known is left out and never guessed. Hidden
          tabs slow the clock of levels down.
        </p>
      </details>
    </Card>
  );
}
