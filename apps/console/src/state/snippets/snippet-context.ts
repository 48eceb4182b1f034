import type { WireObject } from '@prism/client';
import { givenVariables, type Settings } from '../settings.ts';

/** What the snippets are made from: the page as it is set now. */
export interface SnippetContext {
  /** Base address of Prism. */
  readonly url: string;
  readonly settings: Settings;
  /** Whether this server asks for a key. */
  readonly needsToken: boolean;
  /** Of the chosen microphone. */
  readonly microphoneLabel: string | undefined;
  readonly sessionConfig: WireObject;
  /** What the model can do on the page, without its code. */
  readonly actions: readonly {
    readonly name: string;
    readonly description?: string | undefined;
    readonly parameters: WireObject;
  }[];
}

/** A program in one of the ways to reach Prism. */
export interface Snippet {
  readonly name: 'sdk' | 'react' | 'webrtc' | 'curl';
  readonly label: string;
  /** What it is for and what it needs. */
  readonly note: string;
  readonly fileName: string;
  readonly code: string;
}

/** The agent that a session names by itself: a client secret says it otherwise. */
export function namedAgent({ settings, needsToken }: SnippetContext): {
  readonly agent?: string;
  readonly variables?: Readonly<Record<string, string>>;
} {
  if (settings.agent === undefined || needsToken) return {};
  const variables = givenVariables(settings);
  const hasVariables = Object.keys(variables).length > 0;
  return { agent: settings.agent, ...(hasVariables ? { variables } : {}) };
}
