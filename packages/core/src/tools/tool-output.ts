import type { ArgumentsFault, SessionTool } from './session-tool.ts';

/** Texts for the model, as the `output` of a `function_call_output`. */

/** What the model reads where there is no result: `{"error":{"code":…,"message":…}}`. */
export function errorOutput(code: string, message: string, more: object = {}): string {
  return JSON.stringify({ error: { code, message, ...more } });
}

export function timeoutOutput({ name, timeoutMs }: SessionTool): string {
  return errorOutput('tool_timeout', `${name} did not answer within ${timeoutMs} ms.`);
}

export function argumentsOutput({ path, message }: ArgumentsFault): string {
  const where = path === '' ? 'The arguments' : `The argument at ${path}`;
  return errorOutput('invalid_arguments', `${where}: ${message}. Correct it and call again.`, {
    path,
  });
}

export function cancelledOutput(): string {
  return JSON.stringify({ status: 'cancelled', message: 'The user interrupted; it was stopped.' });
}

/** @param args - As the model gave them. */
export function confirmationOutput(
  tool: SessionTool,
  { id, args }: { readonly id: string; readonly args: unknown },
): string {
  const how =
    tool.confirmedBy === 'spoken'
      ? 'Tell the user exactly what will be done and ask whether to go on. Only after a clear yes call the tool again with exactly these arguments.'
      : 'Tell the user exactly what will be done, and that it has to be confirmed on the screen. Wait until you are told that it was confirmed; then call the tool again with exactly these arguments.';
  return JSON.stringify({
    status: 'confirmation_required',
    confirmation_id: id,
    message: `Nothing was done yet. ${how}`,
    arguments: args,
  });
}

/** What the model is told when the user has decided by an event. */
export function decisionNote(
  tool: string,
  { id, isApproved }: { readonly id: string; readonly isApproved: boolean },
): string {
  return isApproved
    ? `The user has confirmed ${tool} (confirmation ${id}). Call it again now with exactly the same arguments.`
    : `The user has declined ${tool} (confirmation ${id}). Do not call it; nothing was done.`;
}

export const FILLER_INSTRUCTIONS =
  'What you called is still running. Say so in one short sentence, in the language of the conversation, like "One moment, I am still working on it." Give no result and call nothing.';

/**
 * At most `bytesMax` of UTF-8 of a text, cut between characters, with a marker where something is missing. A bound
 * below the marker's own length leaves the marker alone.
 */
export function cutToBytes(text: string, bytesMax: number): string {
  // No UTF-16 unit has more than three bytes, so that most texts need no counting.
  if (text.length * 3 <= bytesMax || utf8Bytes(text) <= bytesMax) return text;
  const marker = `\n[cut: the result is longer than ${bytesMax} bytes]`;
  const room = bytesMax - marker.length;
  let bytes = 0;
  let end = 0;
  for (const character of text) {
    bytes += utf8Bytes(character);
    if (bytes > room) break;
    end += character.length;
  }
  return `${text.slice(0, end)}${marker}`;
}

/** Length in UTF-8. A surrogate without its other half is written as U+FFFD. */
export function utf8Bytes(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    if (point < 0x80) bytes += 1;
    else if (point < 0x8_00) bytes += 2;
    else bytes += point < 0x1_00_00 ? 3 : 4;
  }
  return bytes;
}
