import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GrammarCache } from './grammar-cache.ts';
import { type Pronouncer, prepareGrammar, spokenForm } from './prepared-grammar.ts';
import { PronouncingDictionary } from './pronouncing-dictionary.ts';

const dictionary = new PronouncingDictionary(
  [
    ';; comment',
    "'bout B AW T",
    'a AH',
    'a(2) EY',
    "a's EY Z",
    'aaron EH R AH N',
    'hello HH AH L OW',
    'hello(2) HH EH L OW',
    'zoo Z UW',
  ].join('\n'),
);

function jsgf(rules: string): string {
  return `#JSGF V1.0 UTF-8 en;\ngrammar test.one;\n${rules}`;
}

function prepare(rules: string, pronunciations: Record<string, string> = {}, rule?: Pronouncer) {
  return prepareGrammar(
    { jsgf: jsgf(rules), pronunciations },
    dictionary,
    rule ?? (() => new Map()),
  );
}

test('[EAR11] the dictionary gives all pronunciations of a word, and none of words it lacks', () => {
  assert.deepEqual(dictionary.pronunciationsOf('hello'), ['HH AH L OW', 'HH EH L OW']);
  assert.deepEqual(dictionary.pronunciationsOf('a'), ['AH', 'EY']);
  assert.deepEqual(dictionary.pronunciationsOf("'bout"), ['B AW T']);
  assert.deepEqual(dictionary.pronunciationsOf('zoo'), ['Z UW']);
  for (const word of ['zo', 'hell', 'a(2', 'É', '', ';;']) {
    assert.deepEqual(dictionary.pronunciationsOf(word), [], word);
  }
});

test('[EAR11] words come from the dictionary, else by rule', () => {
  const asked: string[] = [];
  const result = prepare('public <s> = hello blorx;', {}, (words) => {
    asked.push(...words);
    return new Map([['blorx', ['B', 'L', 'AO', 'R', 'K', 'S']]]);
  });
  assert.ok(result.type === 'prepared');
  assert.deepEqual(asked, ['blorx']);
  assert.deepEqual(
    [...result.grammar.pronunciationsByWord],
    [
      ['hello', ['HH AH L OW', 'HH EH L OW']],
      ['blorx', ['B L AO R K S']],
    ],
  );
});

test("[EAR11] a grammar's own pronunciation replaces the dictionary's, for this grammar only", () => {
  const result = prepare('public <s> = hello zoo;', { hello: 'y ow1' });
  assert.ok(result.type === 'prepared');
  const [own] =
    [...result.grammar.pronunciationsByWord].find(([, phones]) => phones[0] === 'Y OW') ?? [];
  assert.ok(own !== undefined && own !== 'hello');
  assert.equal(spokenForm(own), 'hello');
  assert.deepEqual(
    result.grammar.graph.arcs.map((arc) => arc.word),
    [own, 'zoo'],
  );
});

test('[EAR12] words without a pronunciation and wrong phones are named', () => {
  assert.deepEqual(prepare('public <s> = hello 北京 ???;'), {
    type: 'refused',
    reason: 'no pronunciation for: 北京, ???',
  });
  assert.deepEqual(prepare('public <s> = hello;', { hello: 'H E L O' }), {
    type: 'refused',
    reason: 'bad phones for: hello',
  });
});

test('[EAR12] grammars beyond the limits are refused', () => {
  const many = Array.from({ length: 5_001 }, (_, i) => `w${i}`).join('|');
  assert.equal(prepare(`public <s> = ${many};`).type, 'refused');
  assert.equal(prepare(`public <s> = ${'a '.repeat(300_000)};`).type, 'refused');
});

test('[EAR13] a grammar that was prepared before is not prepared again', () => {
  let count = 0;
  const cache = new GrammarCache(dictionary, () => {
    count++;
    return new Map([['blorx', ['B']]]);
  });
  const grammar = { jsgf: jsgf('public <s> = blorx;'), pronunciations: {} };
  const first = cache.prepare(grammar);
  assert.equal(cache.prepare({ ...grammar }), first);
  assert.notEqual(cache.prepare({ ...grammar, pronunciations: { x: 'B' } }), first);
  cache.prepare({ jsgf: jsgf('public <s> = blorx hello;'), pronunciations: {} });
  assert.equal(count, 1);
});
