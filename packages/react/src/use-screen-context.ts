import type { WireObject } from '@prism/client';
import { useEffect } from 'react';
import { useCallStore } from './call-context.ts';
import { useLatest } from './use-latest.ts';

/**
 * Tells the model what the component shows, while it is on the page: members of one object that all such components
 * make together. It is told anew when it changes, by value; no answer is asked for. What an agent's policy takes of it,
 * the server decides.
 */
export function useScreenContext(context: WireObject): void {
  const { screen } = useCallStore();
  const latest = useLatest(context);
  const contextText = JSON.stringify(context);
  // Objects written in place are others at each render; what they say is not.
  useEffect(() => screen.add(latest.current), [screen, contextText, latest]);
}
