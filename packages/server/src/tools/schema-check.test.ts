import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { compileCheck, SchemaError } from './schema-check.ts';

const WEATHER = {
  type: 'object',
  properties: {
    city: { type: 'string', minLength: 1 },
    days: { type: 'array', items: { enum: ['today', 'tomorrow'] } },
  },
  required: ['city'],
  additionalProperties: false,
};

suite('schemas of tools', () => {
  test('[TOL8] what does not fit is told by its path, without its value', () => {
    const check = compileCheck(WEATHER);
    assert.equal(check({ city: 'Oslo', days: ['today'] }), undefined);
    for (const [args, path, message] of [
      [{}, '', /required property 'city'/],
      [{ city: 7 }, '/city', /must be string/],
      [{ city: 'Oslo', days: ['today', 'secret'] }, '/days/1', /one of the allowed values/],
      [{ city: 'Oslo', 'a/b~c': 1 }, '/a~1b~0c', /additional properties/],
    ] as const) {
      const fault = check(args);
      assert.equal(fault?.path, path);
      assert.match(fault?.message ?? '', message);
      assert.doesNotMatch(fault?.message ?? '', /secret/);
    }
  });

  test('[TOL53] the draft is the one that the schema names, and 2020-12 otherwise', () => {
    // `items` as a list is a tuple up to draft 7, and `prefixItems` since 2020-12.
    const old = compileCheck({
      $schema: 'http://json-schema.org/draft-07/schema#',
      properties: { pair: { items: [{ type: 'string' }, { type: 'number' }] } },
    });
    const recent = compileCheck({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      properties: { pair: { prefixItems: [{ type: 'string' }, { type: 'number' }] } },
    });
    for (const check of [old, recent]) {
      assert.equal(check({ pair: ['a', 1] }), undefined);
      assert.equal(check({ pair: ['a', 'b'] })?.path, '/pair/1');
    }
  });

  test('[TOL53] unknown keywords and formats refuse nothing', () => {
    const check = compileCheck({
      'x-ours': true,
      properties: { at: { type: 'string', format: 'date-time' } },
    });
    assert.equal(check({ at: 'soon' }), undefined);
  });

  test('[TOL53] two schemas with one id do not meet', () => {
    const first = compileCheck({
      $id: 'https://example.com/same',
      type: 'object',
      required: ['a'],
    });
    const second = compileCheck({
      $id: 'https://example.com/same',
      type: 'object',
      required: ['b'],
    });
    assert.deepEqual([first({ a: 1 }), second({ b: 1 })], [undefined, undefined]);
  });

  test('[TOL52] a schema that is none is an error', () => {
    for (const schema of [
      { type: 'objekt' },
      { properties: 7 },
      { $ref: 'https://example.com/elsewhere.json' },
      { properties: { a: { pattern: '(' } } },
    ])
      assert.throws(() => compileCheck(schema), SchemaError, JSON.stringify(schema));
  });
});
