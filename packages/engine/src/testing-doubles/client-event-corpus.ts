/** Client events to start from: some of every GA type, beta-shaped ones, and types that there are not. */

export type ClientEventJson = Readonly<Record<string, unknown>>;

const AUDIO = Buffer.alloc(4_800).toString('base64');

const TOOL = {
  type: 'function',
  name: 'get_weather',
  description: 'Gets the weather.',
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

const USER_TEXT = {
  type: 'message',
  role: 'user',
  content: [{ type: 'input_text', text: 'Hi' }],
};

const SESSIONS: readonly ClientEventJson[] = [
  { type: 'realtime' },
  { type: 'realtime', instructions: 'Be brief.', output_modalities: ['text'] },
  {
    type: 'realtime',
    tools: [TOOL, { type: 'mcp', server_label: 'x', server_url: 'https://example.com' }],
    tool_choice: { type: 'function', name: 'get_weather' },
    max_output_tokens: 200,
    parallel_tool_calls: false,
  },
  {
    type: 'realtime',
    tracing: { workflow_name: 'w', metadata: { a: 1 } },
    truncation: { type: 'retention_ratio', retention_ratio: 0.5 },
    prompt: { id: 'pmpt_1', variables: { name: 'x' } },
    include: ['item.input_audio_transcription.logprobs'],
  },
  {
    type: 'realtime',
    audio: {
      input: {
        format: { type: 'audio/pcm', rate: 24_000 },
        noise_reduction: { type: 'near_field' },
        transcription: { model: 'whisper-1', language: 'en', prompt: null },
        turn_detection: { type: 'server_vad', threshold: 0.5, idle_timeout_ms: 5_000 },
      },
      output: { format: { type: 'audio/pcmu' }, voice: 'marin', speed: 1.2 },
    },
  },
  { type: 'realtime', audio: { input: { turn_detection: null } } },
  {
    type: 'realtime',
    audio: { input: { turn_detection: { type: 'semantic_vad', eagerness: 'high' } } },
  },
  { type: 'transcription', audio: { input: { transcription: { model: 'whisper-1' } } } },
];

const ITEMS: readonly ClientEventJson[] = [
  USER_TEXT,
  { ...USER_TEXT, id: 'mine', status: 'completed', object: 'realtime.item' },
  { type: 'message', role: 'user', content: [{ type: 'input_audio', audio: AUDIO }] },
  { type: 'message', role: 'user', content: [{ type: 'input_audio', transcript: 'said' }] },
  {
    type: 'message',
    role: 'user',
    content: [{ type: 'input_image', image_url: 'data:image/png;base64,AA==', detail: 'low' }],
  },
  { type: 'message', role: 'system', content: [{ type: 'input_text', text: 'Note.' }] },
  { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Yes.' }] },
  { type: 'function_call', name: 'get_weather', arguments: '{"city":"Oslo"}', call_id: 'call_1' },
  { type: 'function_call_output', call_id: 'call_1', output: '{"ok":true}' },
];

const RESPONSES: readonly ClientEventJson[] = [
  {},
  { output_modalities: ['text'], instructions: 'say: Hello.', metadata: { topic: 'x' } },
  { conversation: 'none', input: [USER_TEXT, { type: 'item_reference', id: 'item_1' }] },
  { audio: { output: { voice: 'cedar', format: { type: 'audio/pcma' } } }, max_output_tokens: 5 },
  { tools: [TOOL], tool_choice: 'required', parallel_tool_calls: true, metadata: null },
  { prompt: { id: 'pmpt_1' }, reasoning: { effort: 'low' }, max_output_tokens: 'inf' },
];

/** Stands for the id of an answer that was spoken. */
export const SPOKEN_ITEM_ID = 'item_that_was_spoken';

/** Valid events: every GA client event in several variants. */
export const GA_CLIENT_EVENTS: readonly ClientEventJson[] = [
  ...SESSIONS.map((session) => ({ type: 'session.update', session })),
  { type: 'input_audio_buffer.append', audio: AUDIO },
  { type: 'input_audio_buffer.append', audio: '' },
  { type: 'input_audio_buffer.append', audio: 'AAA=' },
  { type: 'input_audio_buffer.commit' },
  { type: 'input_audio_buffer.commit', event_id: 'c1' },
  { type: 'input_audio_buffer.clear' },
  { type: 'input_audio_buffer.clear', event_id: 'c2' },
  ...ITEMS.map((item) => ({ type: 'conversation.item.create', item })),
  { type: 'conversation.item.create', previous_item_id: 'root', item: USER_TEXT },
  { type: 'conversation.item.create', previous_item_id: 'item_1', item: USER_TEXT },
  { type: 'conversation.item.create', previous_item_id: null, item: USER_TEXT },
  { type: 'conversation.item.retrieve', item_id: 'item_1' },
  { type: 'conversation.item.retrieve', item_id: 'mine' },
  { type: 'conversation.item.delete', item_id: 'item_2' },
  { type: 'conversation.item.delete', item_id: 'mine' },
  { type: 'conversation.item.truncate', item_id: 'item_2', content_index: 0, audio_end_ms: 0 },
  {
    type: 'conversation.item.truncate',
    item_id: SPOKEN_ITEM_ID,
    content_index: 0,
    audio_end_ms: 0,
  },
  {
    type: 'conversation.item.truncate',
    item_id: SPOKEN_ITEM_ID,
    content_index: 0,
    audio_end_ms: 20,
  },
  { type: 'response.create' },
  { type: 'response.create', response: null },
  ...RESPONSES.map((response) => ({ type: 'response.create', response })),
  { type: 'response.cancel' },
  { type: 'response.cancel', response_id: 'resp_1' },
  { type: 'output_audio_buffer.clear' },
  { type: 'output_audio_buffer.clear', event_id: 'c3' },
];

/** Events that the GA wire refuses: shapes of the beta, events of the server, types out of nowhere. */
export const FOREIGN_CLIENT_EVENTS: readonly ClientEventJson[] = [
  { type: 'session.update', session: { modalities: ['text', 'audio'], voice: 'alloy' } },
  { type: 'session.update', session: { type: 'realtime', temperature: 0.8 } },
  { type: 'session.update', session: { type: 'realtime', input_audio_format: 'pcm16' } },
  { type: 'transcription_session.update', session: { input_audio_format: 'g711_ulaw' } },
  { type: 'response.create', response: { modalities: ['text'], max_response_output_tokens: 10 } },
  {
    type: 'conversation.item.create',
    item: { type: 'message', role: 'assistant', content: [{ type: 'text', text: 'beta' }] },
  },
  { type: 'conversation.item.created', item: USER_TEXT },
  { type: 'session.created', session: {} },
  { type: 'response.done', response: { id: 'resp_1' } },
  { type: 'session.close' },
  { type: '' },
  { type: '__proto__' },
  { type: 'constructor' },
  { type: 'Response.Create' },
  { type: 7 },
  { type: null },
  {},
];
