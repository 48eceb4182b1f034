import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadScenario, SCENARIO_CHARS_MAX } from './load-scenario.ts';
import { readScenario, ScenarioError } from './read-scenario.ts';

const HEAD = 'version: 1\nname: Test\ngreeting: Hello.\nintents:\n';

function problemsOf(yaml: string): string[] {
  const loaded = loadScenario(yaml);
  return loaded.ok ? [] : loaded.problems.map(({ line, message }) => `${line}: ${message}`);
}

test('[SCN1] every mistake is told with its line', () => {
  const yaml = `version: 1
name: Test
greeting: Hello.
colour: red
slots:
  city: [paris, "st. petersburg"]
intents:
  - id: weather
    say:
      - weather in {town}
      - weather (today|tomorrow
      - what's 2 plus 2
    reply: It rains in {town} on {day}.
  - id: weather
    say: hello
    expect: { yes: nothing }
`;
  assert.deepEqual(problemsOf(yaml), ['4: unknown field colour']);
  assert.deepEqual(problemsOf(yaml.replace('colour: red\n', '')), [
    "5: slots.city: 'st. petersburg' can't be heard; say it in words",
    '9: "weather in {town}": there is no slot town',
    `10: "weather (today|tomorrow": ')' is missing`,
    `11: "what's 2 plus 2": '2' is no word: only letters and apostrophes can be heard`,
    '13: the intent weather is there twice',
    '13: the intent weather has neither reply nor tool',
    '7: weather: nothing sets the variable {day}',
    "15: expect names the intent nothing, which isn't there",
  ]);
});

test('[SCN1] a mistake of syntax is told once, with a hint', () => {
  const yaml = `${HEAD}  - id: a\n    say:\n      - [can you] repeat\n    reply: x\n`;
  const problems = problemsOf(yaml);
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? '', /^7: .*in quotes/);
});

test('[SCN1] fields of a wrong type are named by their path', () => {
  const [problem] = problemsOf(
    `${HEAD}  - id: a\n    say: hi\n    reply: x\n    do:\n      - { add: milk }\n`,
  );
  assert.match(problem ?? '', /^9: intents\[0\]\.do\[0\]/);
  assert.match(problemsOf('name: x')[0] ?? '', /version/);
  assert.match(problemsOf('- 1')[0] ?? '', /the file/);
});

test('[SCN1] a required field that is missing is named, with the line of what it belongs to', () => {
  assert.deepEqual(problemsOf('version: 1\nname: x\nintents:\n  - say: hi\n    reply: x\n'), [
    '1: the field greeting is missing',
    '4: the field intents[0].id is missing',
  ]);
  assert.deepEqual(problemsOf('# empty\n{}\n').slice(0, 2), [
    '1: the field version is missing',
    '1: the field name is missing',
  ]);
  assert.deepEqual(problemsOf(`${HEAD}  - id: a\n    tool: {}\n`), [
    '5: the field intents[0].say is missing',
    '6: the field intents[0].tool.name is missing',
  ]);
});

test('[SCN1] a list that nothing adds to is a mistake', () => {
  const yaml = `${HEAD}  - id: a\n    say: hi\n    reply: 'You need {list.shopping}.'\n`;
  assert.deepEqual(problemsOf(yaml), ['5: a: nothing adds to the list shopping']);
});

test('[SCN1] a file that is too long is refused', () => {
  assert.equal(problemsOf('#'.repeat(SCENARIO_CHARS_MAX + 1)).length, 1);
});

test('[SCN1] a file that is not there is an error that names it', () => {
  assert.throws(
    () => readScenario('/nowhere/scenario.yaml'),
    (error) => error instanceof ScenarioError && /nowhere/.test(error.message),
  );
});
