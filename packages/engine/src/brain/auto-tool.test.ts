import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BrainBench, scenarioOf, toolOf } from '../testing-doubles/brain-bench.ts';
import { Repertoire } from './repertoire.ts';

const EMPTY = scenarioOf(`
version: 1
name: Empty
greeting: Hello.
intents:
  - id: hello
    say: hello
    reply: Hello.
`);

const WEATHER = toolOf(
  'get_weather',
  {
    'city!': { type: 'string', enum: ['Paris', 'New York', 'Los_Angeles'] },
    days: { type: 'integer' },
  },
  'Gets the current weather for a city. Slow.',
);
const LAMP = toolOf('switchLamp', { 'on!': { type: 'boolean' }, brightness: { type: 'number' } });
const NOTE = toolOf('write-note', { 'text!': { type: 'string' } });
const PING = toolOf('ping', { payload: { type: 'object' } });

function withTools(
  ...tools: Parameters<typeof toolOf>[0] extends string ? ReturnType<typeof toolOf>[] : never
): BrainBench {
  const bench = new BrainBench(EMPTY);
  bench.tools = tools;
  return bench;
}

function callsOf(bench: BrainBench, text: string): readonly (readonly [string, unknown])[] {
  return bench
    .ask(text)
    .calls.map(({ name, argumentsJson }) => [name, JSON.parse(argumentsJson)] as const);
}

test('[SCN9] a tool is called by its name, with enumerated, numeric and boolean arguments', () => {
  const bench = withTools(WEATHER, LAMP, PING);
  const cases: readonly (readonly [string, string, unknown])[] = [
    ['get weather paris', 'get_weather', { city: 'Paris' }],
    ['Please get the weather for New York', 'get_weather', { city: 'New York' }],
    ['get the weather in los angeles days three', 'get_weather', { city: 'Los_Angeles', days: 3 }],
    ['switch the lamp on', 'switchLamp', { on: true }],
    ['switch lamp off', 'switchLamp', { on: false }],
    ['switch lamp on with brightness 40', 'switchLamp', { on: true, brightness: 40 }],
    ['ping', 'ping', {}],
    ['call ping', 'ping', {}],
  ];
  for (const [text, name, args] of cases) {
    assert.deepEqual(callsOf(bench, text), [[name, args]], text);
  }
});

test('[SCN9] a tool is called by the beginning of its description', () => {
  assert.deepEqual(callsOf(withTools(WEATHER), 'get the current weather for a city paris'), [
    ['get_weather', { city: 'Paris' }],
  ]);
});

test('[SCN9] the verb of a description is said as one says it to somebody', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['Switches a light on.', 'switch a light on'],
    ['Applies a filter.', 'apply a filter'],
    ['Presses the button.', 'press the button'],
    ['Fixes the page.', 'fix the page'],
    ['Closes the door.', 'close the door'],
    ['Caches the answer.', 'cache the answer'],
    ['Does the laundry.', 'do the laundry'],
    ['Press the button.', 'press the button'],
  ];
  for (const [description, sentence] of cases) {
    const repertoire = new Repertoire(EMPTY, [toolOf('do_it', {}, description)]);
    assert.ok(repertoire.isComplete(sentence), sentence);
  }
});

test('[SCN9] free text can be typed', () => {
  assert.deepEqual(callsOf(withTools(NOTE), 'write note buy two lamps'), [
    ['write-note', { text: 'buy two lamps' }],
  ]);
});

test('[SCN10] what a tool lacks is asked for, and the answer completes the call', () => {
  const bench = withTools(WEATHER, NOTE);
  assert.equal(
    bench.say('get the weather'),
    'For get weather I need the city. You can say paris, new york or los angeles.',
  );
  assert.deepEqual(callsOf(bench, 'new york'), [['get_weather', { city: 'New York' }]]);
  assert.match(bench.say('write note'), /type it, or spell it letter by letter/);
  assert.deepEqual(callsOf(bench, 'm i l k'), [['write-note', { text: 'milk' }]]);
});

test('[SCN10] another sentence drops the question', () => {
  const bench = withTools(WEATHER);
  bench.say('get the weather');
  assert.equal(bench.say('hello'), 'Hello.');
  assert.deepEqual(callsOf(bench, 'paris'), []);
});

test('[SCN11] a named function is always called, with what the words give', () => {
  const bench = withTools(WEATHER, LAMP);
  bench.toolChoice = { type: 'function', name: 'get_weather' };
  assert.deepEqual(callsOf(bench, 'is it nice in new york'), [
    ['get_weather', { city: 'New York' }],
  ]);
  assert.deepEqual(callsOf(bench, 'hello'), [['get_weather', { city: 'Paris' }]]);
  assert.notEqual(bench.answer('"sunny"').text, '');
});

