import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Phrase } from '../scenario/phrase.ts';
import { BUILT_IN_SCENARIO_URL, readScenario } from '../scenario/read-scenario.ts';
import type { Intent } from '../scenario/scenario.ts';
import { BrainBench, toolOf } from '../testing-doubles/brain-bench.ts';
import { Repertoire } from './repertoire.ts';

const ASSISTANT = readScenario(BUILT_IN_SCENARIO_URL);

const COLORS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink', 'teal'];
const THEME = toolOf('set_theme_color', { 'color!': { type: 'string', enum: COLORS } });

/** Words for the slots that are not lists. */
const SLOT_WORDS: Readonly<Record<string, readonly string[]>> = {
  $number: ['seven', 'twenty five', 'three hundred and two'],
  $duration: ['five minutes', 'an hour and a half', 'thirty seconds'],
  $time: ['half past three', 'five p m', 'seven thirty in the morning'],
};

/** A random way to say a phrase. */
function saying(phrase: Phrase): fc.Arbitrary<string> {
  switch (phrase.type) {
    case 'word':
      return fc.constant(phrase.word);
    case 'slot': {
      const listed = ASSISTANT.slots[phrase.kind]?.values.flatMap(({ sayings }) => sayings);
      return fc.constantFrom(...(listed ?? SLOT_WORDS[phrase.kind] ?? []));
    }
    case 'sequence':
      return fc.tuple(...phrase.parts.map(saying)).map((parts) => parts.filter(Boolean).join(' '));
    case 'choice': {
      const options = fc.oneof(...phrase.options.map(saying));
      return phrase.isOptional ? fc.oneof(fc.constant(''), options) : options;
    }
  }
}

const sentence: fc.Arbitrary<readonly [Intent, string]> = fc.oneof(
  ...ASSISTANT.intents.flatMap((intent) =>
    intent.phrases.map((phrase) => saying(phrase).map((text) => [intent, text] as const)),
  ),
);

test('[SCN19] every sentence of the built-in scenario is understood as its own intent', () => {
  const repertoire = new Repertoire(ASSISTANT, [THEME]);
  fc.assert(
    fc.property(sentence, ([intent, text]) => {
      const [meaning] = repertoire.interpret(text);
      assert.ok(meaning?.type === 'intent', text);
      assert.equal(meaning.intent.id, intent.id, text);
      assert.ok(repertoire.isComplete(text), text);
    }),
    { numRuns: 1_500, seed: 1 },
  );
});

test('[SCN19] the grammar is made of words that can be heard and rules that are there', () => {
  const { jsgf } = new Repertoire(ASSISTANT, [THEME]).grammar;
  const defined = new Set([...jsgf.matchAll(/^(?:public )?<(\w+)> =/gm)].map(([, name]) => name));
  for (const [, name] of jsgf.matchAll(/<(\w+)>(?! =)/g)) {
    assert.ok(defined.has(name), `<${name}> is not defined`);
  }
  const body = jsgf.replaceAll(/#JSGF[^;]*;|grammar \w+;|<\w+>|public/g, ' ');
  for (const word of body.split(/[\s|()[\];=]+/).filter(Boolean)) {
    assert.match(word, /^[a-z][a-z']*$/);
  }
});

test('[SCN20] the built-in assistant has at least 25 intents, and no two share an opening line', () => {
  assert.ok(ASSISTANT.intents.length >= 25);
  assert.equal(
    new Set(ASSISTANT.intents.map(({ reply }) => reply[0])).size,
    ASSISTANT.intents.length,
  );
});

test('[SCN20] it says what it is', () => {
  const bench = new BrainBench(ASSISTANT);
  assert.match(bench.reply().text, /follow a script/);
  for (const name of [
    'chatgpt',
    'Chat GPT',
    'ChatGPT',
    'chat G P T',
    'an a i',
    'an AI',
    'openai',
  ]) {
    assert.match(bench.say(`are you ${name}?`), /^No\. I am a local engine/, name);
  }
  for (const question of ['are you a robot', 'are you a person', 'am I talking to a real person']) {
    assert.match(bench.say(question), /built-in assistant.*Not a person/, question);
  }
  assert.match(
    new BrainBench(ASSISTANT).say('what is the capital of france'),
    /what is the capital of france.*not a language model/,
  );
});

test('[SCN20] it answers the questions that people ask about Prism', () => {
  const bench = new BrainBench(ASSISTANT);
  const cases: readonly (readonly [string, RegExp])[] = [
    ['What is Prism?', /WebRTC/],
    ['How does this work?', /recogniser/],
    ['What happens with my audio?', /forget/],
    ['Which upstream is this?', /built-in engine/],
    ['Can I interrupt you?', /start talking/],
    ["What's the latency?", /half a second/],
    ['How do I use OpenAI?', /OPENAI_API_KEY/],
    ['What time is it?', /3:05 PM/],
    ["What's the date?", /Monday, November 23, 2026/],
    ['What is seven times eight?', /56/],
    ['What can you do?', /timer/],
    ['Say that again', /timer/],
  ];
  for (const [text, expected] of cases) {
    assert.match(bench.say(text), expected, text);
  }
});

test('[SCN20] a story lasts long enough to be interrupted', () => {
  const text = new BrainBench(ASSISTANT).say('tell me a story');
  // At 180 words a minute, faster than any of the voices, 12 seconds are 36 words.
  assert.ok(text.split(/\s+/).length >= 100);
});

test('[SCN20] it sets the colour of the page where the page lets it, and says so where not', () => {
  const bench = new BrainBench(ASSISTANT);
  assert.match(bench.say('make the page purple'), /not registered/);
  bench.tools = [THEME];
  for (const color of COLORS) {
    const [call] = bench.ask(`turn the screen ${color}`).calls;
    assert.deepEqual(JSON.parse(call?.argumentsJson ?? ''), { color });
    assert.match(bench.answer('{"ok":true}').text, new RegExp(color));
  }
  bench.ask('make it pink');
  assert.match(bench.answer('{"error":"no such page"}').text, /no such page/);
});

test('[SCN20] it keeps a shopping list, a to do list and timers', () => {
  const bench = new BrainBench(ASSISTANT);
  bench.say('add milk to my shopping list');
  bench.say('we need some eggs');
  assert.equal(bench.say("what's on my shopping list"), 'You need milk and eggs.');
  bench.say('i have to call mom');
  assert.match(bench.say('what do i have to do'), /call mom/);
  const [timer] = bench.ask('set a timer for ten minutes').reminders;
  assert.equal(timer?.afterMs, 600_000);
  bench.pendingReminders = [{ dueInMs: 61_000, text: 'x' }];
  assert.match(bench.say('how much time is left'), /1 minute and 1 second/);
  assert.equal(bench.ask('cancel my timer').forgetsReminders, true);
});
