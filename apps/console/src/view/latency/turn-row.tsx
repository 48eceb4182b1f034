import { PART_TEXTS, type ShownTurn } from '../../state/turn-list.ts';
import { formatMs } from '../figures.ts';

const ORIGIN_NAMES = { speech: 'Spoken', commit: 'Push to talk', text: 'Typed' } as const;

/** What the row shows. */
export interface TurnRowProps {
  readonly turn: ShownTurn;
  /** What the full width stands for. */
  readonly scaleMs: number;
  /** What was said, where it is known. */
  readonly words: string | undefined;
}

/** One turn: what was said, a bar of its parts, and their numbers. */
export function TurnRow({ turn, scaleMs, words }: TurnRowProps) {
  const { latency, parts, totalMs } = turn;
  return (
    <li className="turn" data-testid="turn" data-turn={latency.turn}>
      <p className="turn-top">
        <span className="turn-words">{words ?? ORIGIN_NAMES[latency.origin]}</span>
        <b>{formatMs(totalMs)}</b>
      </p>
      <div className="turn-bar-parts" aria-hidden="true">
        {parts.map(({ name, durationMs }) => (
          <span
            key={name}
            className={`part-${name}`}
            style={{ width: `${(durationMs / scaleMs) * 100}%` }}
          />
        ))}
      </div>
      <ul className="turn-parts">
        {parts.map(({ name, durationMs }) => (
          <li key={name} data-part={name} title={PART_TEXTS[name].note}>
            <span className={`swatch part-${name}`} aria-hidden="true" />
            {PART_TEXTS[name].label} <b>{formatMs(durationMs)}</b>
          </li>
        ))}
      </ul>
    </li>
  );
}
