import type { ConversationRecord, RecordedEntry } from './conversation-record.ts';

/** An item for `conversation.item.create`. */
export interface SeedItem {
  readonly id: string;
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What stands for words that nobody knows: the model should know that somebody spoke. */
export const UNKNOWN_WORDS = '[speech that was not transcribed]';

/** What the model is told of a tool that ran when its process went. */
export const UNKNOWN_OUTCOME = JSON.stringify({
  error: 'outcome_unknown',
  message: 'The call was cut off. It may have been made or not.',
});

/** What the model is told so that it goes on where it was cut off. */
export const GO_ON_NOTE =
  'The connection was renewed while you spoke. The user heard your last answer only as far as it stands here. Go on from there; do not begin again, and do not mention the connection.';

/**
 * The items that make a record's conversation in a new upstream session, in order, under the ids that they had.
 *
 * @param serverTools - Functions that nobody but Prism answers: a call of one that has no output gets one.
 */
export function seedItemsOf(
  { entries }: Pick<ConversationRecord, 'entries'>,
  serverTools: ReadonlySet<string>,
): readonly SeedItem[] {
  const answered = new Set(
    entries.flatMap(({ item }) => (item?.type === 'function_call_output' ? [item.call_id] : [])),
  );
  const called = new Set(
    entries.flatMap(({ item }) => (item?.type === 'function_call' ? [item.call_id] : [])),
  );
  return entries.flatMap((entry): readonly SeedItem[] => {
    const { item, itemId: id } = entry;
    if (item === undefined) return spokenItem(entry);
    if (item.type === 'message')
      return [{ id, type: 'message', role: 'system', content: [inputText(item.text)] }];
    if (item.type === 'function_call_output')
      // Without its call, which was left out, the upstream would refuse it.
      return called.has(item.call_id) ? [{ id, ...item }] : [];
    const isLost = serverTools.has(item.name) && !answered.has(item.call_id);
    const lost = { type: 'function_call_output', call_id: item.call_id, output: UNKNOWN_OUTCOME };
    return isLost
      ? [
          { id, ...item },
          { id: outputIdOf(id), ...lost },
        ]
      : [{ id, ...item }];
  });
}

/** Ids of items have at most 32 characters on OpenAI's wire. */
function outputIdOf(callItemId: string): string {
  return `lost_${callItemId.slice(-27)}`;
}

/** Of an answer of which nothing was heard, nothing is left. */
function spokenItem({ itemId: id, role, text, status }: RecordedEntry): readonly SeedItem[] {
  if (role === 'user') {
    const isKnown = status === 'final';
    if (isKnown && text === '') return [];
    const content = [inputText(isKnown ? text : UNKNOWN_WORDS)];
    return [{ id, type: 'message', role, content }];
  }
  if (role === 'assistant' && text !== '')
    return [{ id, type: 'message', role, content: [{ type: 'output_text', text }] }];
  return [];
}

function inputText(text: string): { readonly type: 'input_text'; readonly text: string } {
  return { type: 'input_text', text };
}
