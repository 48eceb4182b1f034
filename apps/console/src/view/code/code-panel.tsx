import { useState } from 'react';
import { highlight } from '../../state/snippets/highlight.ts';
import type { Snippet } from '../../state/snippets/snippet-context.ts';
import { CopyButton } from '../copy-button.tsx';
import { useSnippets } from './use-snippets.ts';

/** The call as it is set now, as code to take along. */
export function CodePanel() {
  const snippets = useSnippets();
  const [name, setName] = useState<Snippet['name']>('sdk');
  const snippet = snippets.find((one) => one.name === name) ?? snippets[0];
  if (snippet === undefined) return null;
  return (
    <div className="code-panel">
      <div className="code-top">
        <fieldset className="segmented">
          <legend className="hidden">Way to call</legend>
          {snippets.map((one) => (
            <label key={one.name}>
              <input
                type="radio"
                name="snippet"
                data-testid={`snippet-${one.name}`}
                checked={one.name === name}
                onChange={() => {
                  setName(one.name);
                }}
              />
              <span>{one.label}</span>
            </label>
          ))}
        </fieldset>
        <CopyButton label="Copy" text={() => snippet.code} testId="snippet-copy" />
      </div>
      <p className="card-note">{snippet.note}</p>
      {/* Keyboards can scroll only what can take the focus. */}
      <pre className="code" tabIndex={0} aria-label={snippet.fileName} data-testid="snippet">
        <code>
          {highlight(snippet.code).map(({ kind, text }, index) => (
            // Pieces of one text have nothing but their places.
            <span key={index} className={`code-${kind}`}>
              {text}
            </span>
          ))}
        </code>
      </pre>
    </div>
  );
}
