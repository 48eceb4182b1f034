import type { AgentVariable } from '@prism/protocol';

/** Where a variable stands in instructions: `{{name}}`. */
const PLACE = /\{\{\s*([A-Za-z]\w{0,63})\s*\}\}/g;

/** The variables that a text has places for, each once. */
export function placesIn(text: string): readonly string[] {
  return [...new Set(Array.from(text.matchAll(PLACE), ([, name]) => name ?? ''))];
}

/** Why a variable can't be filled in. */
export interface VariableFault {
  readonly variable: string;
  readonly message: string;
}

/** The values of all variables, or what is wrong with one. */
export type FilledVariables =
  | { readonly isFilled: true; readonly values: ReadonlyMap<string, string> }
  | { readonly isFilled: false; readonly fault: VariableFault };

/** Puts given values and defaults together; every variable has to have one, and there are no others. */
export function fillVariables(
  variables: Readonly<Record<string, AgentVariable>>,
  given: Readonly<Record<string, string>>,
): FilledVariables {
  const values = new Map<string, string>();
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(variables, name));
  if (unknown !== undefined) return fault(unknown, 'The agent has no such variable.');
  for (const [name, { defaultValue, charsMax }] of Object.entries(variables)) {
    const value = Object.hasOwn(given, name) ? given[name] : defaultValue;
    if (value === undefined) return fault(name, 'The agent needs a value for it.');
    if (value.length > charsMax)
      return fault(name, `It has ${value.length} characters; the agent takes ${charsMax}.`);
    values.set(name, value);
  }
  return { isFilled: true, values };
}

/** A text with its variables filled in, once: a value is text, whatever it looks like. */
export function fillIn(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(PLACE, (place, name: string) => values.get(name) ?? place);
}

function fault(variable: string, message: string): FilledVariables {
  return { isFilled: false, fault: { variable: variable.slice(0, 64), message } };
}
