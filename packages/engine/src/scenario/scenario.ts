import type { Phrase } from './phrase.ts';

/** A scenario as it is used: read, checked, phrases parsed. What the YAML means is in `scenario-schema.ts`. */

/** Text with `{variables}`. */
export type Template = string;

/** A slot that lists its values. */
export interface ListedSlot {
  /** The values in the words they are said with; the first of each is the value itself. */
  readonly values: readonly { readonly value: string; readonly sayings: readonly string[] }[];
  /** Whether the keyboard may put other words there. */
  readonly isOpen: boolean;
}

/** A change of the dialogue's state. */
export type Action =
  | { readonly type: 'add'; readonly item: Template; readonly list: string }
  | { readonly type: 'remove'; readonly item: Template; readonly list: string }
  | { readonly type: 'clear'; readonly list: string }
  | { readonly type: 'set'; readonly name: string; readonly value: Template }
  | {
      readonly type: 'compute';
      readonly name: string;
      readonly left: Template;
      readonly operator: Template;
      readonly right: Template;
    }
  | { readonly type: 'remind'; readonly after: Template; readonly text: Template }
  | { readonly type: 'forget_reminders' }
  | { readonly type: 'pace'; readonly pace: 'slower' | 'faster' | 'normal' };

/** A condition on the state in which a reply is given; all that are named must hold. */
export interface Condition {
  readonly empty?: string | undefined;
  readonly listed?: { readonly item: Template; readonly in: string } | undefined;
  readonly unset?: string | undefined;
  readonly reminders?: 'none' | 'some' | undefined;
}

export interface Case {
  readonly when: Condition;
  readonly reply: readonly Template[];
  /** Whether the intent's actions are done in this case too. */
  readonly acts: boolean;
}

export interface Intent {
  readonly id: string;
  /** Line of the YAML file, for messages. */
  readonly line: number;
  /** What can be said, and typed. */
  readonly phrases: readonly Phrase[];
  /** What can only be typed: too much alike for the ears. */
  readonly typedPhrases: readonly Phrase[];
  readonly keywords: readonly string[];
  readonly actions: readonly Action[];
  readonly cases: readonly Case[];
  /** Given in turn. */
  readonly reply: readonly Template[];
  readonly tool:
    | { readonly name: string; readonly args: Readonly<Record<string, unknown>> }
    | undefined;
  /** Said in the same response as the call, while the tool works. */
  readonly meanwhile: readonly Template[];
  /** What is said when the tool has answered. */
  readonly afterTool: readonly Template[];
  readonly afterFailure: readonly Template[];
  /** Intents that the next turn's yes and no stand for. */
  readonly expect:
    | { readonly yes?: string | undefined; readonly no?: string | undefined }
    | undefined;
}

export interface Scenario {
  readonly name: string;
  readonly greeting: readonly Template[];
  /** Said when there is nothing new to answer. */
  readonly nudge: readonly Template[];
  /** Said when the user has been silent for the idle timeout. */
  readonly idle: readonly Template[];
  readonly fallback: {
    /** Typed or well heard, but fits nothing. */
    readonly unknown: readonly Template[];
    /** Heard, but not well enough to act on; `{transcript}` is the guess. */
    readonly unsure: readonly Template[];
    /** Speech in which no words were found. */
    readonly unheard: readonly Template[];
    /** A "yes" or "no" to nothing. */
    readonly unasked: readonly Template[];
  };
  readonly slots: Readonly<Record<string, ListedSlot>>;
  readonly pronunciations: Readonly<Record<string, string>>;
  readonly intents: readonly Intent[];
}
