/** One side's level; the bar follows a CSS variable, so that it moves without rendering. */
export function LevelBar({
  side,
  label,
}: {
  readonly side: 'microphone' | 'agent';
  readonly label: string;
}) {
  return (
    <div className={`level ${side}`} data-testid={`${side}-level`}>
      <span className="level-label">{label}</span>
      <span className="level-track" aria-hidden="true">
        <span className="level-fill" />
      </span>
    </div>
  );
}
