/** What a server may honestly not have. An assertion that needs it is then skipped, with the reason. */
export const CAPABILITIES = {
  'websocket-handshake': 'headers, subprotocols and close codes of a WebSocket',
  'audio-events': 'audio in events: input_audio_buffer.append, response.output_audio.delta',
  'media-playout': 'audio as media, which the server plays: output_audio_buffer events',
  authentication: 'a server that asks for a key',
  speech: 'turn detection that finds speech in audio',
  'semantic-vad': 'turn detection by meaning',
  'input-transcription': 'transcription of what was said',
  'audio-output': 'spoken answers',
  tools: 'function calls',
  'mcp-tools': 'tools of MCP servers',
  images: 'images in items',
  g711: 'G.711 audio',
  'out-of-band': 'responses outside the conversation',
  'strict-parameters': 'unknown parameters are refused',
  'transcription-sessions': 'sessions of type transcription',
  'http-client-secrets': 'POST /v1/realtime/client_secrets',
  'webrtc-calls': 'POST /v1/realtime/calls and its call control',
} as const;

/** The name of a {@link CAPABILITIES} entry. */
export type Capability = keyof typeof CAPABILITIES;

/** Whether a text names a capability. */
export function isCapability(name: string): name is Capability {
  return Object.hasOwn(CAPABILITIES, name);
}
