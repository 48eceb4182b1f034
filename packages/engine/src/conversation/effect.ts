import type { EarGrammar } from '../ports/ears.ts';
import type { SpeechRequest } from '../ports/voice.ts';
import type { ServerEvent } from '../wire/server-event.ts';

/** What the conversation wants done. The runner does it, in order, and nothing else. */
export type Effect =
  | { readonly type: 'send'; readonly event: ServerEvent }
  | { readonly type: 'close'; readonly code: number; readonly reason: string }
  | { readonly type: 'ear_grammar'; readonly grammar: EarGrammar }
  | { readonly type: 'ear_push'; readonly pcm: Int16Array }
  | { readonly type: 'ear_begin'; readonly utteranceId: string; readonly fromSample: number }
  | { readonly type: 'ear_end'; readonly utteranceId: string; readonly toSample: number }
  | { readonly type: 'ear_cancel'; readonly utteranceId: string }
  /** Hear a finished recording, apart from the session's running audio. */
  | { readonly type: 'ear_clip'; readonly utteranceId: string; readonly pcm: Int16Array }
  | { readonly type: 'voice_speak'; readonly speechId: string; readonly request: SpeechRequest }
  /** This will probably be spoken next. */
  | { readonly type: 'voice_announce'; readonly request: SpeechRequest }
  | { readonly type: 'voice_cancel'; readonly speechId: string };
