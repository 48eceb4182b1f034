import { useEffect } from 'react';

/** What the space bar does while it is down. */
export interface PushKey {
  readonly isEnabled: boolean;
  readonly onPress: () => void;
  readonly onRelease: () => void;
}

function isTextField(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement && target.type === 'text';
}

/** The space bar talks anywhere on the page but in a text field; a page that loses the focus lets it go. */
export function usePushKey({ isEnabled, onPress, onRelease }: PushKey): void {
  useEffect(() => {
    if (!isEnabled) return undefined;
    const isOurs = (event: KeyboardEvent): boolean =>
      event.code === 'Space' && !isTextField(event.target);
    const onKeyDown = (event: KeyboardEvent): void => {
      if (!isOurs(event)) return;
      // It would scroll, or press the button that has the focus.
      event.preventDefault();
      if (!event.repeat) onPress();
    };
    const onKeyUp = (event: KeyboardEvent): void => {
      if (!isOurs(event)) return;
      event.preventDefault();
      onRelease();
    };
    document.addEventListener('keydown', onKeyDown);
    document.addEventListener('keyup', onKeyUp);
    window.addEventListener('blur', onRelease);
    return () => {
      document.removeEventListener('keydown', onKeyDown);
      document.removeEventListener('keyup', onKeyUp);
      window.removeEventListener('blur', onRelease);
    };
  }, [isEnabled, onPress, onRelease]);
}
