import { NUMBER_RULES } from './number-words.ts';
import type { SlotKind } from './slot-kind.ts';
import {
  booleanSlot,
  digitsSlot,
  LETTER_RULES,
  numberSlot,
  spelledSlot,
  textSlot,
} from './text-slots.ts';
import { DATE_RULES, dateSlot, durationSlot, TIME_RULES, timeSlot } from './time-slots.ts';

/** The slot kinds that a scenario needs not list. */
export const BUILT_IN_SLOT_KINDS: ReadonlyMap<string, SlotKind> = new Map([
  ['$number', numberSlot],
  ['$digits', digitsSlot],
  ['$time', timeSlot],
  ['$duration', durationSlot],
  ['$date', dateSlot],
  ['$yesno', booleanSlot],
  ['$spelled', spelledSlot],
  ['$text', textSlot],
]);

/** The rules that the built-in slots' grammars refer to. */
export const SHARED_RULES: readonly string[] = [NUMBER_RULES, TIME_RULES, DATE_RULES, LETTER_RULES];
