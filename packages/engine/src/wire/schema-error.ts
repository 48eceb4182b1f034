import type { z } from 'zod';
import { invalidRequest, type WireError } from './wire-error.ts';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** Writes a path as the wire names parameters: `session.tools[0].name`. */
export function paramOfPath(path: Path): string {
  return path.reduce<string>((param, part) => {
    if (typeof part === 'number') {
      return `${param}[${part}]`;
    }
    return param === '' ? String(part) : `${param}.${String(part)}`;
  }, '');
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null
        ? (value as Record<PropertyKey, unknown>)[part]
        : undefined,
    root,
  );
}

function nameOfValue(value: unknown): string {
  if (typeof value === 'string') {
    return `'${value.length > 64 ? `${value.slice(0, 64)}…` : value}'`;
  }
  if (Array.isArray(value)) {
    return 'an array';
  }
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

/** The branch of a union that the client most likely meant: the one that was read furthest. */
function likeliestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const depthOf = (branch: readonly Issue[]): number =>
    Math.max(
      0,
      ...branch.map(({ path, code }) => 2 * path.length + (code === 'invalid_type' ? 0 : 1)),
    );
  return branches.reduce<readonly Issue[]>(
    (best, branch) => (best.length === 0 || depthOf(branch) > depthOf(best) ? branch : best),
    [],
  );
}

function errorOfIssue(root: unknown, issue: Issue, base: Path): WireError {
  const path = [...base, ...issue.path];
  const param = paramOfPath(path);
  const value = valueAt(root, path);
  switch (issue.code) {
    case 'unrecognized_keys': {
      const unknown = paramOfPath([...path, issue.keys[0] ?? '']);
      return invalidRequest('unknown_parameter', `Unknown parameter: '${unknown}'.`, unknown);
    }
    case 'invalid_union': {
      const branch = likeliestBranch(issue.errors);
      const first = branch[0];
      if (first !== undefined && value !== undefined) {
        return errorOfIssue(root, first, path);
      }
      break;
    }
    case 'invalid_value': {
      if (value !== undefined) {
        const supported = issue.values.map((one) => nameOfValue(one)).join(', ');
        return invalidRequest(
          'invalid_value',
          `Invalid value: ${nameOfValue(value)}. Supported values are: ${supported}.`,
          param,
        );
      }
      break;
    }
    default:
      break;
  }
  if (value === undefined) {
    return invalidRequest(
      'missing_required_parameter',
      `Missing required parameter: '${param}'.`,
      param,
    );
  }
  const message = `Invalid value for '${param}': ${nameOfValue(value)}. ${issue.message}.`;
  return invalidRequest('invalid_value', message, param);
}

/** Turns what the schema found into the one error that the wire tells: the first, by its path. */
export function schemaError(root: unknown, error: z.ZodError): WireError {
  const first = error.issues[0];
  return first === undefined
    ? invalidRequest('invalid_event', 'The event could not be read.')
    : errorOfIssue(root, first, []);
}
