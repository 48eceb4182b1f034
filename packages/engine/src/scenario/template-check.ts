import { slotsOfPhrase } from './phrase.ts';
import type { Intent } from './scenario.ts';
import type { LineOf, ScenarioProblem } from './scenario-problem.ts';
import type { ScenarioFile } from './scenario-schema.ts';

/** Variables that every reply may use. */
const BUILT_IN_VARIABLES: readonly string[] = [
  'time',
  'date',
  'transcript',
  'repeat',
  'reminders',
  'tools',
  'examples',
  'list',
  'count',
  'output',
];

const VARIABLE_PATTERN = /\{([a-z][a-z0-9_]*)((?:\.[A-Za-z0-9_]+)*)\}/g;

/** The variables of a template: `{list.shopping}` has the root `list` and the path `['shopping']`. */
function variablesOf(
  template: string,
): readonly { readonly root: string; readonly path: readonly string[] }[] {
  return [...template.matchAll(VARIABLE_PATTERN)].map(([, root = '', path = '']) => ({
    root,
    path: path.split('.').slice(1),
  }));
}

/** Replaces each variable of a template by what `valueOf` gives for it. */
export function fillTemplate(
  template: string,
  valueOf: (root: string, path: readonly string[]) => string,
): string {
  return template.replaceAll(VARIABLE_PATTERN, (_, root: string, path: string) =>
    valueOf(root, path.split('.').slice(1)),
  );
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') {
    return [value];
  }
  if (typeof value === 'object' && value !== null) {
    return Object.values(value).flatMap(textsOf);
  }
  return [];
}

/** Variables in replies that nothing ever sets. */
export function templateProblems(
  file: ScenarioFile,
  intents: readonly Intent[],
  lineOf: LineOf,
): ScenarioProblem[] {
  const set = file.intents.flatMap(({ do: actions }) =>
    (actions ?? []).flatMap((action) => {
      if ('set' in action) {
        return action.set;
      }
      return 'compute' in action ? action.compute : [];
    }),
  );
  const lists = new Set(
    file.intents.flatMap(({ do: actions }) =>
      (actions ?? []).flatMap((action) => ('to' in action ? action.to : [])),
    ),
  );
  const general = new Set([...BUILT_IN_VARIABLES, ...set]);
  return file.intents.flatMap((intent, index) => {
    const compiled = intents[index];
    const slots = [...(compiled?.phrases ?? []), ...(compiled?.typedPhrases ?? [])]
      .flatMap(slotsOfPhrase)
      .map(({ name }) => name);
    const { say: _say, type: _type, keywords: _keywords, ...spoken } = intent;
    return textsOf(spoken)
      .flatMap(variablesOf)
      .flatMap(({ root, path }) => {
        const line = lineOf(['intents', index]);
        if (!general.has(root) && !slots.includes(root)) {
          return [{ line, message: `${intent.id}: nothing sets the variable {${root}}` }];
        }
        const isListless = root === 'list' || root === 'count';
        return isListless && !lists.has(path[0] ?? '')
          ? [{ line, message: `${intent.id}: nothing adds to the list ${path[0] ?? ''}` }]
          : [];
      });
  });
}
