import type { BrainRequest, PlannedReminder } from '../ports/brain.ts';
import type { Action, Condition } from '../scenario/scenario.ts';
import { fillTemplate } from '../scenario/template-check.ts';
import type { Filling } from './align.ts';
import { compute } from './arithmetic.ts';
import { localTime, untilTimeOfDay } from './spoken-time.ts';

/** Items of one list; a further one is left out, and the reply still says what was asked. */
const LIST_ITEM_COUNT_MAX = 200;

const PACE_STEP_RATIO = 0.8;
const PACE_RATIO_MIN = 0.5;
const PACE_RATIO_MAX = 1.5;

/** What a scenario remembers. It is worked out anew from the conversation each time. */
export interface DialogueState {
  readonly lists: Map<string, string[]>;
  readonly variables: Map<string, string>;
  paceRatio: number;
  /** Set by the user's last turn alone. */
  readonly reminders: PlannedReminder[];
  forgetsReminders: boolean;
}

export interface TurnContext {
  readonly filling: Filling;
  readonly request: BrainRequest;
}

export function freshState(): DialogueState {
  return {
    lists: new Map(),
    variables: new Map(),
    paceRatio: 1,
    reminders: [],
    forgetsReminders: false,
  };
}

function filled(template: string, state: DialogueState, filling: Filling): string {
  return fillTemplate(
    template,
    (root) => filling.get(root)?.spoken ?? state.variables.get(root) ?? '',
  ).trim();
}

/** Whether all that a condition names holds. */
export function conditionHolds(
  condition: Condition,
  state: DialogueState,
  { filling, request }: TurnContext,
): boolean {
  const { empty, listed, unset, reminders } = condition;
  const checks = [
    empty === undefined || (state.lists.get(empty)?.length ?? 0) === 0,
    listed === undefined ||
      (state.lists.get(listed.in) ?? []).includes(filled(listed.item, state, filling)),
    unset === undefined || (!filling.has(unset) && !state.variables.has(unset)),
    reminders === undefined || (reminders === 'none') === (request.pendingReminders.length === 0),
  ];
  return checks.every((holds) => holds);
}

/** Does a turn's actions. */
export function runActions(
  actions: readonly Action[],
  state: DialogueState,
  context: TurnContext,
): void {
  for (const action of actions) {
    runAction(action, state, context);
  }
}

function runAction(action: Action, state: DialogueState, context: TurnContext): void {
  const { filling } = context;
  switch (action.type) {
    case 'add': {
      const item = filled(action.item, state, filling);
      const items = state.lists.get(action.list) ?? [];
      if (item !== '' && !items.includes(item) && items.length < LIST_ITEM_COUNT_MAX) {
        state.lists.set(action.list, [...items, item]);
      }
      return;
    }
    case 'remove': {
      const item = filled(action.item, state, filling);
      const items = state.lists.get(action.list) ?? [];
      state.lists.set(
        action.list,
        items.filter((one) => one !== item),
      );
      return;
    }
    case 'clear':
      state.lists.delete(action.list);
      return;
    case 'set':
      state.variables.set(action.name, filled(action.value, state, filling));
      return;
    case 'compute': {
      const operands = [action.left, action.right].map((side) => operand(side, state, context));
      const operator = filled(action.operator, state, filling);
      const [left = Number.NaN, right = Number.NaN] = operands;
      state.variables.set(action.name, compute(left, operator, right));
      return;
    }
    case 'remind': {
      const afterMs = reminderDelayMs(action.after, context);
      if (afterMs !== undefined) {
        state.reminders.push({ afterMs, text: filled(action.text, state, filling) });
      }
      return;
    }
    case 'forget_reminders':
      state.forgetsReminders = true;
      return;
    case 'pace':
      state.paceRatio = nextPace(state.paceRatio, action.pace);
  }
}

function nextPace(paceRatio: number, pace: 'slower' | 'faster' | 'normal'): number {
  switch (pace) {
    case 'slower':
      return Math.max(PACE_RATIO_MIN, paceRatio * PACE_STEP_RATIO);
    case 'faster':
      return Math.min(PACE_RATIO_MAX, paceRatio / PACE_STEP_RATIO);
    case 'normal':
      return 1;
  }
}

/** A number from a slot, or from the template's own figures. */
function operand(template: string, state: DialogueState, context: TurnContext): number {
  const slot = /^\{([a-z0-9_]+)\}$/.exec(template.trim())?.[1] ?? '';
  const value = context.filling.get(slot)?.json(nowOf(context));
  return typeof value === 'number'
    ? value
    : Number(filled(template, state, context.filling).replaceAll(',', ''));
}

/** A reminder's time is a duration in milliseconds, or a time of day as `HH:MM`. */
function reminderDelayMs(template: string, context: TurnContext): number | undefined {
  const slot = /^\{([a-z0-9_]+)\}$/.exec(template.trim())?.[1] ?? '';
  const value = context.filling.get(slot)?.json(nowOf(context));
  if (typeof value === 'number') {
    return value;
  }
  const clock = typeof value === 'string' ? /^(\d\d):(\d\d)$/.exec(value) : null;
  return clock === null
    ? undefined
    : untilTimeOfDay(nowOf(context), Number(clock[1]), Number(clock[2]));
}

function nowOf({ request }: TurnContext): ReturnType<typeof localTime> {
  return localTime(request.wallMs, request.utcOffsetMinutes);
}
