/** What every call of the playground asks for: without a transcription model the user's side would stay without words. */
export const SESSION_CONFIG = {
  audio: { input: { transcription: { model: 'gpt-4o-mini-transcribe' } } },
} as const;
