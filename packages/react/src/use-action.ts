import type { ActionDefinition, ActionHandler } from '@prism/client';
import { useEffect } from 'react';
import { useCallStore } from './call-context.ts';
import { useLatest } from './use-latest.ts';

/**
 * Lets the model do something while the component is on the page. The newest `handler` is called; the model is told
 * anew when the definition changes, by value.
 */
export function useAction(
  name: string,
  definition: ActionDefinition,
  handler: ActionHandler,
): void {
  const { actions } = useCallStore();
  const latest = useLatest({ definition, handler });
  const definitionText = JSON.stringify(definition);
  // Definitions written in place are other objects at each render; what they say is not.
  useEffect(() => {
    const { current } = latest;
    return actions.add({
      ...current.definition,
      name,
      handler: (input, call) => latest.current.handler(input, call),
    });
  }, [actions, name, definitionText, latest]);
}
