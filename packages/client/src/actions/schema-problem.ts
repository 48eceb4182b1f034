import { isWireObject, numberField, objectField, type WireObject } from '../wire-event.ts';

/** Where a value doesn't fit its schema, and why. */
export interface SchemaProblem {
  /** Names and indices from the root on, joined by `/`; empty for the root. */
  readonly path: string;
  readonly message: string;
}

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string',
  number: (value) => typeof value === 'number',
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  null: (value) => value === null,
  array: (value) => Array.isArray(value),
  object: isWireObject,
};

/**
 * The first thing in which a JSON value doesn't fit a schema; undefined if it fits. Of JSON Schema it reads `type`,
 * `enum`, `const`, `anyOf`, `properties`, `required`, `additionalProperties`, `items`, and the bounds of numbers,
 * texts and lists. Other keywords are left to who gets the value.
 */
export function schemaProblem(
  value: unknown,
  schema: unknown,
  path = '',
): SchemaProblem | undefined {
  if (schema === false) return { path, message: 'is not allowed' };
  if (!isWireObject(schema)) return undefined;
  const message = valueProblem(value, schema) ?? boundProblem(value, schema);
  if (message !== undefined) return { path, message };
  if (Array.isArray(value)) return itemProblem(value, schema, path);
  return isWireObject(value) ? memberProblem(value, schema, path) : undefined;
}

function valueProblem(value: unknown, schema: WireObject): string | undefined {
  const { type, enum: allowed, const: constant, anyOf } = schema;
  const types = (Array.isArray(type) ? type : [type]).filter((name) => typeof name === 'string');
  if (types.length > 0 && !types.some((name) => TYPES[name]?.(value) ?? true)) {
    return `must be ${types.join(' or ')}`;
  }
  const choices = Array.isArray(allowed) ? allowed : 'const' in schema ? [constant] : undefined;
  if (choices !== undefined && !choices.some((choice) => isSame(choice, value))) {
    return `must be one of ${JSON.stringify(choices)}`;
  }
  const isOneOfThem =
    !Array.isArray(anyOf) || anyOf.some((one) => schemaProblem(value, one) === undefined);
  return isOneOfThem ? undefined : 'fits none of the choices';
}

/** Choices are short, and JSON: their texts tell. */
function isSame(choice: unknown, value: unknown): boolean {
  return choice === value || JSON.stringify(choice) === JSON.stringify(value);
}

function boundProblem(value: unknown, schema: WireObject): string | undefined {
  if (typeof value === 'number') {
    const above = numberField(schema, 'exclusiveMinimum') ?? -Infinity;
    const below = numberField(schema, 'exclusiveMaximum') ?? Infinity;
    if (value <= above || value >= below) return 'is out of its bounds';
    return rangeProblem(value, schema, ['minimum', 'maximum']);
  }
  if (typeof value === 'string') {
    return rangeProblem(Array.from(value).length, schema, ['minLength', 'maxLength']);
  }
  return Array.isArray(value)
    ? rangeProblem(value.length, schema, ['minItems', 'maxItems'])
    : undefined;
}

function rangeProblem(
  size: number,
  schema: WireObject,
  [leastName, mostName]: readonly [string, string],
): string | undefined {
  const least = numberField(schema, leastName);
  const most = numberField(schema, mostName);
  if (least !== undefined && size < least) return `is below its ${leastName}, ${least}`;
  return most !== undefined && size > most ? `is beyond its ${mostName}, ${most}` : undefined;
}

function itemProblem(
  items: readonly unknown[],
  schema: WireObject,
  path: string,
): SchemaProblem | undefined {
  for (const [index, item] of items.entries()) {
    const problem = schemaProblem(item, schema.items, `${path}/${index}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function memberProblem(
  object: WireObject,
  schema: WireObject,
  path: string,
): SchemaProblem | undefined {
  const { required } = schema;
  const missing = Array.isArray(required)
    ? required.find(
        (name): name is string => typeof name === 'string' && !Object.hasOwn(object, name),
      )
    : undefined;
  if (missing !== undefined) return { path: `${path}/${missing}`, message: 'is missing' };
  const properties = objectField(schema, 'properties') ?? {};
  for (const [name, member] of Object.entries(object)) {
    const own = Object.hasOwn(properties, name) ? properties[name] : schema.additionalProperties;
    const problem = schemaProblem(member, own, `${path}/${name}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
