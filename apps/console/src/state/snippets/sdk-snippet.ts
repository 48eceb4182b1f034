import { optionTexts, tokenGetter } from './connect-options.ts';
import type { Snippet, SnippetContext } from './snippet-context.ts';

/** The page's call with the browser SDK, in TypeScript. */
export function sdkSnippet(context: SnippetContext): Snippet {
  const options = optionTexts(context, '    ').map(({ name, value, comment }) => {
    const member = name === value ? name : `${name}: ${value}`;
    return `    ${member},${comment === undefined ? '' : ` // ${comment}`}\n`;
  });
  const code = `import { PrismSession } from '@prism/client';

${tokenGetter(context)}const session = await PrismSession.connect(
  {
${options.join('')}  },
  {
    onServerEvent: (event) => console.log(event.type),
    onError: ({ code, message, remedy }) => console.warn(code, message, remedy),
    onClosed: (error) => console.log('closed', error?.code ?? 'hung up'),
  },
);

session.sendText('Hello!');
`;
  return {
    name: 'sdk',
    label: 'SDK',
    note: 'Falls back to a WebSocket, comes back after a lost network, measures. Call it on a click.',
    fileName: 'call.ts',
    code,
  };
}
