import type { ArgumentsFault, SessionTool } from '@prism/core';
import { Ajv, type ErrorObject, type Options } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** A JSON Schema that is none, or asks for something that isn't there. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError';
}

/** Keywords that a validator doesn't know are let pass, as JSON Schema wants; `format` is taken for a comment. */
const OPTIONS: Options = { strict: false, validateFormats: false, addUsedSchema: false };

/** Drafts up to 7 read some keywords otherwise than those since 2019. */
const OLD_DRAFT = /json-schema\.org\/draft-0[67]\//;

/**
 * Compiles a JSON Schema for arguments, once for a tool: 2020-12, or the draft that its `$schema` names. Throws
 * {@link SchemaError}. References beyond the schema itself are not followed.
 */
export function compileCheck(schema: Readonly<Record<string, unknown>>): SessionTool['check'] {
  const dialect = schema['$schema'];
  const isOld = typeof dialect === 'string' && OLD_DRAFT.test(dialect);
  try {
    // One instance for each, so that equal `$id`s don't meet.
    const ajv = isOld ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS);
    const validate = ajv.compile(schema);
    return (args) => (validate(args) ? undefined : faultOf(validate.errors?.[0]));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new SchemaError(detail, { cause: error });
  }
}

function faultOf(error: ErrorObject | undefined): ArgumentsFault {
  if (error === undefined) return { path: '', message: 'not what the schema says' };
  const path = `${error.instancePath}${extraMember(error)}`;
  return { path, message: error.message ?? error.keyword };
}

/** A member that must not be there is named in the parameters of the error alone. */
function extraMember({ params }: ErrorObject): string {
  const { additionalProperty: name } = params as Record<string, unknown>;
  return typeof name === 'string' ? `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` : '';
}
