import type { BrainRequest, FunctionTool, PlannedCall } from '../ports/brain.ts';
import { wordsOfUtterance } from '../scenario/words.ts';
import { parametersOf, wordsOfName } from './auto-tool.ts';
import type { Dialogue } from './dialogue.ts';
import type { SlotKind, SlotValue } from './slots/slot-kind.ts';
import { localTime } from './spoken-time.ts';

/**
 * The call that `tool_choice` demands where the user's words alone would not give one: a named function always, any
 * function for `required`. Arguments are looked for in the user's words; what is missing gets an empty value. After a
 * tool's answer nothing is forced: that would go round in circles.
 */
export function forcedCall(request: BrainRequest, dialogue: Dialogue): PlannedCall | undefined {
  const { toolChoice, tools } = request;
  const last = request.exchanges.at(-1);
  if (toolChoice === 'auto' || toolChoice === 'none' || last?.role === 'output') {
    return undefined;
  }
  const planned = dialogue.turns.flatMap((turn) => {
    if (turn.type === 'call') {
      return turn.tool.tool.name;
    }
    return turn.type === 'intent' ? (turn.intent.tool?.name ?? []) : [];
  });
  const isPlanned = (name: string): boolean =>
    planned.includes(name) && tools.some((tool) => tool.name === name);
  if (toolChoice === 'required') {
    const isSatisfied = last?.role === 'user' && planned.some(isPlanned);
    const best = isSatisfied ? undefined : likeliestTool(request);
    return best === undefined ? undefined : callFor(best, request);
  }
  const wanted = tools.find(({ name }) => name === toolChoice.name);
  const isAnswered = last?.role === 'user' && isPlanned(toolChoice.name);
  return wanted === undefined || isAnswered ? undefined : callFor(wanted, request);
}

function lastUserText(request: BrainRequest): string {
  const last = request.exchanges.findLast(({ role }) => role === 'user');
  return last?.role === 'user' ? last.text : '';
}

/** The tool whose name and description share the most words with what the user said; the first if none does. */
function likeliestTool(request: BrainRequest): FunctionTool | undefined {
  const said = new Set(wordsOfName(lastUserText(request)));
  const scored = request.tools.map((tool) => ({
    tool,
    score: new Set(
      [...wordsOfName(tool.name), ...wordsOfName(tool.description)].filter((word) =>
        said.has(word),
      ),
    ).size,
  }));
  return scored.reduce<(typeof scored)[number] | undefined>(
    (best, one) => (best === undefined || one.score > best.score ? one : best),
    undefined,
  )?.tool;
}

function findIn(kind: SlotKind, words: readonly string[]): SlotValue | undefined {
  return words.map((_, at) => kind.match(words, at)[0]?.value).find((one) => one !== undefined);
}

function callFor(tool: FunctionTool, request: BrainRequest): PlannedCall {
  const words = wordsOfUtterance(lastUserText(request));
  const now = localTime(request.wallMs, request.utcOffsetMinutes);
  const args = parametersOf(tool).flatMap(({ name, kind, isText, isRequired, emptyJson }) => {
    const found = isText ? undefined : findIn(kind, words);
    if (found !== undefined) {
      return [[name, found.json(now)] as const];
    }
    return isRequired ? [[name, emptyJson] as const] : [];
  });
  return { name: tool.name, argumentsJson: JSON.stringify(Object.fromEntries(args)) };
}
