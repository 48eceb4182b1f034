/** What the card offers. */
export interface ExamplesCardProps {
  readonly isEngine: boolean;
  readonly examples: readonly string[];
  readonly isEnabled: boolean;
  readonly onPick: (text: string) => void;
}

/** Things to say; a click sends them as text. */
export function ExamplesCard({ isEngine, examples, isEnabled, onPick }: ExamplesCardProps) {
  return (
    <section className="card" aria-labelledby="examples-heading">
      <h2 id="examples-heading">What can I say?</h2>
      <ul className="examples">
        {examples.map((example) => (
          <li key={example}>
            <button
              type="button"
              className="example"
              disabled={!isEnabled}
              onClick={() => {
                onPick(example);
              }}
            >
              {example}
            </button>
          </li>
        ))}
      </ul>
      {isEngine ? (
        <p className="card-note">
          The built-in engine understands its script only: short, plain English sentences like
          these.
        </p>
      ) : null}
    </section>
  );
}
