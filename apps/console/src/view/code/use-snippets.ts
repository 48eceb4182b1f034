import { useMemo } from 'react';
import { themeColorDefinition } from '../../call/theme-color.ts';
import { SESSION_CONFIG } from '../../state/session-config.ts';
import { snippetsOf } from '../../state/snippets/all-snippets.ts';
import type { Snippet } from '../../state/snippets/snippet-context.ts';
import { usePage, usePageState } from '../page-context.ts';

/** Every snippet, for the page as it is set now. */
export function useSnippets(): readonly Snippet[] {
  const { url, hasToken } = usePage();
  const settings = usePageState((state) => state.settings);
  const microphones = usePageState((state) => state.devices.microphones);
  return useMemo(
    () =>
      snippetsOf({
        url,
        settings,
        needsToken: hasToken,
        microphoneLabel: microphones.find(({ id }) => id === settings.microphoneId)?.label,
        sessionConfig: SESSION_CONFIG,
        actions: settings.hasColorTool ? [themeColorDefinition()] : [],
      }),
    [url, hasToken, settings, microphones],
  );
}
