import { parseWireObject } from '../wire-event.ts';
import type { Action, ActionCall } from './action.ts';
import { schemaProblem } from './schema-problem.ts';

/** Longest arguments that are read, in UTF-16 code units; as the server has it for its tools. */
const ARGUMENTS_CHARS_MAX = 65_536;

const DONE = '{"status":"done"}';

/** What the model is told of a call that was not carried out, in the words of server-side tools. */
export function refusal(code: string, message: string, path?: string): string {
  return JSON.stringify({ error: { code, message, path } });
}

/**
 * Reads the arguments, holds them against the action's schema, and runs its handler. Resolves to what the model is
 * told, and never rejects.
 */
export async function carryOut(action: Action, text: string, call: ActionCall): Promise<string> {
  const input = text.length > ARGUMENTS_CHARS_MAX ? undefined : parseWireObject(text || '{}');
  // The model is told, so that it can call again with arguments that fit.
  if (input === undefined) return refusal('invalid_arguments', 'The arguments are no JSON object.');
  const problem = schemaProblem(input, action.parameters);
  if (problem !== undefined) {
    const { path, message } = problem;
    return refusal('invalid_arguments', `Argument '${path}' ${message}.`, path);
  }
  let value: unknown;
  try {
    value = await action.handler(input, call);
  } catch (failure) {
    return refusal('tool_failed', failure instanceof Error ? failure.message : 'It failed.');
  }
  return typeof value === 'string' ? value : printed(value);
}

function printed(value: unknown): string {
  try {
    return JSON.stringify(value) ?? DONE;
  } catch {
    // It was done; what came of it can't be told: it is a circle, or a bigint.
    return DONE;
  }
}
