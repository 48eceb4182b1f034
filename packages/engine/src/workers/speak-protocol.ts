import type { SpeechRequest } from '../ports/voice.ts';

/** What the speak worker is asked. */
export type SpeakRequest =
  | { readonly type: 'speak'; readonly id: number; readonly request: SpeechRequest }
  | { readonly type: 'cancel'; readonly id: number }
  /** Make the first chunk, for the cache. Not answered. */
  | { readonly type: 'announce'; readonly request: SpeechRequest };

/** What the speak worker answers. `pcm` is transferred. */
export type SpeakReply =
  | { readonly type: 'chunk'; readonly id: number; readonly text: string; readonly pcm: Int16Array }
  | { readonly type: 'finished'; readonly id: number }
  | { readonly type: 'failed'; readonly id: number; readonly reason: string };
