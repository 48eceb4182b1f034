import { formatMs } from '../figures.ts';

/** One part as the bar draws it. */
export interface BarPart {
  readonly name: string;
  readonly label: string;
  readonly note: string;
  readonly durationMs: number;
}

/** What the bar shows. */
export interface PartBarProps {
  /** Who measured it. */
  readonly label: string;
  readonly testId: string;
  readonly parts: readonly BarPart[];
  readonly totalMs: number;
  /** What the full width stands for. */
  readonly scaleMs: number;
}

/** A wait as a bar of its parts, and their numbers. */
export function PartBar({ label, testId, parts, totalMs, scaleMs }: PartBarProps) {
  return (
    <div className="part-bar" data-testid={testId}>
      <p className="part-bar-top">
        <span>{label}</span>
        <b>{formatMs(totalMs)}</b>
      </p>
      <div className="part-bar-parts" aria-hidden="true">
        {parts.map(({ name, durationMs }) => (
          <span
            key={name}
            className={`part-${name}`}
            style={{ width: `${(durationMs / scaleMs) * 100}%` }}
          />
        ))}
      </div>
      <ul className="turn-parts">
        {parts.map((part) => (
          <li key={part.name} data-part={part.name} title={part.note}>
            <span className={`swatch part-${part.name}`} aria-hidden="true" />
            {part.label} <b>{formatMs(part.durationMs)}</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
