import type { LoggedEvent } from '@prism/client/inspect';

const PAGE_ROW_COUNT = 10;

/** Where a key of the keyboard leads in the list; `undefined` for keys that lead nowhere. */
export function stepTo(
  key: string,
  entries: readonly LoggedEvent[],
  selected: number | undefined,
): number | undefined {
  const last = entries.length - 1;
  const index = entries.findIndex(({ sequence }) => sequence === selected);
  const from = (step: number): number =>
    index === -1 ? last : Math.min(last, Math.max(0, index + step));
  switch (key) {
    case 'ArrowDown':
      return from(1);
    case 'ArrowUp':
      return from(-1);
    case 'PageDown':
      return from(PAGE_ROW_COUNT);
    case 'PageUp':
      return from(-PAGE_ROW_COUNT);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}
