/** Types of the events that begin a spoken answer of three audio deltas. */
export const AUDIO_ANSWER = [
  'response.output_item.added',
  'conversation.item.added',
  'response.content_part.added',
  // Three deltas of 60, 100 and 140 ms, each after the word that begins in it.
  ...['response.output_audio_transcript.delta', 'response.output_audio.delta'],
  ...['response.output_audio_transcript.delta', 'response.output_audio.delta'],
  ...['response.output_audio_transcript.delta', 'response.output_audio.delta'],
];

/** Types of the events that end a spoken answer. */
export const AUDIO_ANSWER_DONE = [
  'response.output_audio.done',
  'response.output_audio_transcript.done',
  'response.content_part.done',
  'conversation.item.done',
  'response.output_item.done',
  'response.done',
  'rate_limits.updated',
];
