import { isWireObject, objectField } from '../wire-event.ts';

/** Where a value doesn't fit its schema, and why. */
export interface SchemaProblem {
  /** Names and indices from the root on, each after a `/`; empty for the root. */
  readonly path: string;
  readonly message: string;
}

/**
 * The first thing in which a JSON value doesn't fit a schema; undefined if it fits. Of JSON Schema it reads `type`,
 * `enum`, `properties`, `required`, `additionalProperties` and `items`: what the SDK weighs counts in every page. Other
 * keywords are left to who gets the value.
 */
export function schemaProblem(
  value: unknown,
  schema: unknown,
  path = '',
): SchemaProblem | undefined {
  if (schema === false) return { path, message: 'is not allowed' };
  if (!isWireObject(schema)) return undefined;
  const { type, enum: allowed, required } = schema;
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (type !== undefined && !types.some((name) => isOfType(value, name))) {
    return { path, message: `must be ${types.join(' or ')}` };
  }
  if (Array.isArray(allowed) && !allowed.includes(value)) {
    return { path, message: `must be one of ${JSON.stringify(allowed)}` };
  }
  const isList = Array.isArray(value);
  if (!isList && !isWireObject(value)) return undefined;
  const names = !isList && Array.isArray(required) ? required.map(String) : [];
  const missing = names.find((name) => !Object.hasOwn(value, name));
  if (missing !== undefined) return { path: `${path}/${missing}`, message: 'is missing' };
  const properties = objectField(schema, 'properties') ?? {};
  for (const [name, member] of Object.entries(value)) {
    const known = Object.hasOwn(properties, name) ? properties[name] : schema.additionalProperties;
    const problem = schemaProblem(member, isList ? schema.items : known, `${path}/${name}`);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isOfType(value: unknown, name: unknown): boolean {
  if (value === null) return name === 'null';
  if (name === 'integer') return Number.isInteger(value);
  return name === (Array.isArray(value) ? 'array' : typeof value);
}
