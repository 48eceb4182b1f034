import type { FunctionTool } from '../ports/brain.ts';
import type { Phrase } from '../scenario/phrase.ts';
import { expandContraction } from '../scenario/words.ts';
import { plainValue, type SlotKind } from './slots/slot-kind.ts';
import { booleanSlot, listedSlotKind, numberSlot, textSlot } from './slots/text-slots.ts';

/**
 * Phrases for a developer's tool, made from its definition: its name and the beginning of its description as what to
 * say, its enumerated, numeric and boolean parameters as slots. Free text can be typed and not heard.
 */
export interface AutoTool {
  readonly tool: FunctionTool;
  readonly parameters: readonly ToolParameter[];
  readonly phrases: readonly Phrase[];
}

export interface ToolParameter {
  readonly name: string;
  /** The parameter's name in words. */
  readonly spokenName: string;
  readonly isRequired: boolean;
  /** The key of its slot kind in the repertoire. */
  readonly kindKey: string;
  readonly kind: SlotKind;
  /** Whether it takes any words, which only the keyboard can give. */
  readonly isText: boolean;
  /** What a forced call passes when the user has said nothing that fits. */
  readonly emptyJson: unknown;
}

/** Parameters that phrases mention; further ones can only be asked for. */
const SPOKEN_PARAMETER_COUNT_MAX = 4;
const DESCRIPTION_WORD_COUNT_MAX = 7;
const ENUM_VALUE_COUNT_MAX = 300;

const PREPOSITIONS = ['in', 'for', 'to', 'of', 'at', 'on', 'with', 'is', 'as', 'by', 'from'];

