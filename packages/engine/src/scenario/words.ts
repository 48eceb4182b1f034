/** Words as both ears and keyboard give them: lower case, contractions written out, no punctuation. */

/** Contractions and what they stand for; `'s` after a question word or pronoun is read as "is". */
const CONTRACTION_LIST: Readonly<Record<string, string>> = {
  "aren't": 'are not',
  "can't": 'can not',
  cannot: 'can not',
  "couldn't": 'could not',
  "didn't": 'did not',
  "doesn't": 'does not',
  "don't": 'do not',
  "haven't": 'have not',
  "he's": 'he is',
  "how's": 'how is',
  "i'd": 'i would',
  "i'll": 'i will',
  "i'm": 'i am',
  "i've": 'i have',
  "isn't": 'is not',
  "it's": 'it is',
  "she's": 'she is',
  "that's": 'that is',
  "there's": 'there is',
  "they're": 'they are',
  "we're": 'we are',
  "wasn't": 'was not',
  "what're": 'what are',
  "what's": 'what is',
  "when's": 'when is',
  "where's": 'where is',
  "who's": 'who is',
  "won't": 'will not',
  "wouldn't": 'would not',
  "you're": 'you are',
};

const CONTRACTIONS: ReadonlyMap<string, string> = new Map(Object.entries(CONTRACTION_LIST));

const APOSTROPHES = /[’‘ʼ`]/g;

/** Contractions as they are typed in haste, without their apostrophe, where that is no other word. */
const HASTY: ReadonlyMap<string, string> = new Map(
  [...CONTRACTIONS]
    .filter(([short]) => short.includes("'") && !/^(we|i|he|she|who|it)'/.test(short))
    .map(([short, long]) => [short.replace("'", ''), long]),
);

/** The two ways to say the same: `what is` and `what's`. */
export const SPOKEN_CONTRACTIONS: readonly (readonly [full: string, short: string])[] = [
  ...CONTRACTIONS,
]
  .filter(([short]) => short.includes("'"))
  .map(([short, long]) => [long, short]);

/** Writes out a contraction; any other word stays as it is. */
export function expandContraction(word: string): readonly string[] {
  return (CONTRACTIONS.get(word) ?? HASTY.get(word) ?? word).split(' ');
}

/** What is longer than this is read as far as this. */
const UTTERANCE_CHARS_MAX = 2_000;

const OPERATORS: readonly (readonly [RegExp, string])[] = [
  [/(\d)\s*[x×*]\s*(?=[\d(])/g, '$1 times '],
  [/(\d)\s*[÷/]\s*(?=\d)/g, '$1 divided by '],
  [/(\d)\s*\+\s*(?=\d)/g, '$1 plus '],
  [/(\d)\s+[-−–]\s*(?=\d)/g, '$1 minus '],
  [/(\d)[-−–](?=\d)/g, '$1 minus '],
  [/(\d)\s*%/g, '$1 percent '],
];

/** The words of what somebody typed or said. Numbers in digits, `3:30` and `4.5` stay one word. */
export function wordsOfUtterance(text: string): string[] {
  let plain = text.slice(0, UTTERANCE_CHARS_MAX).toLowerCase().replace(APOSTROPHES, "'");
  for (const [pattern, replacement] of OPERATORS) {
    plain = plain.replace(pattern, replacement);
  }
  const words = plain.match(/\d+(?::\d\d)|\d+(?:[.,]\d+)*|[\p{L}]+(?:'[\p{L}]+)*'?|-\d+/gu) ?? [];
  return words
    .map((word) => (/^\d/.test(word) ? word.replaceAll(/,(?=\d{3})/g, '') : word))
    .map((word) => word.replace(/'$/, ''))
    .flatMap(expandContraction);
}

/** Words that carry little meaning: missing or extra ones hardly count. */
const FILLERS: ReadonlySet<string> = new Set(
  (
    'a an the please of is are am do does did to for on in at and me my i you your it this that so ok okay um uh ' +
    'well just now then some any can could would will shall let us with be there about tell'
  ).split(' '),
);

/** Whether a word carries little meaning. */
export function isFiller(word: string): boolean {
  return FILLERS.has(word);
}
