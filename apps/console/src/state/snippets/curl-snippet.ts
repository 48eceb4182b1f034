import { givenVariables } from '../settings.ts';
import { shellWord } from './print-literal.ts';
import type { Snippet, SnippetContext } from './snippet-context.ts';

/** How a back end makes the client secret that such a page is let in with. */
export function curlSnippet({ url, settings, needsToken }: SnippetContext): Snippet {
  const variables = givenVariables(settings);
  const hasVariables = Object.keys(variables).length > 0;
  const body =
    settings.agent === undefined
      ? {}
      : { prism: { agent: settings.agent, ...(hasVariables ? { variables } : {}) } };
  const code = `curl --fail-with-body ${shellWord(`${url}/v1/realtime/client_secrets`)} \\
${needsToken ? '  -H "Authorization: Bearer $PRISM_KEY" \\\n' : ''}  -H 'Content-Type: application/json' \\
  -d ${shellWord(JSON.stringify(body))}
`;
  return {
    name: 'curl',
    label: 'curl',
    note: needsToken
      ? 'Makes a client secret, with a server key of yours in PRISM_KEY. Its value goes to the page.'
      : 'Makes a client secret. Here no key is asked for; elsewhere a server key is.',
    fileName: 'client-secret.sh',
    code,
  };
}
