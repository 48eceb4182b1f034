import {
  capitalised,
  isoDate,
  type LocalTime,
  MONTHS,
  nextMonthDay,
  plusDays,
  spokenDuration,
  spokenHourMinute,
  WEEKDAYS,
  weekdayOf,
} from '../spoken-time.ts';
import { readNumber } from './number-words.ts';
import { plainValue, type SlotKind, type SlotMatch, type SlotValue } from './slot-kind.ts';

/** Slots of time: `$duration`, `$time` and `$date`. */

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ...['second', 'seconds', 'sec', 'secs'].map((unit) => [unit, 1_000] as const),
  ...['minute', 'minutes', 'min', 'mins'].map((unit) => [unit, 60_000] as const),
  ...['hour', 'hours'].map((unit) => [unit, 3_600_000] as const),
]);

interface ReadDuration {
  readonly durationMs: number;
  readonly wordCount: number;
}

/** One part: "five minutes", "an hour", "half an hour", "two and a half hours", "an hour and a half". */
function readDurationPart(words: readonly string[], at: number): ReadDuration | undefined {
  if (words[at] === 'half' && (words[at + 1] === 'an' || words[at + 1] === 'a')) {
    const unitMs = UNIT_MS.get(words[at + 2] ?? '');
    return unitMs === undefined ? undefined : { durationMs: unitMs / 2, wordCount: 3 };
  }
  const isOne = words[at] === 'a' || words[at] === 'an';
  const number = isOne ? { value: 1, wordCount: 1 } : readNumber(words, at);
  if (number === undefined || number.value < 0) {
    return undefined;
  }
  let next = at + number.wordCount;
  const isHalfBefore = words.slice(next, next + 3).join(' ') === 'and a half';
  next += isHalfBefore ? 3 : 0;
  const unitMs = UNIT_MS.get(words[next] ?? '');
  if (unitMs === undefined) {
    return undefined;
  }
  next += 1;
  const isHalfAfter = words.slice(next, next + 3).join(' ') === 'and a half';
  next += isHalfAfter ? 3 : 0;
  const halves = (isHalfBefore ? 1 : 0) + (isHalfAfter ? 1 : 0);
  return { durationMs: (number.value + halves / 2) * unitMs, wordCount: next - at };
}

/** A length of time of up to two parts: "an hour and ten minutes". Its value is milliseconds. */
export const durationSlot: SlotKind = {
  match(words, at) {
    const first = readDurationPart(words, at);
    if (first === undefined || first.durationMs <= 0) {
      return [];
    }
    const matches: SlotMatch[] = [durationMatch(first)];
    const afterAnd = at + first.wordCount + (words[at + first.wordCount] === 'and' ? 1 : 0);
    const second = readDurationPart(words, afterAnd);
    if (second !== undefined) {
      matches.push(
        durationMatch({
          durationMs: first.durationMs + second.durationMs,
          wordCount: afterAnd + second.wordCount - at,
        }),
      );
    }
    return matches;
  },
  jsgf: [
    '<upto99> ( second | seconds | minute | minutes | hour | hours )',
    '( a | one ) minute and a half',
    '( an | one ) hour [ and a half ]',
    'a minute',
    'half ( an hour | a minute )',
    '<upto99> and a half ( minutes | hours )',
    '( an | one ) hour and <upto99> minutes',
  ].join(' | '),
  examples: ['five minutes', 'half an hour'],
};

function durationMatch(read: ReadDuration): SlotMatch {
  const value = plainValue(spokenDuration(read.durationMs), read.durationMs);
  return { wordCount: read.wordCount, value, cost: 0 };
}

interface ReadTime {
  readonly hour: number;
  readonly minute: number;
  readonly wordCount: number;
}

/** Which half of the day the words after a time name, as hours to add; nothing if they don't. */
function readDayHalf(
  words: readonly string[],
  at: number,
): { readonly isAfternoon: boolean; readonly wordCount: number } | undefined {
  const word = words[at];
  if (word === 'am' || word === 'pm') {
    return { isAfternoon: word === 'pm', wordCount: 1 };
  }
  if ((word === 'a' || word === 'p') && words[at + 1] === 'm') {
    return { isAfternoon: word === 'p', wordCount: 2 };
  }
  const phrase = words.slice(at, at + 3).join(' ');
  if (phrase === 'in the morning') {
    return { isAfternoon: false, wordCount: 3 };
  }
  if (phrase === 'in the afternoon' || phrase === 'in the evening') {
    return { isAfternoon: true, wordCount: 3 };
  }
  return words.slice(at, at + 2).join(' ') === 'at night'
    ? { isAfternoon: true, wordCount: 2 }
    : undefined;
}

