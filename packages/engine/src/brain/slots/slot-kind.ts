import type { LocalTime } from '../spoken-time.ts';

/** What a slot was filled with. */
export interface SlotValue {
  /** As it is said in a reply. */
  readonly spoken: string;
  /** As it stands in a tool's arguments; dates and times depend on the day. */
  readonly json: (at: LocalTime) => unknown;
}

/** A value that depends on nothing. */
export function plainValue(spoken: string, json: unknown = spoken): SlotValue {
  return { spoken, json: () => json };
}

export interface SlotMatch {
  /** How many words it takes. */
  readonly wordCount: number;
  readonly value: SlotValue;
  /** 0 for an exact match; more for a misspelt one. */
  readonly cost: number;
}

/** What can stand in a slot: for the keyboard a matcher, for the ears a grammar rule. */
export interface SlotKind {
  /** All ways to fill the slot from the words at a position. */
  match(words: readonly string[], at: number): readonly SlotMatch[];
  /** The rule's body in JSGF, using the shared rules; absent if it can't be heard. */
  readonly jsgf: string | undefined;
  /** Two or three examples, to say what is expected. */
  readonly examples: readonly string[];
}
