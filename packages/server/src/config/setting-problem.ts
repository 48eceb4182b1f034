import { closest } from 'fastest-levenshtein';
import type { z } from 'zod';

/** What is wrong with a value, and where in it. */
export interface SettingProblem {
  /** Names from the setting down; empty for the value as a whole. */
  readonly path: readonly string[];
  readonly message: string;
}

/** The first thing that is wrong with a value, said so that it can be mended. */
export function problemOf(error: z.ZodError, schema: z.ZodType): SettingProblem {
  const [issue] = error.issues;
  if (issue === undefined) return { path: [], message: 'invalid value' };
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const [name = ''] = issue.keys;
    const known = namesAt(schema, path);
    const hint = known.length === 0 ? '' : `. Did you mean '${closest(name, known)}'?`;
    return { path: [...path, name], message: `unknown key '${name}'${hint}` };
  }
  // A key that is none has its own issues below it, where a record says why.
  const inner = issue.code === 'invalid_key' ? issue.issues[0]?.message : undefined;
  return { path, message: inner ?? issue.message };
}

/** The names that may stand at a place of a schema, of all its alternatives; none if that can't be told. */
function namesAt(schema: unknown, path: readonly string[]): readonly string[] {
  const { shape, innerType, options, valueType, element, in: input, out } = definitionOf(schema);
  if (options !== undefined) return [...new Set(options.flatMap((one) => namesAt(one, path)))];
  const wrapped = innerType ?? (shapeless(input) ? out : input);
  if (wrapped !== undefined) return namesAt(wrapped, path);
  const [name, ...rest] = path;
  if (name === undefined) return shape === undefined ? [] : Object.keys(shape);
  const member = shape?.[name] ?? valueType ?? element;
  return member === undefined ? [] : namesAt(member, rest);
}

interface SchemaDefinition {
  readonly type?: string;
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly innerType?: unknown;
  readonly options?: readonly unknown[];
  readonly valueType?: unknown;
  readonly element?: unknown;
  readonly in?: unknown;
  readonly out?: unknown;
}

/** A pipe that begins with a transformation has its shape at its end. */
function shapeless(schema: unknown): boolean {
  return schema === undefined || definitionOf(schema).type === 'transform';
}

/** How a zod schema is made (zod 4, `def`). */
function definitionOf(schema: unknown): SchemaDefinition {
  return (schema as { readonly def?: SchemaDefinition }).def ?? {};
}
