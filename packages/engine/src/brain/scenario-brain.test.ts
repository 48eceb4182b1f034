import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BrainBench, scenarioOf, toolOf } from '../testing-doubles/brain-bench.ts';

const HOUSE = scenarioOf(`
version: 1
name: House
greeting: Welcome.
nudge: [Go on., Still here.]
idle: Anybody there?
fallback:
  unknown: ['I do not know "{transcript}".']
  unsure: 'Did you say "{transcript}"?'
  unheard: Say that again.
  unasked: To what?
slots:
  room: { kitchen: [cooking place], living room: [lounge], bedroom: [] }
  item: { values: [milk, eggs], open: true }
intents:
  - id: light
    say: '(turn|switch) on the [big] light in the {room}'
    tool: { name: set_light, args: { room: '{room}', on: true, note: 'in the {room}' } }
    meanwhile: One moment.
    after: ['The {room} is bright.', 'Bright again.']
    after_failed: 'The lamp says {output.error.message}.'
    reply: There is no light tool.
  - id: add
    say: add {item} to the list
    do: [{ add: '{item}', to: things }]
    cases:
      - when: { listed: { item: '{item}', in: things } }
        reply: '{item} is there.'
    reply: ['Added {item}, that is {count.things}.', 'Also {item}.']
  - id: drop
    say: remove {item} from the list
    do: [{ remove: '{item}', from: things }]
    reply: Removed.
  - id: clear
    say: clear the list
    do: [{ clear: things }]
    reply: Cleared.
  - id: show
    say: [what's on the list, show the list]
    keywords: [list]
    cases:
      - when: { empty: things }
        reply: Nothing.
    reply: 'There is {list.things}.'
  - id: name
    say: my name is {name:$spelled}
    do: [{ set: person, value: '{name}' }]
    reply: Hello {person}.
  - id: who
    say: who am i
    cases:
      - when: { unset: person }
        reply: I do not know.
    reply: You are {person}.
  - id: sum
    say: what is {a:$number} (plus {b:$number}|and {b:$number})
    do: [{ compute: total, left: '{a}', operator: plus, right: '{b}' }]
    reply: '{total}'
  - id: remind
    say: remind me [in {d:$duration}] [at {t:$time}]
    do: [{ remind: 'It is time.', after: '{d}' }, { remind: 'It is {t}.', after: '{t}' }]
    cases:
      - when: { reminders: some }
        reply: There is one already.
        acts: true
    reply: I will.
  - id: once
    say: remind me once
    do: [{ remind: 'Once.', after: '{d}' }, { set: person, value: nobody }]
    cases:
      - when: { reminders: some }
        reply: Not again.
    reply: Once then {d}.
    type: remind me once in {d:$duration}
  - id: forget
    say: forget it all
    do: [{ forget_reminders: true }]
    reply: Forgotten.
  - id: story
    say: tell a story
    expect: { yes: story, no: enough }
    reply: [Once upon a time. More?, The end. More?]
  - id: enough
    say: no more
    reply: Fine.
  - id: again
    say: repeat
    reply: '{repeat}'
  - id: slow
    say: slower
    do: [{ pace: slower }]
    reply: Slow.
  - id: normal
    say: normal
    do: [{ pace: normal }]
    reply: Normal.
  - id: clock
    say: what time is it
    type: time
    reply: 'It is {time} on {date}.'
`);

const LIGHT = toolOf('set_light', { 'room!': { type: 'string' } });

test('[SCN2] options, choices and slots are understood in all their forms', () => {
  const bench = new BrainBench(HOUSE);
  bench.tools = [LIGHT];
  for (const text of [
    'turn on the light in the kitchen',
    'Switch on the BIG light in the kitchen!',
    'switch on the light in the cooking place',
  ]) {
    assert.equal(bench.ask(text).calls[0]?.name, 'set_light', text);
  }
});

test('[SCN3] exact words win, small differences are forgiven, other sentences are not guessed', () => {
  const bench = new BrainBench(HOUSE);
  for (const text of [
    'what time is it',
    'what time is it please',
    'waht time is it',
    "what's time is it",
    'so what time is it now',
  ]) {
    assert.match(bench.say(text), /^It is 3:05 PM/, text);
  }
  for (const text of ['what is the meaning of life', 'sing me a song', 'where are my keys']) {
    assert.match(bench.say(text), /^I do not know/, text);
  }
});