function readClock(words: readonly string[], at: number): ReadTime | undefined {
  const first = words[at] ?? '';
  if (first === 'noon' || first === 'midnight') {
    return { hour: first === 'noon' ? 12 : 0, minute: 0, wordCount: 1 };
  }
  const figures = /^(\d{1,2}):(\d\d)$/.exec(first);
  if (figures !== null) {
    return { hour: Number(figures[1]), minute: Number(figures[2]), wordCount: 1 };
  }
  const isPast = words[at + 1] === 'past';
  if ((first === 'half' && isPast) || (first === 'quarter' && (isPast || words[at + 1] === 'to'))) {
    const hour = readNumber(words, at + 2);
    if (hour === undefined) {
      return undefined;
    }
    const minute = first === 'half' ? 30 : isPast ? 15 : 45;
    const value = isPast ? hour.value : (hour.value + 23) % 24;
    return { hour: value, minute, wordCount: 2 + hour.wordCount };
  }
  return readHourMinute(words, at);
}

/** "five", "five o'clock", "five thirty", "five oh five". */
function readHourMinute(words: readonly string[], at: number): ReadTime | undefined {
  const hour = readNumber(words, at);
  if (hour === undefined) {
    return undefined;
  }
  // Only single-word hours: "twenty five" is no time, "five twenty" is.
  const next = at + 1;
  const hourAlone = readNumber([words[at] ?? ''], 0);
  if (hourAlone === undefined || hourAlone.value > 23) {
    return undefined;
  }
  if (words[next] === "o'clock" || words[next] === 'oclock') {
    return { hour: hourAlone.value, minute: 0, wordCount: 2 };
  }
  const isOh = words[next] === 'oh';
  const minute = readNumber(words, isOh ? next + 1 : next);
  const isMinute = minute !== undefined && (isOh ? minute.value < 10 : minute.value >= 10);
  if (isMinute && minute.value < 60) {
    const wordCount = 1 + (isOh ? 1 : 0) + minute.wordCount;
    return { hour: hourAlone.value, minute: minute.value, wordCount };
  }
  return { hour: hourAlone.value, minute: 0, wordCount: 1 };
}

/** A time of day: "half past three", "5 pm", "seven thirty in the morning". Its value is `HH:MM`. */
export const timeSlot: SlotKind = {
  match(words, at) {
    const read = readClock(words, at);
    if (read === undefined || !Number.isInteger(read.hour) || read.hour < 0 || read.hour > 23) {
      return [];
    }
    const half = readDayHalf(words, at + read.wordCount);
    const hour = half === undefined ? read.hour : (read.hour % 12) + (half.isAfternoon ? 12 : 0);
    const hourMinute = `${String(hour).padStart(2, '0')}:${String(read.minute).padStart(2, '0')}`;
    const value = plainValue(spokenHourMinute(hour, read.minute), hourMinute);
    return [{ wordCount: read.wordCount + (half?.wordCount ?? 0), value, cost: 0 }];
  },
  jsgf: `( noon | midnight | <hour> [ o'clock ] [ <half> ] | <hour> ( <teen> | <tens> [ <nonzero> ] | oh <nonzero> ) [ <half> ] | ( half past | quarter past | quarter to ) <hour> [ <half> ] )`,
  examples: ['half past three', 'seven thirty in the morning'],
};

/** Rules that the grammar of `$time` needs. */
export const TIME_RULES = [
  '<hour> = one | two | three | four | five | six | seven | eight | nine | ten | eleven | twelve ;',
  '<half> = a m | p m | in the morning | in the afternoon | in the evening | at night ;',
].join('\n');

const ORDINALS = [
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth',
  'fifteenth sixteenth seventeenth eighteenth nineteenth twentieth',
]
  .join(' ')
  .split(' ');

