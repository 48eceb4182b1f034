/** The groups of assertions, in the order of reports. */
export const GROUPS = {
  connection: 'the handshake, keys, subprotocols, the beta shape, close codes',
  session: 'session.created and its defaults',
  'session-update': 'session.update: merging, nulls, echo',
  errors: 'refused events: code, parameter, event_id, and that the session goes on',
  'input-audio-buffer': 'append, commit, clear',
  'turn-detection': 'speech found by the server, and the turns made of it',
  'input-transcription': 'what was said, as text',
  items: 'items made, placed, read and deleted by the client',
  responses: 'a response in text and in speech, from created to done',
  'response-control': 'one at a time, cancelling, limits, settings of one response',
  'function-calls': 'calls of functions and their outputs',
  'out-of-band': 'responses outside the conversation',
  truncation: 'cutting an answer at what was heard',
  'transcription-sessions': 'sessions that hear and never answer',
  'client-secrets': 'ephemeral keys over HTTP, and sessions opened with them',
  calls: 'calls and their control over HTTP',
} as const;

/** The name of a {@link GROUPS} entry. */
export type Group = keyof typeof GROUPS;

/** Whether a text names a group. */
export function isGroup(name: string): name is Group {
  return Object.hasOwn(GROUPS, name);
}
