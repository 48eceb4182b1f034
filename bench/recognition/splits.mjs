// Which sentences are whose. Three splits, none of which shares a sentence with another:
// - training: the acoustic model is fitted to them (adapt/)
// - development: the acceptance is fitted with them (acceptance/)
// - held out: the bench asks them, one set per seed; nothing is chosen by what they give
// Sets of other seeds than 1 leave out the sentences of seed 1 too, which were looked at while the ears were made.

import { readFileSync } from 'node:fs';
import { loadGrammar } from './grammars.mjs';
import { randomSentences } from './jsgf-sentences.mjs';

/** Seeds of the speech that the acoustic model is fitted to. */
export const TRAINING_SEEDS = [7001, 7002];
const TRAINING_COUNTS = { assistant: 99, tools: 50 };
const DEVELOPMENT_SEED = 4242;
const DEVELOPMENT_COUNTS = { assistant: 70, tools: 40 };
const LOOKED_AT_SEED = 1;
const LOOKED_AT_COUNTS = { assistant: 120, tools: 100 };

/** Random sentences of the assistant's grammar or of the tools'. */
export function grammarSentences(name, count, seed) {
  const { grammar, sampledRule } = loadGrammar(name);
  return randomSentences(grammar.jsgf, { count, seed, startRule: sampledRule });
}

const lookedAt = (name) => grammarSentences(name, LOOKED_AT_COUNTS[name], LOOKED_AT_SEED);
const developed = (name) => grammarSentences(name, DEVELOPMENT_COUNTS[name], DEVELOPMENT_SEED);

/** The sentences that training leaves out. */
export function keptApart() {
  return new Set(['assistant', 'tools'].flatMap((name) => [...lookedAt(name), ...developed(name)]));
}

/** The development sentences of a grammar. */
export function developmentSentences(name) {
  const tested = new Set(lookedAt(name));
  return developed(name).filter((text) => !tested.has(text));
}

/**
 * Sentences of a grammar that neither training nor development knows.
 *
 * @param name - As for `loadGrammar`; with a grammar file, any sentences of it.
 */
export function heldOutSentences(name, { count, seed }) {
  if (name !== 'assistant' && name !== 'tools') return grammarSentences(name, count, seed);
  const tested = new Set(lookedAt(name));
  const known = new Set([
    ...TRAINING_SEEDS.flatMap((each) => grammarSentences(name, TRAINING_COUNTS[name], each)),
    ...developed(name),
  ]);
  const isHeldOut = (text) =>
    seed === LOOKED_AT_SEED
      ? tested.has(text) || !known.has(text)
      : !tested.has(text) && !known.has(text);
  return grammarSentences(name, count * 2, seed)
    .filter(isHeldOut)
    .slice(0, count);
}

/** Sentences by group of a file: "## far" begins a group, "#" is a comment. */
export function readGroups(path) {
  const items = [];
  let group = 'far';
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.startsWith('## ')) group = line.slice(3).trim();
    else if (line.trim() !== '' && !line.startsWith('#')) items.push({ text: line.trim(), group });
  }
  return items;
}
