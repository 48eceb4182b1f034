import type { ItemObject } from '@prism/protocol';

/** Who says an item; `other` is never told: tools' calls and outputs, and what the system writes. */
export function roleOf(item: ItemObject): 'user' | 'assistant' | 'other' {
  if (item.type !== 'message') return 'other';
  return item.role === 'user' || item.role === 'assistant' ? item.role : 'other';
}

/** The text that came with an item; `undefined` if it holds speech without its transcript. */
export function writtenText(item: ItemObject): string | undefined {
  const texts: string[] = [];
  for (const { type, text, transcript } of item.content ?? []) {
    const written = text ?? transcript ?? undefined;
    if (written === undefined && type.includes('audio')) return undefined;
    if (written !== undefined && written !== '') texts.push(written);
  }
  return texts.join(' ');
}