test('[SCN3] typed text that fits no phrase is taken by its keywords', () => {
  const bench = new BrainBench(HOUSE);
  assert.equal(bench.say('could I possibly have a look at my list of items'), 'Nothing.');
});

test('[SCN3] phrases for the keyboard are not in the grammar', () => {
  const bench = new BrainBench(HOUSE);
  assert.match(bench.say('time'), /^It is/);
  const { jsgf } = bench.brain.grammarFor([]);
  const [, utterances = ''] = jsgf.split('public <utterance> =');
  assert.match(utterances, /what time is it/);
  assert.doesNotMatch(utterances, /\| time\b/);
});

test('[SCN5] lists grow, shrink, are cleared and are spoken', () => {
  const bench = new BrainBench(HOUSE);
  assert.equal(bench.say('show the list'), 'Nothing.');
  assert.equal(bench.say('add milk to the list'), 'Added milk, that is 1.');
  assert.equal(bench.say('add milk to the list'), 'Milk is there.');
  assert.equal(bench.say('add red shoes to the list'), 'Added red shoes, that is 2.');
  assert.equal(bench.say('add eggs to the list'), 'Also eggs.');
  assert.equal(bench.say('show the list'), 'There is milk, red shoes and eggs.');
  bench.say('remove milk from the list');
  assert.equal(bench.say("what's on the list"), 'There is red shoes and eggs.');
  bench.say('clear the list');
  assert.equal(bench.say('show the list'), 'Nothing.');
});

test('[SCN16] state follows from the conversation: asked twice it acts once, a deleted turn is undone', () => {
  const bench = new BrainBench(HOUSE);
  bench.ask('add milk to the list');
  bench.reply();
  bench.reply();
  assert.equal(bench.say('show the list'), 'There is milk.');
  bench.exchanges.splice(0, 1);
  bench.exchanges.length = 0;
  assert.equal(bench.say('show the list'), 'Nothing.');
});

test('[SCN6] several replies are given in turn', () => {
  const bench = new BrainBench(HOUSE);
  const replies = [1, 2, 3].map(() => bench.say('tell a story'));
  assert.deepEqual(replies, [
    'Once upon a time. More?',
    'The end. More?',
    'Once upon a time. More?',
  ]);
});

test('[SCN7] yes and no answer the question of the turn before, and only that', () => {
  const bench = new BrainBench(HOUSE);
  bench.say('tell a story');
  assert.equal(bench.say('yes please'), 'The end. More?');
  assert.equal(bench.say('sure'), 'Once upon a time. More?');
  assert.equal(bench.say('no'), 'Fine.');
  assert.equal(bench.say('yes'), 'To what?');
});

test('[SCN8] a registered tool is called with the slots, and its answer is spoken', () => {
  const bench = new BrainBench(HOUSE);
  bench.tools = [LIGHT];
  const reply = bench.ask('turn on the light in the lounge');
  assert.equal(reply.text, 'One moment.');
  assert.deepEqual(JSON.parse(reply.calls[0]?.argumentsJson ?? ''), {
    room: 'living room',
    on: true,
    note: 'In the living room',
  });
  assert.equal(bench.answer('{"ok":true}').text, 'The living room is bright.');
  bench.ask('turn on the light in the kitchen');
  assert.equal(bench.answer('{"error":{"message":"too hot"}}').text, 'The lamp says too hot.');
});

test('[SCN8] without the tool, or with tool_choice none, the reply is spoken', () => {
  const bench = new BrainBench(HOUSE);
  const reply = bench.ask('turn on the light in the kitchen');
  assert.deepEqual([reply.text, reply.calls], ['There is no light tool.', []]);
  bench.tools = [LIGHT];
  bench.toolChoice = 'none';
  assert.deepEqual(bench.ask('turn on the light in the kitchen').calls, []);
});

test('[SCN13] instructions that begin with say: are spoken', () => {
  const bench = new BrainBench(HOUSE);
  bench.instructions = ' SAY: The kettle boils. Come quick!';
  assert.equal(bench.reply().text, 'The kettle boils. Come quick!');
});

test('[SCN14] a greeting comes first, then nudges; silence has an answer of its own', () => {
  const bench = new BrainBench(HOUSE);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => bench.reply().text),
    ['Welcome.', 'Go on.', 'Still here.', 'Go on.'],
  );
  bench.exchanges.push({ role: 'user', text: '', wasUnderstood: false, isSilence: true });
  assert.equal(bench.reply().text, 'Anybody there?');
});