function readOrdinal(
  words: readonly string[],
  at: number,
): { readonly day: number; readonly wordCount: number } | undefined {
  const word = words[at] ?? '';
  const simple = ORDINALS.indexOf(word);
  if (simple !== -1) {
    return { day: simple + 1, wordCount: 1 };
  }
  if (word === 'thirtieth') {
    return { day: 30, wordCount: 1 };
  }
  const rest = ORDINALS.indexOf(words[at + 1] ?? '');
  if ((word === 'twenty' || word === 'thirty') && rest >= 0 && rest < 9) {
    return { day: (word === 'twenty' ? 20 : 30) + rest + 1, wordCount: 2 };
  }
  const figures = /^(\d{1,2})$/.exec(word);
  if (figures !== null) {
    const hasEnding = /^(st|nd|rd|th)$/.test(words[at + 1] ?? '');
    return { day: Number(figures[1]), wordCount: hasEnding ? 2 : 1 };
  }
  return undefined;
}

function dateMatch(
  wordCount: number,
  spoken: string,
  resolve: (at: LocalTime) => LocalTime,
): SlotMatch[] {
  const value: SlotValue = { spoken, json: (at) => isoDate(resolve(at)) };
  return [{ wordCount, value, cost: 0 }];
}

const RELATIVE_DAYS: readonly (readonly [string, number])[] = [
  ['the day after tomorrow', 2],
  ['day after tomorrow', 2],
  ['tomorrow', 1],
  ['today', 0],
  ['tonight', 0],
  ['yesterday', -1],
];

/** A day: "tomorrow", "next friday", "march third". Its value is `YYYY-MM-DD`. */
export const dateSlot: SlotKind = {
  match(words, at) {
    for (const [phrase, days] of RELATIVE_DAYS) {
      const wordCount = phrase.split(' ').length;
      if (words.slice(at, at + wordCount).join(' ') === phrase) {
        return dateMatch(wordCount, phrase, (now) => plusDays(now, days));
      }
    }
    const prefix = words[at] === 'next' || words[at] === 'this' ? 1 : 0;
    const weekday = WEEKDAYS.findIndex((name) => name === words[at + prefix]);
    if (weekday !== -1) {
      const name = capitalised(WEEKDAYS[weekday] ?? '');
      return dateMatch(1 + prefix, name, (now) =>
        plusDays(now, ((weekday - weekdayOf(now) + 6) % 7) + 1),
      );
    }
    return matchMonthDay(words, at);
  },
  jsgf: `( today | tonight | tomorrow | the day after tomorrow | yesterday | [ next | this ] ( ${WEEKDAYS.join(' | ')} ) | <month> [ the ] <ordinal> | the <ordinal> of <month> )`,
  examples: ['tomorrow', 'next friday'],
};

function matchMonthDay(words: readonly string[], at: number): SlotMatch[] {
  const start = words[at] === 'the' ? at + 1 : at;
  const monthFirst = MONTHS.findIndex((name) => name === words[start]);
  if (monthFirst !== -1) {
    const dayAt = words[start + 1] === 'the' ? start + 2 : start + 1;
    const ordinal = readOrdinal(words, dayAt);
    return ordinal === undefined
      ? []
      : monthDay(monthFirst, ordinal.day, dayAt + ordinal.wordCount - at);
  }
  const ordinal = readOrdinal(words, start);
  if (ordinal === undefined) {
    return [];
  }
  const next = start + ordinal.wordCount;
  const monthAt = words[next] === 'of' ? next + 1 : next;
  const month = MONTHS.findIndex((name) => name === words[monthAt]);
  return month === -1 ? [] : monthDay(month, ordinal.day, monthAt + 1 - at);
}

function monthDay(month: number, day: number, wordCount: number): SlotMatch[] {
  if (day < 1 || day > 31) {
    return [];
  }
  const spoken = `${capitalised(MONTHS[month] ?? '')} ${day}`;
  return dateMatch(wordCount, spoken, (now) => nextMonthDay(now, month, day));
}

/** Rules that the grammar of `$date` needs. */
export const DATE_RULES = [
  `<month> = ${MONTHS.join(' | ')} ;`,
  `<ordinal> = ${ORDINALS.join(' | ')} | twenty ( ${ORDINALS.slice(0, 9).join(' | ')} ) | thirtieth | thirty first ;`,
].join('\n');
