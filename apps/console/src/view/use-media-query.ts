import { useCallback, useSyncExternalStore } from 'react';

/** Widths at which the page has one column, with its parts behind the bar at the bottom. */
export const NARROW = '(width < 940px)';

/** Whether a media query holds now. */
export function useMediaQuery(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', listener);
      return () => {
        list.removeEventListener('change', listener);
      };
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
