import { isWireObject } from '../wire-event.ts';
import type { Action, ActionCall } from './action.ts';
import { schemaProblem } from './schema-problem.ts';

/** What came of a call: the handler's value, or why there is none, in the words of server-side tools. */
export type Outcome =
  | { readonly isDone: true; readonly value: unknown }
  | {
      readonly isDone: false;
      readonly error: { readonly code: string; readonly message: string; readonly path?: string };
    };

/** Longest arguments that are read, in UTF-16 code units; as the server has it for its tools. */
const ARGUMENTS_CHARS_MAX = 65_536;

/** A call that was not carried out. */
export function refusal(code: string, message: string): Outcome {
  return { isDone: false, error: { code, message } };
}

/** Reads the arguments, holds them against the action's schema, and runs its handler. Never rejects. */
export async function carryOut(action: Action, text: string, call: ActionCall): Promise<Outcome> {
  const input = text.length > ARGUMENTS_CHARS_MAX ? undefined : parseArguments(text);
  // The model is told, so that it can call again with arguments that fit.
  if (!isWireObject(input)) {
    return refusal('invalid_arguments', 'The arguments are no JSON object.');
  }
  const problem = schemaProblem(input, action.parameters);
  if (problem !== undefined) {
    const { path, message } = problem;
    const sentence = `Argument '${path}' ${message}.`;
    return { isDone: false, error: { code: 'invalid_arguments', message: sentence, path } };
  }
  try {
    return { isDone: true, value: await action.handler(input, call) };
  } catch (failure) {
    return refusal(
      'tool_failed',
      failure instanceof Error ? failure.message : 'The action failed.',
    );
  }
}

function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text === '' ? '{}' : text);
  } catch {
    // Text that is no JSON is no object either.
    return undefined;
  }
}

/** The output that the model is told. */
export function outputOf(outcome: Outcome): string {
  if (!outcome.isDone) return JSON.stringify({ error: outcome.error });
  const { value } = outcome;
  if (value === undefined) return '{"status":"done"}';
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? '{"status":"done"}';
  } catch {
    // It was done; what came of it can't be told: it is a circle, or a bigint.
    return '{"status":"done"}';
  }
}