/** Words of an identifier: `get_weather`, `getWeather` and `get-weather` are "get weather". */
export function wordsOfName(name: string): string[] {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((part) => part !== '');
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

function enumKind(values: readonly unknown[]): SlotKind {
  const listed = values.slice(0, ENUM_VALUE_COUNT_MAX).map((value) => ({
    json: value,
    saying: wordsOfName(String(value)).join(' '),
  }));
  const sayable = listed.filter(({ saying }) => saying !== '');
  const inner = listedSlotKind({
    isOpen: false,
    values: sayable.map(({ saying }) => ({ value: saying, sayings: [saying] })),
  });
  const valueOf = new Map(sayable.map(({ saying, json }) => [saying, json]));
  return {
    ...inner,
    jsgf: sayable.length === 0 ? undefined : inner.jsgf,
    match: (words, at) =>
      inner.match(words, at).map((match) => ({
        ...match,
        value: plainValue(match.value.spoken, valueOf.get(match.value.spoken)),
      })),
  };
}

function integerKind(): SlotKind {
  return {
    ...numberSlot,
    match: (words, at) =>
      numberSlot.match(words, at).map((match) => ({
        ...match,
        value: {
          spoken: match.value.spoken,
          json: (now) => Math.round(Number(match.value.json(now))),
        },
      })),
  };
}

function parameterOf(
  tool: FunctionTool,
  name: string,
  schema: unknown,
): Omit<ToolParameter, 'isRequired'> | undefined {
  const spokenName = wordsOfName(name).join(' ');
  const values = property(schema, 'enum');
  const type = property(schema, 'type');
  const base = { name, spokenName, kindKey: `tool:${tool.name}:${name}`, isText: false };
  if (Array.isArray(values) && values.length > 0) {
    return { ...base, kind: enumKind(values), emptyJson: values[0] };
  }
  switch (type) {
    case 'number':
      return { ...base, kind: numberSlot, emptyJson: 0 };
    case 'integer':
      return { ...base, kind: integerKind(), emptyJson: 0 };
    case 'boolean':
      return { ...base, kind: booleanSlot, emptyJson: false };
    case 'string':
      return { ...base, kind: textSlot, isText: true, emptyJson: '' };
    default:
      return undefined;
  }
}

/** Reads a tool's parameters; those of a type that can't be said (objects, arrays) are left out. */
export function parametersOf(tool: FunctionTool): ToolParameter[] {
  const properties = property(tool.parameters, 'properties');
  const required = property(tool.parameters, 'required');
  const requiredNames: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(typeof properties === 'object' && properties !== null ? properties : {})
    .flatMap(([name, schema]) => {
      const parameter = parameterOf(tool, name, schema);
      return parameter === undefined
        ? []
        : [{ ...parameter, isRequired: requiredNames.includes(name) }];
    })
    .sort((left, right) => Number(right.isRequired) - Number(left.isRequired));
}

/** A description's first clause as an imperative: "Sets the colour of the page." is "set the colour of the page". */
function wordsOfDescription(description: string): string[] {
  const clause = /^[^.,;:()\n]*/.exec(description)?.[0] ?? '';
  const words = clause
    .toLowerCase()
    .split(/\s+/)
    .map((part) => part.replaceAll(/[^a-z']/g, ''))
    .filter((part) => part !== '');
  const [verb = '', ...rest] = words;
  return [imperativeOf(verb), ...rest].slice(0, DESCRIPTION_WORD_COUNT_MAX);
}

/** "gets" is "get", "switches" is "switch", "applies" is "apply", "does" is "do"; other words stay. */
function imperativeOf(verb: string): string {
  if (!/[^s]s$/.test(verb) || verb.length <= 3) return verb;
  if (verb === 'caches') return 'cache';
  if (/[^aeiou]ies$/.test(verb) && verb.length > 4) return `${verb.slice(0, -3)}y`;
  if (/(?:ss|sh|ch|x|zz|o)es$/.test(verb)) return verb.slice(0, -2);
  return verb.slice(0, -1);
}

function word(text: string): Phrase {
  const parts = expandContraction(text).map((one): Phrase => ({ type: 'word', word: one }));
  const [only] = parts;
  return parts.length === 1 && only !== undefined ? only : { type: 'sequence', parts };
}

function optional(options: readonly Phrase[]): Phrase {
  return { type: 'choice', options, isOptional: true };
}

/** `[in|for|…] [city] {city}` */
function parameterPhrase(parameter: ToolParameter): Phrase {
  const slot: Phrase = { type: 'slot', name: parameter.name, kind: parameter.kindKey };
  const name = parameter.spokenName === '' ? [] : parameter.spokenName.split(' ').map(word);
  return {
    type: 'sequence',
    parts: [
      optional(PREPOSITIONS.map(word)),
      ...(name.length === 0
        ? []
        : [optional([{ type: 'sequence', parts: [optional([word('the')]), ...name] }])]),
      optional([word('is'), word('to')]),
      slot,
    ],
  };
}

/** Makes the phrases of a tool that no scenario intent stands for. */
export function autoTool(tool: FunctionTool): AutoTool {
  const parameters = parametersOf(tool);
  const nameWords = wordsOfName(tool.name);
  const [verb, ...object] = nameWords;
  const openings: Phrase[] = [];
  if (verb !== undefined) {
    const polite = optional([
      word('please'),
      { type: 'sequence', parts: ['can', 'you'].map(word) },
      ...['call', 'run', 'use'].map(word),
    ]);
    const determiner = optional(['the', 'a', 'my', 'me'].map(word));
    openings.push({
      type: 'sequence',
      parts: [
        polite,
        word(verb),
        ...(object.length === 0 ? [] : [determiner]),
        ...object.map(word),
      ],
    });
  }
  const description = wordsOfDescription(tool.description);
  if (description.length > 1) {
    openings.push({ type: 'sequence', parts: description.map(word) });
  }
  const spoken = parameters.slice(0, SPOKEN_PARAMETER_COUNT_MAX).map(parameterPhrase);
  const phrases = openings.map(
    (opening): Phrase => ({
      type: 'sequence',
      parts: [opening, ...spoken.map((parameter) => optional([parameter]))],
    }),
  );
  return { tool, parameters, phrases };
}
