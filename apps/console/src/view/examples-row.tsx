/** What the row offers. */
export interface ExamplesRowProps {
  readonly examples: readonly string[];
  readonly isEnabled: boolean;
  readonly onPick: (text: string) => void;
}

/** Things to say; once a call is live, a click sends them as text. */
export function ExamplesRow({ examples, isEnabled, onPick }: ExamplesRowProps) {
  return (
    <section className="examples" aria-label="What can I say?">
      <h2>Try saying</h2>
      <ul>
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
    </section>
  );
}
