import type { ToldEvent } from './told-event.ts';

/**
 * What a client whose call plays its audio is told of a `conversation.item.retrieved`: the item without the audio of
 * its parts. Every other event is told as it is.
 *
 * Such a client has said or heard that audio as RTP. Official SDKs retrieve each item that is cut or transcribed, to
 * learn its text; a second of its audio is 64 kB in base64, and what follows on the data channel waits for all of it,
 * for seconds where the round trip is long.
 */
export function withoutItemAudio(told: ToldEvent): ToldEvent {
  const { event } = told;
  if (event.type !== 'conversation.item.retrieved' || !isObject(event['item'])) return told;
  const { item } = event;
  const { content } = item;
  if (!Array.isArray(content) || !content.some(hasAudio)) return told;
  const parts = content.map((part: unknown) =>
    hasAudio(part) ? { ...part, audio: undefined } : part,
  );
  const slim = { ...event, item: { ...item, content: parts } };
  return { event: slim, text: JSON.stringify(slim) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function hasAudio(part: unknown): part is object {
  return isObject(part) && typeof part['audio'] === 'string';
}
