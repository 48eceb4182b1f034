import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { wordsOfUtterance } from '../../scenario/words.ts';
import { localTime } from '../spoken-time.ts';
import { BUILT_IN_SLOT_KINDS } from './built-in-slots.ts';
import { formatNumber, readNumber } from './number-words.ts';

/** Monday, November 23, 2026, 15:05. */
const NOW = localTime(Date.UTC(2026, 10, 23, 15, 5), 0);

/** The value of a whole text as a slot; undefined if no reading takes all of it. */
function valueOf(kind: string, text: string): unknown {
  const words = wordsOfUtterance(text);
  const match = BUILT_IN_SLOT_KINDS.get(kind)
    ?.match(words, 0)
    .find(({ wordCount }) => wordCount === words.length);
  return match?.value.json(NOW);
}

function spokenOf(kind: string, text: string): string | undefined {
  const words = wordsOfUtterance(text);
  return BUILT_IN_SLOT_KINDS.get(kind)
    ?.match(words, 0)
    .find(({ wordCount }) => wordCount === words.length)?.value.spoken;
}

const CASES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  $number: {
    zero: 0,
    seven: 7,
    thirteen: 13,
    'twenty five': 25,
    'a hundred': 100,
    'one hundred and five': 105,
    'three hundred forty two': 342,
    'two thousand': 2_000,
    'a thousand and one': 1_001,
    'twelve thousand three hundred': 12_300,
    'three million': 3_000_000,
    'three point one four': 3.14,
    'minus five': -5,
    '42': 42,
    '3.5': 3.5,
    '1,250': 1_250,
    hello: undefined,
    and: undefined,
  },
  $digits: {
    'four two seven': '427',
    'zero oh one': '001',
    '4 2 7': '427',
    '0049': '0049',
    four: '4',
    cat: undefined,
  },
  $duration: {
    'five minutes': 300_000,
    '90 seconds': 90_000,
    'an hour': 3_600_000,
    'half an hour': 1_800_000,
    'an hour and a half': 5_400_000,
    'two and a half hours': 9_000_000,
    'one hour and ten minutes': 4_200_000,
    '1 hour 30 minutes': 5_400_000,
    'a minute': 60_000,
    '20 mins': 1_200_000,
    'zero minutes': undefined,
    'five apples': undefined,
  },
  $time: {
    noon: '12:00',
    midnight: '00:00',
    'half past three': '03:30',
    'quarter to one': '00:45',
    'quarter past nine in the evening': '21:15',
    'seven thirty in the morning': '07:30',
    'five pm': '17:00',
    '5 pm': '17:00',
    '5pm': '17:00',
    'five p m': '17:00',
    '12 am': '00:00',
    "eleven o'clock": '11:00',
    'five oh five': '05:05',
    'ten twenty five': '10:25',
    '17:45': '17:45',
    '3:30 pm': '15:30',
    '25:00': undefined,
    soon: undefined,
  },
  $date: {
    today: '2026-11-23',
    tomorrow: '2026-11-24',
    'the day after tomorrow': '2026-11-25',
    yesterday: '2026-11-22',
    friday: '2026-11-27',
    'next monday': '2026-11-30',
    'march third': '2027-03-03',
    'the third of march': '2027-03-03',
    'december the twenty fifth': '2026-12-25',
    'december 31': '2026-12-31',
    'november twenty third': '2026-11-23',
    'january 1st': '2027-01-01',
    'the fortieth of may': undefined,
    someday: undefined,
  },
  $yesno: {
    yes: true,
    sure: true,
    'of course': true,
    no: false,
    'no thanks': false,
    'not now': false,
    maybe: undefined,
  },
  $spelled: { 'j o h n': 'john', 'J-O-H-N': 'john', 'a b 3': 'ab3', x: undefined, john: undefined },
};

for (const [kind, texts] of Object.entries(CASES)) {
  test(`[SCN4] ${kind} reads its words`, () => {
    for (const [text, expected] of Object.entries(texts)) {
      assert.deepEqual(valueOf(kind, text), expected, text);
    }
  });
}

test('[SCN4] slots are spoken the way people say them', () => {
  assert.equal(spokenOf('$duration', 'an hour and a half'), '1 hour and 30 minutes');
  assert.equal(spokenOf('$time', 'five pm'), '5:00 PM');
  assert.equal(spokenOf('$number', 'twelve thousand'), '12,000');
  assert.equal(spokenOf('$date', 'march third'), 'March 3');
});

const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');

/** English words of a whole number, written independently of the reader. */
function inWords(value: number): string {
  if (value < 20) {
    return ONES[value] ?? '';
  }
  if (value < 100) {
    const rest = value % 10;
    return `${TENS[Math.floor(value / 10) - 2]}${rest === 0 ? '' : ` ${ONES[rest]}`}`;
  }
  const [unit, name] =
    value < 1_000
      ? [100, 'hundred']
      : value < 1_000_000
        ? [1_000, 'thousand']
        : [1_000_000, 'million'];
  const rest = value % unit;
  return `${inWords(Math.floor(value / unit))} ${name}${rest === 0 ? '' : ` ${inWords(rest)}`}`;
}

test('[SCN4] every whole number is read back from its words and its figures', () => {
  fc.assert(
    fc.property(fc.nat(999_999_999), (value) => {
      for (const words of [inWords(value).split(' '), wordsOfUtterance(formatNumber(value))]) {
        assert.deepEqual(readNumber(words, 0), { value, wordCount: words.length });
      }
    }),
    { numRuns: 500, seed: 3 },
  );
});

test('[SCN4] no words make a slot throw or take more words than there are', () => {
  const word = fc.constantFrom(
    ...'a an and half hour to past five twenty hundred thousand point oh pm the of march third next friday 7 3:30 x minus'.split(
      ' ',
    ),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), fc.nat(8), (words, at) => {
      for (const [name, kind] of BUILT_IN_SLOT_KINDS) {
        for (const { wordCount, value } of kind.match(words, at)) {
          assert.ok(wordCount > 0 && at + wordCount <= words.length, name);
          value.json(NOW);
        }
      }
    }),
    { numRuns: 500, seed: 5 },
  );
});
