import { useState } from 'react';
import { Icon } from './icon.tsx';

/** What the composer needs. */
export interface ComposerProps {
  readonly isEnabled: boolean;
  /** Sends the words; `false` leaves them in the field. */
  readonly onSend: (text: string) => boolean;
}

/** Typed input, as an alternative to speaking. */
export function Composer({ isEnabled, onSend }: ComposerProps) {
  const [text, setText] = useState('');
  const words = text.trim();
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (words !== '' && onSend(words)) setText('');
      }}
    >
      <input
        type="text"
        value={text}
        data-testid="text-input"
        aria-label="Message"
        placeholder={isEnabled ? 'Or type a message' : 'Start a call to type'}
        autoComplete="off"
        enterKeyHint="send"
        disabled={!isEnabled}
        onChange={({ target }) => {
          setText(target.value);
        }}
      />
      <button
        type="submit"
        className="button send"
        data-testid="send-button"
        aria-label="Send"
        disabled={!isEnabled || words === ''}
      >
        <Icon name="send" />
      </button>
    </form>
  );
}