test('[SCN11] required calls the likeliest function, none calls nothing', () => {
  const bench = withTools(WEATHER, LAMP);
  bench.toolChoice = 'required';
  assert.deepEqual(callsOf(bench, 'is that lamp broken'), [['switchLamp', { on: false }]]);
  assert.deepEqual(callsOf(bench, 'get weather paris'), [['get_weather', { city: 'Paris' }]]);
  bench.toolChoice = 'none';
  const reply = bench.ask('get weather paris');
  assert.deepEqual(reply.calls, []);
  assert.match(reply.text, /may not use tools/);
});

test('[SCN12] two calls can be asked for in one sentence', () => {
  const bench = withTools(WEATHER, LAMP);
  assert.deepEqual(callsOf(bench, 'get weather paris and switch the lamp on'), [
    ['get_weather', { city: 'Paris' }],
    ['switchLamp', { on: true }],
  ]);
  assert.equal(
    bench.answer('{"sky":"blue","degrees":21}', '"ok"').text,
    'get weather says: sky blue and degrees 21. switch lamp says: ok.',
  );
});

test('[SCN9] a tool that fails or answers nothing is told as such', () => {
  const bench = withTools(PING);
  bench.ask('ping');
  assert.equal(bench.answer('').text, 'ping is done.');
  bench.ask('ping');
  assert.equal(
    bench.answer('{"error":"no route"}').text,
    'That did not work. The tool ping says: no route.',
  );
});

test('[SCN9] a tool answer is read as a sentence, with one full stop', () => {
  for (const [output, said] of [
    ['"All is well."', 'ping says: All is well.'],
    ['"Is it?"', 'ping says: Is it?'],
    ['plain', 'ping says: plain.'],
    ['{"error":"no route."}', 'That did not work. The tool ping says: no route.'],
  ] as const) {
    const bench = withTools(PING);
    bench.ask('ping');
    assert.equal(bench.answer(output).text, said);
  }
});

test('[SCN9] a handoff is told by whom it goes to', () => {
  for (const name of ['transfer_to_painter', 'transferToPainter', 'handoff_to_the_painter']) {
    const bench = withTools(toolOf(name));
    bench.exchanges.push(
      { role: 'call', callId: 'c1', name, argumentsJson: '{}' },
      { role: 'output', callId: 'c1', output: '{"assistant":"Painter"}' },
    );
    assert.equal(bench.reply().text, 'I have handed you over to the painter.');
  }
});

test('[SCN19] the grammar has the phrases and values of the tools, and not their free text', () => {
  const bench = new BrainBench(EMPTY);
  const { jsgf } = bench.brain.grammarFor([WEATHER, LAMP, NOTE]);
  assert.match(jsgf, /paris \| new york \| los angeles/);
  assert.match(jsgf, /switch \[ the \| a \| my \| me \] lamp/);
  assert.match(jsgf, /write \[ the \| a \| my \| me \] note/);
  assert.doesNotMatch(jsgf, /undefined/);
});

test('[SCN9] no tool definition and no words make the brain throw', () => {
  const word = fc.constantFrom(
    ...'constructor __proto__ toString hasOwnProperty get weather paris and five a minute what is the of 3:30 pm yes'.split(
      ' ',
    ),
  );
  const name = fc.oneof(word, fc.string({ maxLength: 12 }));
  const schema = fc.oneof(
    fc.constant({ type: 'string' }),
    fc.constant({ type: 'number' }),
    fc.record({
      enum: fc.array(fc.oneof(word, fc.integer(), fc.constant(null)), { maxLength: 3 }),
    }),
    fc.anything({ maxDepth: 2 }),
  );
  const tool = fc.record({
    name,
    description: fc.oneof(fc.constant(''), fc.string(), word),
    parameters: fc.oneof(
      fc.record({
        type: fc.constant('object'),
        properties: fc.dictionary(name, schema, { maxKeys: 3 }),
        required: fc.array(name, { maxLength: 3 }),
      }),
      fc.dictionary(fc.string(), fc.anything({ maxDepth: 1 }), { maxKeys: 2 }),
    ),
  });
  const said = fc.oneof(
    fc.array(word, { maxLength: 8 }).map((words) => words.join(' ')),
    fc.string({ unit: 'binary' }),
  );
  const choice = fc.oneof(
    fc.constantFrom('auto' as const, 'none' as const, 'required' as const),
    name.map((chosen) => ({ type: 'function' as const, name: chosen })),
  );
  fc.assert(
    fc.property(
      fc.array(tool, { maxLength: 3 }),
      fc.array(said, { maxLength: 4 }),
      choice,
      (tools, texts, toolChoice) => {
        const bench = new BrainBench(EMPTY);
        bench.tools = tools;
        bench.toolChoice = toolChoice;
        bench.brain.grammarFor(tools);
        for (const text of texts) {
          const reply = bench.ask(text);
          bench.brain.isComplete(text, tools);
          for (const { argumentsJson } of reply.calls) {
            JSON.parse(argumentsJson);
          }
          if (reply.calls.length > 0) {
            bench.answer(...reply.calls.map(() => text));
          }
        }
      },
    ),
    { numRuns: 600, seed: 9 },
  );
});
