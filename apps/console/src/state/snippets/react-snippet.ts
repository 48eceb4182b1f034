import { optionTexts, tokenGetter } from './connect-options.ts';
import type { Snippet, SnippetContext } from './snippet-context.ts';

/** The same call as React components. */
export function reactSnippet(context: SnippetContext): Snippet {
  const props = optionTexts(context, '      ').map(({ name, value }) => {
    const isText = value.startsWith("'") && !value.includes('\\') && !value.includes('"');
    return `      ${name}=${isText ? `"${value.slice(1, -1)}"` : `{${value}}`}\n`;
  });
  const code = `import { PrismProvider, usePrism, useTranscript } from '@prism/react';

${tokenGetter(context)}function Call() {
  const { status, connect, end, error } = usePrism();
  const entries = useTranscript();
  return (
    <>
      <button onClick={status === 'live' ? end : connect}>
        {status === 'live' ? 'Hang up' : 'Talk'}
      </button>
      {error && <p role="alert">{error.message} {error.remedy}</p>}
      <ol aria-live="polite">
        {entries.map((entry) =>
          entry.type === 'message' ? <li key={entry.itemId}>{entry.text}</li> : null,
        )}
      </ol>
    </>
  );
}

export function App() {
  return (
    <PrismProvider
${props.join('')}    >
      <Call />
    </PrismProvider>
  );
}
`;
  return {
    name: 'react',
    label: 'React',
    note: 'The SDK as hooks, from @prism/react.',
    fileName: 'app.tsx',
    code,
  };
}
