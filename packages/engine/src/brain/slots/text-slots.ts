import type { ListedSlot } from '../../scenario/scenario.ts';
import { expandContraction } from '../../scenario/words.ts';
import { similarityRatio } from '../similarity.ts';
import { formatNumber, readDigits, readNumber } from './number-words.ts';
import { plainValue, type SlotKind, type SlotMatch } from './slot-kind.ts';

/** Slots of words and numbers: listed values, `$number`, `$digits`, `$yesno`, `$spelled` and `$text`. */

/** How alike a misspelt word must be to a listed one. */
const SPELLING_RATIO_MIN = 0.75;
const MISSPELLING_COST = 0.5;

/** The most words that free text takes. */
const TEXT_WORD_COUNT_MAX = 12;

export const numberSlot: SlotKind = {
  match(words, at) {
    const read = readNumber(words, at);
    return read === undefined
      ? []
      : [
          {
            wordCount: read.wordCount,
            value: plainValue(formatNumber(read.value), read.value),
            cost: 0,
          },
        ];
  },
  jsgf: '<number>',
  examples: ['twelve', 'two hundred'],
};

export const digitsSlot: SlotKind = {
  match(words, at) {
    const read = readDigits(words, at);
    if (read === undefined) {
      return [];
    }
    const value = plainValue(read.digits.split('').join(' '), read.digits);
    return [{ wordCount: read.wordCount, value, cost: 0 }];
  },
  jsgf: '<digit> [ <digit> [ <digit> [ <digit> [ <digit> [ <digit> ] ] ] ] ]',
  examples: ['four two seven'],
};

const YES = 'yes|yeah|yep|sure|ok|okay|correct|right|please do|go ahead|of course|on|true';
const NO = 'no|nope|not now|no thanks|no thank you|wrong|off|false';

const yesNoSlot: SlotKind = listedSlotKind({
  isOpen: false,
  values: [
    { value: 'true', sayings: YES.split('|') },
    { value: 'false', sayings: NO.split('|') },
  ],
});

/** The yes or no that a listed value of {@link yesNoSlot} stands for. */
export const booleanSlot: SlotKind = {
  ...yesNoSlot,
  match: (words, at) =>
    yesNoSlot.match(words, at).map((match) => ({
      ...match,
      value: plainValue(
        match.value.spoken === 'true' ? 'yes' : 'no',
        match.value.spoken === 'true',
      ),
    })),
};

/** A name spelled letter by letter: "j o h n", "J-O-H-N". */
export const spelledSlot: SlotKind = {
  match(words, at) {
    let letters = '';
    let next = at;
    while (/^[a-z0-9]$/.test(words[next] ?? '')) {
      letters += words[next];
      next += 1;
    }
    return letters.length < 2
      ? []
      : [{ wordCount: next - at, value: plainValue(letters), cost: 0 }];
  },
  jsgf: `<letter> <letter> [ <letter> [ <letter> [ <letter> [ <letter> [ <letter> [ <letter> ] ] ] ] ] ]`,
  examples: ['j o h n'],
};

/** Rules that the grammar of `$spelled` needs. */
export const LETTER_RULES = `<letter> = ${'abcdefghijklmnopqrstuvwxyz'.split('').join(' | ')} ;`;

/** Any words. It can be typed and not heard. */
export const textSlot: SlotKind = {
  match(words, at) {
    const rest = Math.min(TEXT_WORD_COUNT_MAX, words.length - at);
    return Array.from({ length: rest }, (_, index): SlotMatch => {
      const wordCount = index + 1;
      const text = words.slice(at, at + wordCount).join(' ');
      // A word of free text costs a little, so that a listed value wins where both fit.
      return { wordCount, value: plainValue(text), cost: 0.02 * wordCount };
    });
  },
  jsgf: undefined,
  examples: [],
};

/** The kind of a slot that lists its values. Misspelt values are found too, at a cost. */
export function listedSlotKind(slot: ListedSlot): SlotKind {
  const entries = slot.values.flatMap(({ value, sayings }) =>
    sayings.map((saying) => ({
      value,
      words: saying.toLowerCase().split(/\s+/).flatMap(expandContraction),
    })),
  );
  return {
    match(words, at) {
      const listed = entries.flatMap((entry): SlotMatch[] => {
        const cost = costOfWords(entry.words, words.slice(at, at + entry.words.length));
        return cost === undefined
          ? []
          : [{ wordCount: entry.words.length, value: plainValue(entry.value), cost }];
      });
      if (!slot.isOpen || listed.some(({ cost }) => cost === 0)) {
        return listed;
      }
      const open = textSlot.match(words, at).map((match) => ({ ...match, cost: match.cost + 0.1 }));
      return [...listed, ...open];
    },
    jsgf: `( ${[...new Set(slot.values.flatMap(({ sayings }) => sayings))]
      .map((saying) => saying.toLowerCase())
      .join(' | ')} )`,
    examples: slot.values.slice(0, 3).map(({ value }) => value),
  };
}

function costOfWords(wanted: readonly string[], given: readonly string[]): number | undefined {
  if (given.length < wanted.length) {
    return undefined;
  }
  let cost = 0;
  for (const [index, word] of wanted.entries()) {
    const other = given[index] ?? '';
    if (word !== other) {
      if (word.length < 4 || similarityRatio(word, other) < SPELLING_RATIO_MIN) {
        return undefined;
      }
      cost += MISSPELLING_COST;
    }
  }
  return cost;
}
