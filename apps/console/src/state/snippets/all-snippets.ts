import { curlSnippet } from './curl-snippet.ts';
import { reactSnippet } from './react-snippet.ts';
import { sdkSnippet } from './sdk-snippet.ts';
import type { Snippet, SnippetContext } from './snippet-context.ts';
import { webRtcSnippet } from './webrtc-snippet.ts';

/** The call as it is set now, in every way there is to make it. */
export function snippetsOf(context: SnippetContext): readonly Snippet[] {
  return [sdkSnippet(context), reactSnippet(context), webRtcSnippet(context), curlSnippet(context)];
}
