import { useEffect, useState } from 'react';
import { Icon } from './icon.tsx';

const SHOWN_MS = 1600;

/** What the button copies. */
export interface CopyButtonProps {
  readonly label: string;
  /** Made when the button is pressed. */
  readonly text: () => string;
  readonly testId: string;
  readonly isIconOnly?: boolean;
}

/** Copies a text, and says for a moment whether that worked. */
export function CopyButton({ label, text, testId, isIconOnly = false }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<'none' | 'copied' | 'failed'>('none');
  useEffect(() => {
    if (outcome === 'none') return undefined;
    const timer = setTimeout(() => {
      setOutcome('none');
    }, SHOWN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [outcome]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text());
      setOutcome('copied');
    } catch {
      // The browser forbids it, or the page is insecure.
      setOutcome('failed');
    }
  };
  const words = { none: label, copied: 'Copied', failed: 'Not allowed' }[outcome];
  return (
    <button
      type="button"
      className={isIconOnly ? 'button quiet icon-only' : 'button small'}
      data-testid={testId}
      data-outcome={outcome}
      title={words}
      onClick={() => {
        void copy();
      }}
    >
      <Icon name={outcome === 'copied' ? 'check' : 'copy'} />
      <span className={isIconOnly ? 'hidden' : ''} aria-live="polite">
        {words}
      </span>
    </button>
  );
}
