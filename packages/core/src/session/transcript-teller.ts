import { assertNever } from '../errors/invariant.ts';
import type { AudioSource } from '../playout/playout-queue.ts';
import type { TranscriptEntry, TranscriptOrderEffect } from '../transcript/transcript-order.ts';
import type { EventRelay } from './event-relay.ts';
import type { Outbox } from './outbox.ts';

/** Characters of the final transcript in one event: a browser's data channel takes 256 KiB, in UTF-8 and JSON. */
const FINAL_TEXT_CHARS_MAX = 40_000;
/** Entries in it, for the same reason: each costs some 100 bytes beside its text. */
const FINAL_ENTRY_COUNT_MAX = 500;

export interface TranscriptTellerParts {
  readonly outbox: Outbox;
  readonly relay: EventRelay;
}

/** Tells the transcript: to the controllers that know events of Prism's own, and at the end to the observer. */
export class TranscriptTeller {
  readonly #parts: TranscriptTellerParts;

  constructor(parts: TranscriptTellerParts) {
    this.#parts = parts;
  }

  /** What was heard of a part that has ended. */
  heard(
    { responseId, itemId, contentIndex }: AudioSource,
    {
      text,
      heardMs,
      isCut,
    }: { readonly text: string; readonly heardMs: number; readonly isCut: boolean },
  ): void {
    this.#toPrismAware('prism.transcript.heard', {
      response_id: responseId,
      item_id: itemId,
      content_index: contentIndex,
      transcript: text,
      heard_ms: heardMs,
      is_cut: isCut,
    });
  }

  tell(effect: TranscriptOrderEffect): void {
    switch (effect.type) {
      case 'entry':
      case 'correction': {
        const isCorrection = effect.type === 'correction';
        const fields = { ...wireEntry(effect.entry), is_correction: isCorrection };
        return this.#toPrismAware('prism.transcript.entry', fields);
      }
      case 'transcript':
        return this.#end(effect.entries, effect.omittedEntries);
      default:
        return assertNever(effect, 'transcript effect');
    }
  }

  #end(entries: readonly TranscriptEntry[], omittedEntries: number): void {
    const newest = newestWithin(entries);
    this.#toPrismAware('prism.transcript.final', {
      entries: newest.map(wireEntry),
      omitted_entries: omittedEntries + entries.length - newest.length,
    });
    this.#parts.outbox.report({
      type: 'transcript.final',
      entryCount: entries.length,
      omittedEntries,
      pii: { entries },
    });
  }

  #toPrismAware(type: `prism.${string}`, fields: Readonly<Record<string, unknown>>): void {
    this.#parts.relay.toPrismAware(type, fields);
  }
}

function wireEntry({ itemId, role, text, status }: TranscriptEntry): Record<string, unknown> {
  return { item_id: itemId, role, transcript: text, status };
}

/** The newest entries that fit one event. */
function newestWithin(entries: readonly TranscriptEntry[]): readonly TranscriptEntry[] {
  let textChars = 0;
  const first = entries.findLastIndex((entry, index) => {
    textChars += entry.text.length;
    return textChars > FINAL_TEXT_CHARS_MAX || entries.length - index > FINAL_ENTRY_COUNT_MAX;
  });
  return entries.slice(first + 1);
}