test('[SCN15] what was not understood is named, and done only if the user says that it is right', () => {
  const bench = new BrainBench(HOUSE);
  assert.equal(bench.say('Where is Bob?'), 'I do not know "Where is Bob?".');
  const heard = (text: string): string => {
    bench.exchanges.push({ role: 'user', text, wasUnderstood: false, isSilence: false });
    return bench.reply().text;
  };
  assert.equal(heard('add milk to the list'), 'Did you say "add milk to the list"?');
  assert.equal(bench.say('yes'), 'Added milk, that is 1.');
  bench.say('clear the list');
  assert.equal(heard('clear the house'), 'Did you say "clear the house"?');
  assert.equal(bench.say('no'), 'Say that again.');
  assert.equal(heard(''), 'Say that again.');
  assert.equal(bench.say('show the list'), 'Nothing.');
});

test('[SCN17] the pace stays until it is changed again, and repeat says the last answer', () => {
  const bench = new BrainBench(HOUSE);
  assert.equal(bench.ask('slower').speedRatio, 0.8);
  const repeated = bench.ask('repeat');
  assert.deepEqual([repeated.text, repeated.speedRatio], ['Slow.', 0.8]);
  for (let index = 0; index < 10; index += 1) {
    bench.ask('slower');
  }
  assert.equal(bench.ask('repeat').speedRatio, 0.5);
  assert.equal(bench.ask('normal').speedRatio, 1);
});

test('[SCN18] reminders are set by length and by time of day, once, and forgotten', () => {
  const bench = new BrainBench(HOUSE);
  assert.deepEqual(bench.ask('remind me in two minutes').reminders, [
    { afterMs: 120_000, text: 'It is time.' },
  ]);
  assert.deepEqual(bench.ask('remind me at 4 pm').reminders, [
    { afterMs: 55 * 60_000, text: 'It is 4:00 PM.' },
  ]);
  assert.deepEqual(bench.ask('what time is it').reminders, []);
  bench.pendingReminders = [{ dueInMs: 1_000, text: 'x' }];
  const acted = bench.ask('remind me in two minutes');
  assert.deepEqual([acted.text, acted.reminders.length], ['There is one already.', 1]);
  assert.deepEqual(bench.ask('remind me once in two minutes').reminders, []);
  bench.pendingReminders = [];
  assert.equal(bench.ask('remind me once in two minutes').reminders.length, 1);
  assert.equal(bench.ask('forget it all').forgetsReminders, true);
});

test('[SCN4] [SCN5] slots become variables, sums and names', () => {
  const bench = new BrainBench(HOUSE);
  assert.equal(bench.say('who am i'), 'I do not know.');
  assert.equal(bench.say('my name is a n n'), 'Hello ann.');
  assert.equal(bench.say('who am i'), 'You are ann.');
  assert.equal(bench.say('what is two and forty'), '42');
  assert.equal(bench.say("what's 2.5 + 1"), '3.5');
});

test('[SCN16] the same request gives the same answer', () => {
  const run = (): string => {
    const bench = new BrainBench(HOUSE);
    bench.tools = [LIGHT];
    const texts = [
      'add milk to the list',
      'tell a story',
      'yes',
      'turn on the light in the kitchen',
      'hm',
    ];
    return JSON.stringify(texts.map((text) => bench.ask(text)));
  };
  assert.equal(run(), run());
});

test('[SCN15] what an answer quotes of a long utterance is short', () => {
  const bench = new BrainBench(HOUSE);
  const quote = /^I do not know "(.*)"\.$/.exec(
    bench.say('nobody understands such words '.repeat(200)),
  );
  assert.match(quote?.[1] ?? '', /^nobody understands .* and so on$/);
  assert.ok((quote?.[1] ?? '').length <= 100);
  assert.ok(bench.say('x'.repeat(10_000)).length <= 150);
});

test('[SCN5] a variable that brings its own full stop makes no second one', () => {
  const scenario = scenarioOf(`
version: 1
name: Test
greeting: Hello.
intents:
  - id: ask
    say: ask it
    tool: { name: ask }
    after: 'It said {output.text}. So it is... well.'
`);
  const bench = new BrainBench(scenario);
  bench.tools = [toolOf('ask')];
  bench.say('ask it');
  assert.equal(bench.answer('{"text":"no."}').text, 'It said no. So it is... well.');
});
