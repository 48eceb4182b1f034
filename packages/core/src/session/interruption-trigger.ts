/** Why an answer was cut off. `local_speech`: Prism's own turn-taking decided. */
export type InterruptionTrigger =
  | 'speech_started'
  | 'client_cancel'
  | 'client_clear'
  | 'client_truncate'
  | 'local_speech'
  | 'limit'
  | 'move';
