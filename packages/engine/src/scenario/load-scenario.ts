import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { paramOfPath } from '../wire/schema-error.ts';
import { type Phrase, parsePhrase, slotsOfPhrase } from './phrase.ts';
import type { Action, Intent, ListedSlot, Scenario } from './scenario.ts';
import type { LineOf, ScenarioProblem } from './scenario-problem.ts';
import {
  type ActionFile,
  type IntentFile,
  type ScenarioFile,
  scenarioSchema,
} from './scenario-schema.ts';
import { templateProblems } from './template-check.ts';

export type LoadedScenario =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly ScenarioProblem[] };

/** Slot kinds that need no list. */
const BUILT_IN_SLOTS: readonly string[] = [
  '$number',
  '$digits',
  '$time',
  '$duration',
  '$date',
  '$yesno',
  '$spelled',
  '$text',
];

/** The largest scenario file. */
export const SCENARIO_CHARS_MAX = 1_000_000;

function list(templates: string | readonly string[] | undefined): readonly string[] {
  return templates === undefined ? [] : typeof templates === 'string' ? [templates] : templates;
}

/** Reads a scenario from YAML. All problems are told at once, each with its line. */
export function loadScenario(yaml: string): LoadedScenario {
  if (yaml.length > SCENARIO_CHARS_MAX) {
    const message = `a scenario may have ${SCENARIO_CHARS_MAX} characters`;
    return { ok: false, problems: [{ line: 0, message }] };
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter, prettyErrors: false });
  const [syntaxError] = document.errors;
  if (syntaxError !== undefined) {
    // What follows the first mistake of syntax is only its echo.
    const { line } = lineCounter.linePos(syntaxError.pos[0]);
    const hint = 'a phrase that begins with [ or { has to be in quotes';
    return { ok: false, problems: [{ line, message: `${syntaxError.message} (${hint})` }] };
  }
  const lineOf: LineOf = (path) => {
    for (let length = path.length; length > 0; length -= 1) {
      const node: unknown = document.getIn(path.slice(0, length), true);
      if (typeof node === 'object' && node !== null && 'range' in node) {
        const range = node.range;
        if (Array.isArray(range) && typeof range[0] === 'number') {
          return lineCounter.linePos(range[0]).line;
        }
      }
    }
    return 1;
  };
  const root: unknown = document.toJS({ maxAliasCount: 100 });
  const read = scenarioSchema.safeParse(root);
  if (read.success) {
    return compile(read.data, lineOf);
  }
  return { ok: false, problems: read.error.issues.flatMap((one) => problemsOf(one, root, lineOf)) };
}

/** Whether a field isn't there at all, in a mapping that is. */
function isMissing(root: unknown, path: readonly PropertyKey[]): boolean {
  const key = path.at(-1);
  const owner = path
    .slice(0, -1)
    .reduce<unknown>(
      (value, part) =>
        typeof value === 'object' && value !== null
          ? (value as Readonly<Record<PropertyKey, unknown>>)[part]
          : undefined,
      root,
    );
  return typeof owner === 'object' && owner !== null && key !== undefined && !(key in owner);
}

function problemsOf(issue: z.core.$ZodIssue, root: unknown, lineOf: LineOf): ScenarioProblem[] {
  if (isMissing(root, issue.path)) {
    const message = `the field ${paramOfPath(issue.path)} is missing`;
    return [{ line: lineOf(issue.path), message }];
  }
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const path = [...issue.path, key];
      return { line: lineOf(path), message: `unknown field ${paramOfPath(path)}` };
    });
  }
  const where = issue.path.length === 0 ? 'the file' : paramOfPath(issue.path);
  return [{ line: lineOf(issue.path), message: `${where}: ${issue.message}` }];
}

