import type { BrowserEnvironment } from '../browser-environment.ts';
import type { CallEndpoint } from '../call.ts';
import { Tokens } from '../connection/tokens.ts';
import { definedFields } from '../defined-fields.ts';
import type { ConnectOptions } from '../session-options.ts';

/** Where a session's calls go, with what they ask for; `keptToken` is that of a call that goes on. */
export function endpointOf(
  options: ConnectOptions,
  { setTimer }: Pick<BrowserEnvironment, 'setTimer'>,
  keptToken?: string,
): CallEndpoint {
  const { url, token, getToken } = options;
  const tokens = new Tokens({ token: keptToken ?? token, getToken }, setTimer);
  return { url, tokens, query: queryOf(options) };
}

/** What a new call asks for besides its offer. */
function queryOf({
  model,
  agent,
  variables = {},
}: ConnectOptions): Readonly<Record<string, string>> {
  const hasVariables = Object.keys(variables).length > 0;
  return definedFields({
    model,
    agent,
    variables: hasVariables ? JSON.stringify(variables) : undefined,
  });
}
