import { SERVER_PART_TEXTS } from '../../state/server-turn.ts';
import { PART_TEXTS, type ShownTurn } from '../../state/turn-list.ts';
import { formatMs } from '../figures.ts';
import { PartBar } from './part-bar.tsx';

const ORIGIN_NAMES = { speech: 'Spoken', commit: 'Push to talk', text: 'Typed' } as const;

/** What the row shows. */
export interface TurnRowProps {
  readonly turn: ShownTurn;
  /** What the full width stands for. */
  readonly scaleMs: number;
  /** What was said, where it is known. */
  readonly words: string | undefined;
}

/** One turn: what was said, and its wait as this browser and the server measured it. */
export function TurnRow({ turn, scaleMs, words }: TurnRowProps) {
  const { id, latency, parts, server } = turn;
  const origin = latency === undefined ? 'Without words of yours' : ORIGIN_NAMES[latency.origin];
  return (
    <li className="turn" data-testid="turn" data-turn={id}>
      <p className="turn-words">{words ?? origin}</p>
      {parts.length === 0 ? null : (
        <PartBar
          label="In this browser"
          testId="turn-here"
          parts={parts.map((part) => ({ ...part, ...PART_TEXTS[part.name] }))}
          totalMs={parts.reduce((sum, { durationMs }) => sum + durationMs, 0)}
          scaleMs={scaleMs}
        />
      )}
      {server === undefined ? null : (
        <PartBar
          label={
            server.errorMs === undefined
              ? 'By the server'
              : `By the server, ± ${formatMs(server.errorMs)}`
          }
          testId="turn-server"
          parts={server.parts.map((part) => ({ ...part, ...SERVER_PART_TEXTS[part.name] }))}
          totalMs={server.totalMs}
          scaleMs={scaleMs}
        />
      )}
    </li>
  );
}
