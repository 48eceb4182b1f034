import type { BrainRequest } from '../ports/brain.ts';
import { fillTemplate } from '../scenario/template-check.ts';
import type { Filling } from './align.ts';
import { wordsOfName } from './auto-tool.ts';
import type { DialogueState } from './dialogue-state.ts';
import { localTime, spokenClock, spokenDate, spokenDuration } from './spoken-time.ts';

/** What a reply's variables stand for. */
export interface ReplyContext {
  readonly request: BrainRequest;
  readonly state: DialogueState;
  readonly filling: Filling;
  readonly transcript: string;
  /** A tool's answer, if the reply is about one. */
  readonly output?: unknown;
}

/** "milk, eggs and bread" */
export function spokenList(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

/** The longest utterance that an answer quotes: about five seconds of speech. */
const QUOTE_CHARS_MAX = 80;

/** A quotation that is short enough to be listened to: whole words, if there are any to cut between. */
function quoted(text: string): string {
  if (text.length <= QUOTE_CHARS_MAX) {
    return text;
  }
  const start = text.slice(0, QUOTE_CHARS_MAX);
  return `${start.replace(/\s+\S*$/, '')} and so on`;
}

/** The longest tool answer that is read out. */
const OUTPUT_CHARS_MAX = 600;

/** A tool's answer as it can be said: texts as they are, objects as "name value" pairs. */
export function spokenOutput(output: unknown): string {
  if (output === null || output === undefined) {
    return '';
  }
  if (Array.isArray(output)) {
    return spokenList(output.map(spokenOutput)).slice(0, OUTPUT_CHARS_MAX);
  }
  if (typeof output === 'object') {
    const pairs = Object.entries(output).map(
      ([name, value]) => `${wordsOfName(name).join(' ')} ${spokenOutput(value)}`,
    );
    return spokenList(pairs).slice(0, OUTPUT_CHARS_MAX);
  }
  const plain = typeof output === 'string' ? output : JSON.stringify(output);
  return (plain ?? '').slice(0, OUTPUT_CHARS_MAX);
}

/** A full stop behind a mark that ends a sentence already, as where a variable brings its own; not an ellipsis. */
const DOUBLED_STOP = /(?<!\.)([.!?…])\.(?=["')\s]|$)/g;

/** A text as the end of a sentence: with one full stop, unless it ends in a mark of its own. */
export function endedSentence(text: string): string {
  const trimmed = text.trimEnd();
  return /[.!?…]["')\]]*$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

/** Writes a reply. */
export function replyText(template: string, context: ReplyContext): string {
  const text = fillTemplate(template, (root, path) => variable(root, path, context));
  const plain = text.replaceAll(/\s+/g, ' ').replaceAll(DOUBLED_STOP, '$1').trim();
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

function variable(root: string, path: readonly string[], context: ReplyContext): string {
  const slot = context.filling.get(root)?.spoken ?? context.state.variables.get(root);
  return slot ?? builtIn(root, path, context);
}

function builtIn(root: string, path: readonly string[], context: ReplyContext): string {
  const { request, state } = context;
  const now = localTime(request.wallMs, request.utcOffsetMinutes);
  const [name = ''] = path;
  switch (root) {
    case 'time':
      return spokenClock(now);
    case 'date':
      return spokenDate(now);
    case 'transcript':
      return quoted(context.transcript);
    case 'list':
      return spokenList(state.lists.get(name) ?? []);
    case 'count':
      return String(state.lists.get(name)?.length ?? 0);
    case 'tools':
      return spokenList(request.tools.map((tool) => wordsOfName(tool.name).join(' ')));
    case 'reminders':
      return spokenList(
        request.pendingReminders.map(({ dueInMs }) => `one in ${spokenDuration(dueInMs)}`),
      );
    case 'repeat': {
      const said = request.exchanges.findLast(({ role }) => role === 'assistant');
      return said?.role === 'assistant' ? said.text : '';
    }
    case 'output':
      return spokenOutput(
        path.reduce<unknown>(
          (value, key) =>
            typeof value === 'object' && value !== null
              ? (value as Readonly<Record<string, unknown>>)[key]
              : undefined,
          context.output,
        ),
      );
    default:
      return '';
  }
}
