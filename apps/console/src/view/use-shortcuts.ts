import { useEffect } from 'react';

/** What the keyboard can do anywhere on the page. */
export interface Shortcuts {
  readonly onMute: () => void;
  readonly onEscape: () => void;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
}

/** M mutes (not while typing), Escape interrupts. Keys with modifiers belong to the browser. */
export function useShortcuts({ onMute, onEscape }: Shortcuts): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (event.key === 'Escape') onEscape();
      else if (event.key.toLowerCase() === 'm' && !isTyping(event.target)) onMute();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => {
      document.removeEventListener('keydown', onKeyDown);
    };
  }, [onMute, onEscape]);
}
