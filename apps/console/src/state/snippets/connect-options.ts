import { wayOf } from '../settings.ts';
import { printLiteral, printText } from './print-literal.ts';
import { namedAgent, type SnippetContext } from './snippet-context.ts';

/** How a page gets what it is let in with; nothing where no key is asked for. */
export function tokenGetter({ needsToken }: SnippetContext): string {
  if (!needsToken) return '';
  return `// Your back end makes a client secret for each of its users: see curl.
async function getToken(): Promise<string> {
  const response = await fetch('/token', { method: 'POST' });
  const { value } = (await response.json()) as { value: string };
  return value;
}

`;
}

/** The actions of the page, each with a handler that the reader fills in; lines of an array's members. */
function actionLines({ actions }: SnippetContext, indent: string): readonly string[] {
  return actions.map(({ name, description, parameters }) => {
    const inner = `${indent}    `;
    return [
      '{',
      `${inner}name: ${printText(name)},`,
      ...(description === undefined ? [] : [`${inner}description: ${printText(description)},`]),
      `${inner}parameters: ${printLiteral(parameters, inner)},`,
      `${inner}handler: (input) => {`,
      `${inner}  console.log(${printText(`${name} was called with`)}, input);`,
      `${inner}  return { ok: true };`,
      `${inner}},`,
      `${indent}  }`,
    ].join('\n');
  });
}

/** One option of a session as source text. */
export interface OptionText {
  readonly name: string;
  readonly value: string;
  readonly comment?: string | undefined;
}

/** The options of a session; `indent` is that of their lines. */
export function optionTexts(context: SnippetContext, indent: string): readonly OptionText[] {
  const { url, settings, needsToken, microphoneLabel, sessionConfig } = context;
  const { microphoneId, transport } = settings;
  const actions = actionLines(context, indent);
  const printed = Object.entries({ ...namedAgent(context), ...wayOf(transport) }).map(
    ([name, value]) => ({ name, value: printLiteral(value, indent) }),
  );
  const microphone =
    microphoneId === undefined
      ? []
      : [{ name: 'microphoneId', value: printText(microphoneId), comment: microphoneLabel }];
  const actionList = `[\n${actions.map((action) => `${indent}  ${action},\n`).join('')}${indent}]`;
  return [
    { name: 'url', value: printText(url) },
    ...(needsToken ? [{ name: 'getToken', value: 'getToken' }] : []),
    ...printed,
    ...microphone,
    { name: 'sessionConfig', value: printLiteral(sessionConfig, indent) },
    ...(actions.length === 0 ? [] : [{ name: 'actions', value: actionList }]),
  ];
}
