import { Icon } from './icon.tsx';

/** What the pad shows and does. */
export interface PushPadProps {
  readonly isPressed: boolean;
  readonly onPress: () => void;
  readonly onRelease: () => void;
}

/** The button that is held down to talk. The space bar does the same. */
export function PushPad({ isPressed, onPress, onRelease }: PushPadProps) {
  return (
    <button
      type="button"
      className="push-pad"
      data-testid="push-button"
      aria-pressed={isPressed}
      aria-keyshortcuts="Space"
      onPointerDown={({ currentTarget, pointerId }) => {
        currentTarget.setPointerCapture(pointerId);
        onPress();
      }}
      onPointerUp={onRelease}
      onPointerCancel={onRelease}
      onContextMenu={(event) => {
        // A long press on a touch screen is no wish for a menu.
        event.preventDefault();
      }}
    >
      <Icon name="microphone" />
      <span>{isPressed ? 'Listening – let go to send' : 'Hold to talk'}</span>
      <kbd>Space</kbd>
    </button>
  );
}
