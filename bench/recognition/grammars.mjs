// What the recognition bench listens with: the built-in assistant's grammar, alone or with tools, or a file.

import { readFileSync } from 'node:fs';
import { Repertoire } from '../../packages/engine/dist/brain/repertoire.js';
import {
  BUILT_IN_SCENARIO_URL,
  readScenario,
} from '../../packages/engine/dist/scenario/read-scenario.js';

const TOOLS = [
  {
    name: 'get_weather',
    description: 'Gets the current weather for a city.',
    parameters: {
      type: 'object',
      required: ['city'],
      properties: {
        city: { type: 'string', enum: ['Paris', 'London', 'New York', 'Tokyo', 'Madrid'] },
        days: { type: 'integer' },
      },
    },
  },
  {
    name: 'switch_light',
    description: 'Switches a light on or off.',
    parameters: {
      type: 'object',
      required: ['room', 'on'],
      properties: {
        room: { type: 'string', enum: ['kitchen', 'bedroom', 'office', 'living room'] },
        on: { type: 'boolean' },
      },
    },
  },
  {
    name: 'book_table',
    description: 'Books a table at the restaurant.',
    parameters: {
      type: 'object',
      required: ['guests'],
      properties: { guests: { type: 'integer' } },
    },
  },
];

/** What was understood, without what can't be compared. */
function meaningKey(meanings) {
  return JSON.stringify(
    meanings.map((meaning) => [
      meaning.type === 'intent' ? meaning.intent.id : meaning.tool.tool.name,
      [...meaning.filling].map(([name, value]) => [name, value]),
    ]),
  );
}

/**
 * @param name - `assistant`, `tools` (the assistant and three tools of an application), or a JSGF file.
 * @returns The ears' grammar, the rule to take sentences of (with tools: their own sentences), whether a sentence is in it, and whether two sentences mean the same.
 */
export function loadGrammar(name) {
  if (name !== 'assistant' && name !== 'tools') {
    const grammar = { jsgf: readFileSync(name, 'utf8'), pronunciations: {} };
    return { grammar, has: () => false, meansSame: (one, other) => one === other };
  }
  const scenario = readScenario(BUILT_IN_SCENARIO_URL);
  const repertoire = new Repertoire(scenario, name === 'tools' ? TOOLS : []);
  const means = (text) => meaningKey(repertoire.interpret(text));
  return {
    grammar: repertoire.grammar,
    sampledRule: name === 'tools' ? '<tool>' : undefined,
    has: (text) => repertoire.isComplete(text),
    meansSame: (one, other) => means(one) === means(other),
  };
}
