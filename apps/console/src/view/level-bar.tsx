/** What the bar shows. */
export interface LevelBarProps {
  readonly side: 'microphone' | 'agent';
  readonly label: string;
  readonly testId?: string;
}

/** One side's level; the bar follows a CSS variable, so that it moves without rendering. */
export function LevelBar({ side, label, testId = `${side}-level` }: LevelBarProps) {
  return (
    <div className={`level ${side}`} data-testid={testId}>
      <span className="level-label">{label}</span>
      <span className="level-track" aria-hidden="true">
        <span className="level-fill" />
      </span>
    </div>
  );
}
