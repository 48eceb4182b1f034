import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJsgf } from './jsgf-parser.ts';
import { buildWordGraph, type WordGraph } from './word-graph.ts';

function graphOf(rules: string): WordGraph | string {
  const parsed = parseJsgf(`#JSGF V1.0 UTF-8 en;\ngrammar test.one;\n${rules}`);
  if (parsed.type === 'refused') return parsed.reason;
  const built = buildWordGraph(parsed.grammar);
  return built.type === 'refused' ? built.reason : built.graph;
}

/** All sentences of at most `maxWords` words. */
function sentences(graph: WordGraph | string, maxWords = 4): readonly string[] {
  if (typeof graph === 'string') assert.fail(graph);
  const found: string[] = [];
  const walk = (state: number, words: readonly string[]): void => {
    if (graph.finalStates.includes(state)) found.push(words.join(' '));
    if (words.length === maxWords) return;
    for (const arc of graph.arcs) if (arc.from === state) walk(arc.to, [...words, arc.word]);
  };
  walk(0, []);
  return found.sort();
}

test('[EAR22] sequences, choices, options, groups and rules say what JSGF says', () => {
  const graph = graphOf(`
    public <s> = turn (on | off) [the] <lamp>; // a comment
    /* another <one> */ <lamp> = light | "desk lamp" {tag \\} still} | /0.5/ fan;`);
  const expected = ['on', 'off'].flatMap((way) =>
    ['', ' the'].flatMap((the) =>
      ['light', 'desk lamp', 'fan'].map((lamp) => `turn ${way}${the} ${lamp}`),
    ),
  );
  assert.deepEqual(sentences(graph, 5), expected.sort());
});

test('[EAR22] repetitions, <NULL> and <VOID> say what JSGF says', () => {
  assert.deepEqual(sentences(graphOf('public <s> = a+;'), 3), ['a', 'a a', 'a a a']);
  assert.deepEqual(sentences(graphOf('public <s> = b a*;'), 3), ['b', 'b a', 'b a a']);
  assert.deepEqual(sentences(graphOf('public <s> = a <NULL> b | c <VOID>;')), ['a b']);
  assert.deepEqual(sentences(graphOf('public <s> = x <r> y; <r> = a+ | b;'), 4), [
    'x a a y',
    'x a y',
    'x b y',
  ]);
});

test('[EAR22] a choice behind a repetition does not leak into what comes before it', () => {
  assert.deepEqual(sentences(graphOf('public <s> = (a | b)+ c | d;'), 2), ['a c', 'b c', 'd']);
  assert.deepEqual(sentences(graphOf('public <s> = a [b]+ c;'), 4), ['a b b c', 'a b c', 'a c']);
});

for (const [rules, reason] of [
  ['public <s> = (a;', /";" stands where "\)" is expected/],
  ['public <s> = a', /ends in the middle/],
  ['public <s> = ;', /nothing before ";"/],
  ['public <s> = a | ;', /nothing before ";"/],
  ['<s> = a;', /no public rule/],
  ['public <s> = <missing>;', /<missing> is missing/],
  ['public <s> = a <s>;', /refers to itself/],
  ['public <s> = a; <s> = b;', /twice/],
  ['public s = a;', /rule name is missing/],
  ['public <s> = <VOID>;', /no sentence/],
  [`public <s> = ${'('.repeat(300)}a${')'.repeat(300)};`, /nested too deeply/],
  [
    `public <s> = <r0>; ${Array.from({ length: 20 }, (_, i) => `<r${i}> = <r${i + 1}> <r${i + 1}>;`).join(' ')} <r20> = a;`,
    /too large/,
  ],
] as const) {
  test(`[EAR12] "${rules.slice(0, 40)}" is refused: ${String(reason)}`, () => {
    const result = graphOf(rules);
    assert.ok(typeof result === 'string');
    assert.match(result, reason);
  });
}

test('[EAR12] a text that is no JSGF is refused, whatever it is', () => {
  assert.deepEqual(parseJsgf('hello'), { type: 'refused', reason: 'no JSGF header' });
  const pieces = fc.constantFrom(
    '<a>',
    '=',
    ';',
    '|',
    '(',
    ')',
    '[',
    ']',
    '*',
    '+',
    'w',
    '"',
    '{',
    '/',
    'public',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 30 }), (tokens) => {
      const result = graphOf(tokens.join(' '));
      assert.ok(typeof result === 'string' || result.finalStates.length > 0);
    }),
    { seed: 8, numRuns: 1_000 },
  );
});

test('[EAR22] grammars with many phrases over the same slots stay small', () => {
  const number = Array.from({ length: 50 }, (_, i) => `n${i}`).join(' | ');
  const phrases = Array.from({ length: 100 }, (_, i) => `say${i} <n> and <n>`).join(' | ');
  const graph = graphOf(`public <s> = ${phrases}; <n> = ${number};`);
  assert.ok(typeof graph !== 'string');
  assert.equal(graph.stateCount, 5);
  assert.equal(graph.arcs.length, 100 + 50 + 1 + 50);
});
