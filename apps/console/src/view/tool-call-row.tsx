import type { ToolCallEntry } from '@prism/client';
import { Icon } from './icon.tsx';

/** One function call with its arguments and, once there is one, its output. */
export function ToolCallRow({ entry }: { readonly entry: ToolCallEntry }) {
  return (
    <li
      className="tool-call"
      data-testid="tool-entry"
      data-item-id={entry.itemId}
      data-status={entry.status}
    >
      <Icon name="tool" />
      <code>
        <b>{entry.name}</b> {entry.argumentsText}
        {entry.outputText === undefined ? '' : ` → ${entry.outputText}`}
      </code>
    </li>
  );
}