function compile(file: ScenarioFile, lineOf: LineOf): LoadedScenario {
  const problems: ScenarioProblem[] = [];
  const slots: Record<string, ListedSlot> = {};
  for (const [name, slot] of Object.entries(file.slots ?? {})) {
    slots[name] = compileSlot(slot);
    for (const { sayings } of slots[name].values) {
      const bad = sayings.find((saying) => !/^[a-z][a-z' ]*$/i.test(saying));
      if (bad !== undefined) {
        const message = `slots.${name}: '${bad}' can't be heard; say it in words`;
        problems.push({ line: lineOf(['slots', name]), message });
      }
    }
  }
  const ids = new Set<string>();
  const intents = file.intents.map((intent, index) => {
    if (ids.has(intent.id)) {
      const message = `the intent ${intent.id} is there twice`;
      problems.push({ line: lineOf(['intents', index, 'id']), message });
    }
    ids.add(intent.id);
    return compileIntent(intent, {
      index,
      lineOf,
      problems,
      knownSlots: [...Object.keys(slots), ...BUILT_IN_SLOTS],
    });
  });
  problems.push(...templateProblems(file, intents, lineOf));
  for (const [index, intent] of intents.entries()) {
    for (const target of [intent.expect?.yes, intent.expect?.no]) {
      if (target !== undefined && !ids.has(target)) {
        const message = `expect names the intent ${target}, which isn't there`;
        problems.push({ line: lineOf(['intents', index, 'expect']), message });
      }
    }
  }
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, scenario: scenarioOf(file, slots, intents) };
}

function scenarioOf(
  file: ScenarioFile,
  slots: Readonly<Record<string, ListedSlot>>,
  intents: readonly Intent[],
): Scenario {
  const { fallback } = file;
  const orElse = (given: string | string[] | undefined, otherwise: string): readonly string[] =>
    given === undefined ? [otherwise] : list(given);
  return {
    name: file.name,
    greeting: list(file.greeting),
    nudge: orElse(file.nudge, 'I am listening.'),
    idle: orElse(file.idle, 'Are you still there?'),
    fallback: {
      unknown: orElse(fallback?.unknown, 'I have no answer to that in my script.'),
      unsure: orElse(
        fallback?.unsure,
        'I heard something like "{transcript}", but I am not sure. Could you say it again?',
      ),
      unheard: orElse(fallback?.unheard, 'I heard you, but no words that I know.'),
      unasked: orElse(fallback?.unasked, 'I did not ask anything just now.'),
    },
    slots,
    pronunciations: file.pronounce ?? {},
    intents,
  };
}

function compileSlot(slot: NonNullable<ScenarioFile['slots']>[string]): ListedSlot {
  return {
    values: slot.values.map(({ value, others }) => ({
      value,
      sayings: [value.replaceAll('_', ' ').toLowerCase(), ...others],
    })),
    isOpen: slot.isOpen,
  };
}

interface IntentPlace {
  readonly index: number;
  readonly lineOf: LineOf;
  readonly problems: ScenarioProblem[];
  readonly knownSlots: readonly string[];
}

function compilePhrases(
  texts: string | readonly string[] | undefined,
  field: 'say' | 'type',
  { index, lineOf, problems, knownSlots }: IntentPlace,
): Phrase[] {
  return list(texts).flatMap((text, at) => {
    const line = lineOf(['intents', index, field, ...(typeof texts === 'string' ? [] : [at])]);
    const parsed = parsePhrase(text);
    if (!parsed.ok) {
      problems.push({ line, message: `"${text}": ${parsed.problem}` });
      return [];
    }
    const unknown = slotsOfPhrase(parsed.phrase).find(({ kind }) => !knownSlots.includes(kind));
    if (unknown !== undefined) {
      problems.push({ line, message: `"${text}": there is no slot ${unknown.kind}` });
    }
    return [parsed.phrase];
  });
}

function compileIntent(intent: IntentFile, place: IntentPlace): Intent {
  const { index, lineOf, problems } = place;
  if (intent.reply === undefined && intent.tool === undefined) {
    const message = `the intent ${intent.id} has neither reply nor tool`;
    problems.push({ line: lineOf(['intents', index]), message });
  }
  return {
    id: intent.id,
    line: lineOf(['intents', index]),
    phrases: compilePhrases(intent.say, 'say', place),
    typedPhrases: compilePhrases(intent.type, 'type', place),
    keywords: (intent.keywords ?? []).map((keyword) => keyword.toLowerCase()),
    actions: (intent.do ?? []).map(compileAction),
    cases: (intent.cases ?? []).map(({ when, reply, acts }) => ({
      when,
      reply: list(reply),
      acts: acts ?? false,
    })),
    reply: list(intent.reply),
    tool:
      intent.tool === undefined
        ? undefined
        : { name: intent.tool.name, args: intent.tool.args ?? {} },
    afterTool: list(intent.after),
    afterFailure: list(intent.after_failed),
    meanwhile: list(intent.meanwhile),
    expect: intent.expect,
  };
}

function compileAction(action: ActionFile): Action {
  if ('add' in action) {
    return { type: 'add', item: action.add, list: action.to };
  }
  if ('remove' in action) {
    return { type: 'remove', item: action.remove, list: action.from };
  }
  if ('clear' in action) {
    return { type: 'clear', list: action.clear };
  }
  if ('set' in action) {
    return { type: 'set', name: action.set, value: action.value };
  }
  if ('compute' in action) {
    const { compute, left, operator, right } = action;
    return { type: 'compute', name: compute, left, operator, right };
  }
  if ('remind' in action) {
    return { type: 'remind', text: action.remind, after: action.after };
  }
  if ('pace' in action) {
    return { type: 'pace', pace: action.pace };
  }
  return { type: 'forget_reminders' };
}
