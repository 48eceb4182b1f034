import type { ConnectOptions } from '@prism/client';
import { SESSION_CONFIG } from '../state/session-config.ts';
import { givenVariables, type Settings, wayOf } from '../state/settings.ts';

/** What the page's calls have in common. */
export interface CallPlace {
  /** Base address of Prism. */
  readonly url: string;
  readonly token: string | undefined;
}

/** A call as the page is set, as the SDK takes it. */
export function connectOptions({ url, token }: CallPlace, settings: Settings): ConnectOptions {
  return {
    url,
    token,
    ...wayOf(settings.transport),
    microphoneId: settings.microphoneId,
    outputId: settings.speakerId,
    agent: settings.agent,
    variables: givenVariables(settings),
    sessionConfig: SESSION_CONFIG,
  };
}
