import assert from 'node:assert/strict';
import test from 'node:test';
import { schemaProblem } from './schema-problem.ts';

/** Schema, a value that fits, one that doesn't, and where. */
const CASES: readonly (readonly [unknown, unknown, unknown, string])[] = [
  [{ type: 'string' }, 'a', 1, ''],
  [{ type: 'integer' }, 3, 3.5, ''],
  [{ type: ['number', 'null'] }, null, 'x', ''],
  [{ type: 'object' }, {}, [], ''],
  [{ type: 'array' }, [], {}, ''],
  [{ type: 'boolean' }, false, 0, ''],
  [{ type: 'of tomorrow' }, 1, undefined, 'fits'],
  [{ enum: ['a', 1, [2]] }, [2], 'b', ''],
  [{ const: { a: 1 } }, { a: 1 }, { a: 2 }, ''],
  [{ anyOf: [{ type: 'string' }, { minimum: 5, type: 'number' }] }, 6, 4, ''],
  [{ minimum: 1, maximum: 2 }, 2, 3, ''],
  [{ exclusiveMinimum: 1, exclusiveMaximum: 2 }, 1.5, 1, ''],
  [{ exclusiveMaximum: 2 }, 1, 2, ''],
  [{ minLength: 2, maxLength: 3 }, '👍👍', '👍', ''],
  [{ maxLength: 3 }, 'abc', 'abcd', ''],
  [{ minItems: 1, maxItems: 2 }, [1], [], ''],
  [{ items: { type: 'string' } }, ['a'], ['a', 2], '/1'],
  [{ required: ['a'] }, { a: undefined }, { b: 1 }, '/a'],
  [{ required: ['toString'] }, { toString: 1 }, {}, '/toString'],
  [
    { properties: { a: { properties: { b: { type: 'null' } } } } },
    { a: { b: null } },
    { a: { b: 1 } },
    '/a/b',
  ],
  [{ properties: { a: {} }, additionalProperties: false }, { a: 1 }, { a: 1, b: 2 }, '/b'],
  [{ properties: {}, additionalProperties: false }, {}, { constructor: 1 }, '/constructor'],
  [{ additionalProperties: { type: 'number' } }, { a: 1 }, { a: 'x' }, '/a'],
];

test('[ACN1] each keyword lets through what fits, and names the place of what does not', () => {
  for (const [schema, fitting, other, path] of CASES) {
    assert.equal(schemaProblem(fitting, schema), undefined, JSON.stringify(schema));
    if (path === 'fits') continue;
    assert.equal(schemaProblem(other, schema)?.path, path, JSON.stringify(schema));
  }
});

test('[ACN1] a schema that is none, and keywords that it does not know, let everything through', () => {
  for (const schema of [
    undefined,
    null,
    true,
    7,
    [],
    { pattern: '(', properties: 3, required: 'a', items: 4 },
  ]) {
    assert.equal(schemaProblem({ a: [1] }, schema), undefined);
  }
});
