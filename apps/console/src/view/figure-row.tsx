/** One labelled figure of a card. */
export interface FigureRowProps {
  readonly label: string;
  readonly value: string;
  readonly testId?: string;
  /** What the figure is, for those who want to know exactly. */
  readonly title?: string;
}

/** A label and its value, as a description list's pair. */
export function FigureRow({ label, value, testId, title }: FigureRowProps) {
  return (
    <div className="figure" title={title}>
      <dt>{label}</dt>
      <dd data-testid={testId}>{value}</dd>
    </div>
  );
}
