/** English number words: read from words, and the grammar rules that the ears need for them. */

const ONES: Readonly<Record<string, number>> = {
  zero: 0,
  oh: 0,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
};

const TEENS: Readonly<Record<string, number>> = {
  ten: 10,
  eleven: 11,
  twelve: 12,
  thirteen: 13,
  fourteen: 14,
  fifteen: 15,
  sixteen: 16,
  seventeen: 17,
  eighteen: 18,
  nineteen: 19,
};

const TENS: Readonly<Record<string, number>> = {
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  sixty: 60,
  seventy: 70,
  eighty: 80,
  ninety: 90,
};

/** The rules that slot grammars share; they are part of every grammar. */
export const NUMBER_RULES = [
  '<nonzero> = one | two | three | four | five | six | seven | eight | nine ;',
  '<digit> = zero | oh | <nonzero> ;',
  `<teen> = ${Object.keys(TEENS).join(' | ')} ;`,
  `<tens> = ${Object.keys(TENS).join(' | ')} ;`,
  '<upto99> = <nonzero> | <teen> | <tens> [ <nonzero> ] ;',
  '<number> = zero | <upto99> | ( a | <nonzero> ) hundred [ [ and ] <upto99> ] | <upto99> thousand ;',
].join('\n');

export interface ReadNumber {
  readonly value: number;
  readonly wordCount: number;
}

function lookUp(
  table: Readonly<Record<string, number>>,
  word: string | undefined,
): number | undefined {
  return word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;
}

function readUpTo99(words: readonly string[], at: number): ReadNumber | undefined {
  const word = words[at];
  const tens = lookUp(TENS, word);
  if (tens !== undefined) {
    const ones = lookUp(ONES, words[at + 1]) ?? 0;
    return { value: tens + ones, wordCount: ones > 0 ? 2 : 1 };
  }
  const single = lookUp(TEENS, word) ?? lookUp(ONES, word);
  return single === undefined ? undefined : { value: single, wordCount: 1 };
}

/** Reads `<head> <scale> [[and] <rest>]`, such as "three hundred and five". */
function readScaled(
  words: readonly string[],
  at: number,
  scale: {
    readonly word: string;
    readonly factor: number;
    readonly head: (words: readonly string[], at: number) => ReadNumber | undefined;
    readonly rest: (words: readonly string[], at: number) => ReadNumber | undefined;
  },
): ReadNumber | undefined {
  const isOne = words[at] === 'a' && words[at + 1] === scale.word;
  const head = isOne ? { value: 1, wordCount: 1 } : scale.head(words, at);
  if (head === undefined || words[at + head.wordCount] !== scale.word) {
    return scale.rest(words, at);
  }
  const end = at + head.wordCount + 1;
  const restAt = words[end] === 'and' ? end + 1 : end;
  const rest = scale.rest(words, restAt);
  const value = head.value * scale.factor;
  return rest === undefined || rest.value === 0
    ? { value, wordCount: end - at }
    : { value: value + rest.value, wordCount: restAt + rest.wordCount - at };
}

function readUpTo999(words: readonly string[], at: number): ReadNumber | undefined {
  return readScaled(words, at, {
    word: 'hundred',
    factor: 100,
    head: readUpTo99,
    rest: readUpTo99,
  });
}

function readThousands(words: readonly string[], at: number): ReadNumber | undefined {
  return readScaled(words, at, {
    word: 'thousand',
    factor: 1_000,
    head: readUpTo999,
    rest: readUpTo999,
  });
}

function readMillions(words: readonly string[], at: number): ReadNumber | undefined {
  return readScaled(words, at, {
    word: 'million',
    factor: 1_000_000,
    head: readUpTo999,
    rest: readThousands,
  });
}

/** Reads a number from words ("twenty five", "a hundred and two", "three point five") or digits ("-4.5"). */
export function readNumber(words: readonly string[], at: number): ReadNumber | undefined {
  const first = words[at] ?? '';
  if (first === 'minus' || first === 'negative') {
    const positive = readNumber(words, at + 1);
    return positive === undefined || positive.value < 0
      ? undefined
      : { value: -positive.value, wordCount: positive.wordCount + 1 };
  }
  if (/^-?\d+(\.\d+)?$/.test(first)) {
    return { value: Number(first), wordCount: 1 };
  }
  const whole = readMillions(words, at);
  if (whole === undefined || words[at + whole.wordCount] !== 'point') {
    return whole;
  }
  let decimals = '';
  let next = at + whole.wordCount + 1;
  let digit = lookUp(ONES, words[next]);
  while (digit !== undefined) {
    decimals += digit;
    next += 1;
    digit = lookUp(ONES, words[next]);
  }
  return decimals === ''
    ? whole
    : { value: Number(`${whole.value}.${decimals}`), wordCount: next - at };
}

/** Reads a run of single digits, in words or figures: "four oh two", "4 0 2", "402". */
export function readDigits(
  words: readonly string[],
  at: number,
): { readonly digits: string; readonly wordCount: number } | undefined {
  let digits = '';
  let next = at;
  for (;;) {
    const word = words[next];
    const single = lookUp(ONES, word);
    if (single !== undefined) {
      digits += single;
    } else if (word !== undefined && /^\d+$/.test(word)) {
      digits += word;
    } else {
      break;
    }
    next += 1;
  }
  return digits === '' ? undefined : { digits, wordCount: next - at };
}

/** A number as replies show it: at most four decimals, thousands apart. */
export function formatNumber(value: number): string {
  const rounded = Math.round(value * 10_000) / 10_000;
  const [whole = '', decimals] = String(Math.abs(rounded)).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const sign = rounded < 0 ? 'minus ' : '';
  return `${sign}${grouped}${decimals === undefined ? '' : `.${decimals}`}`;
}
