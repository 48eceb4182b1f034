import { TOOL_ARGUMENTS_CHARS_MAX } from '@prism/protocol';
import type { ArgumentsFault, SessionTool } from './session-tool.ts';

/** Objects and arrays inside each other; deeper ones are nobody's arguments. */
const DEPTH_MAX = 64;

export type ReadArguments =
  | { readonly isValid: true; readonly args: Readonly<Record<string, unknown>> }
  | { readonly isValid: false; readonly fault: ArgumentsFault };

/** Reads a call's arguments and checks them. Models write nothing at all for a function without parameters. */
export function readArguments(tool: SessionTool, argumentsJson: string): ReadArguments {
  if (argumentsJson.length > TOOL_ARGUMENTS_CHARS_MAX)
    return refuse(`longer than ${TOOL_ARGUMENTS_CHARS_MAX} characters`);
  let args: unknown;
  try {
    args = argumentsJson.trim() === '' ? {} : JSON.parse(argumentsJson);
  } catch {
    return refuse('not JSON');
  }
  if (!isRecord(args)) return refuse('not a JSON object');
  if (isDeeperThan(args, DEPTH_MAX)) return refuse(`nested more than ${DEPTH_MAX} deep`);
  const fault = tool.check(args);
  return fault === undefined ? { isValid: true, args } : { isValid: false, fault };
}

function refuse(message: string): ReadArguments {
  return { isValid: false, fault: { path: '', message } };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Level by level, since a recursion over what somebody else nested may have no end of stack. */
function isDeeperThan(value: object, depthMax: number): boolean {
  let level: object[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > depthMax) return true;
    level = level.flatMap((one) => Object.values(one).filter(isObject));
  }
  return false;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
