import type { MessageEntry } from '@prism/client';

/** What of an answer's words was heard, and what of them nobody heard. */
export interface HeardSplit {
  readonly heard: string;
  readonly unheard: string;
}

/** Splits the words of an answer that was cut off; `undefined` if it wasn't, or nobody has told how much was heard. */
export function splitHeard(entry: MessageEntry): HeardSplit | undefined {
  const { heardText, text, status } = entry;
  if (status !== 'interrupted' || heardText === undefined) return undefined;
  if (!text.startsWith(heardText)) return { heard: heardText, unheard: '' };
  return { heard: heardText, unheard: text.slice(heardText.length) };
}

/** Of what nobody heard only the beginning is shown: enough to see where the answer was going. */
const UNHEARD_CHARACTERS_MAX = 96;

function beginning(text: string): string {
  if (text.length <= UNHEARD_CHARACTERS_MAX) return text;
  const cut = text.slice(0, UNHEARD_CHARACTERS_MAX);
  return `${cut.slice(0, Math.max(1, cut.lastIndexOf(' ')))} …`;
}

/** The words that were heard, a mark where the answer was cut, and the rest, which nobody heard. */
export function HeardWords({ split }: { readonly split: HeardSplit }) {
  return (
    <p className="words">
      <span data-testid="heard-words">{split.heard}</span>
      <span className="cut" role="img" aria-label="cut off here" />
      {split.unheard === '' ? null : (
        <del data-testid="unheard-words" title={`Generated, but never heard:${split.unheard}`}>
          {beginning(split.unheard)}
        </del>
      )}
    </p>
  );
}
