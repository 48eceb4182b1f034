import { feltMs, medianFeltMs, type ShownTurn } from '../../state/turn-list.ts';
import { Card } from '../card.tsx';
import { FigureRow } from '../figure-row.tsx';
import { formatMs } from '../figures.ts';

function noteOf(turn: ShownTurn | undefined): string {
  if (turn === undefined) return 'Say or type something: the wait for the answer is measured here.';
  if (turn.latency === undefined) return 'The agent spoke without words of yours.';
  const { origin, voiceToVoiceMs, audibleMs } = turn.latency;
  if (voiceToVoiceMs !== undefined) return 'From your last sound to the first of the answer.';
  if (audibleMs === undefined) return 'Nothing of the answer has been heard.';
  return origin === 'text'
    ? 'From sending your words to the first sound of the answer.'
    : 'From the end of your turn to the first sound of the answer.';
}

/** The wait for the newest answer, and the middle of all. */
export function NewestTurnCard({ turns }: { readonly turns: readonly ShownTurn[] }) {
  const newest = turns.at(-1);
  return (
    <Card title="Last turn">
      <p className="latency-figure" data-testid="latency">
        {formatMs(newest === undefined ? undefined : feltMs(newest))}
      </p>
      <p className="card-note">{noteOf(newest)}</p>
      {turns.length < 2 ? null : (
        <dl className="figures">
          <FigureRow
            label={`Median of ${turns.length} turns`}
            value={formatMs(medianFeltMs(turns))}
            testId="latency-median"
          />
        </dl>
      )}
    </Card>
  );
}
