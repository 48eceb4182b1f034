// A conversation with the built-in engine over a Realtime WebSocket, as it was on the wire.
import { once } from 'node:events';
import { createLogger, createPrism, loadSettings } from '@prism/server';
import WebSocket from 'ws';

const USER_TURNS = [
  'Hello, what can you do?',
  'What is the weather in Paris?',
  'Tell me a joke.',
  'What time is it?',
];
/** 100 ms of silence at 24 kHz. */
const APPEND = { type: 'input_audio_buffer.append', audio: Buffer.alloc(4_800).toString('base64') };
const APPENDS_PER_TURN = 30;
/** What official clients send when they connect. */
const SESSION = {
  type: 'realtime',
  model: 'gpt-realtime-2.1',
  instructions: 'You are a friendly assistant of a hotel. '.repeat(20),
  output_modalities: ['audio'],
  tools: [
    {
      type: 'function',
      name: 'get_weather',
      description: 'Tells the weather of a city.',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
    },
  ],
  tool_choice: 'auto',
  audio: {
    input: {
      format: { type: 'audio/pcm', rate: 24_000 },
      transcription: { model: 'gpt-4o-mini-transcribe' },
      turn_detection: { type: 'semantic_vad' },
    },
    output: { format: { type: 'audio/pcm', rate: 24_000 }, voice: 'marin' },
  },
};

/** Both directions of a conversation, each message as the text that it was. */
export async function recordConversation() {
  const { settings } = loadSettings({
    filePath: undefined,
    env: {},
    flags: { port: 39_271, mediaPort: 39_272, host: '127.0.0.1', upstreamKind: 'engine' },
  });
  const logger = createLogger({ level: 'silent', format: 'json' });
  const prism = await createPrism(settings, logger);
  try {
    return await converse(`${prism.url.replace('http', 'ws')}/v1/realtime`);
  } finally {
    await prism.close();
  }
}

async function converse(url) {
  const tape = { up: [], down: [] };
  const socket = new WebSocket(url);
  const done = [];
  socket.on('message', (data) => {
    const text = Buffer.from(data).toString();
    tape.down.push(text);
    if (text.includes('"response.done"')) done.shift()?.();
  });
  const send = (event) => {
    const text = JSON.stringify(event);
    tape.up.push(text);
    socket.send(text);
  };
  await once(socket, 'open');
  send({ type: 'session.update', session: SESSION });
  for (const text of USER_TURNS) {
    for (let count = 0; count < APPENDS_PER_TURN; count += 1) send(APPEND);
    const content = [{ type: 'input_text', text }];
    send({ type: 'conversation.item.create', item: { type: 'message', role: 'user', content } });
    const answered = new Promise((resolve) => done.push(resolve));
    send({ type: 'response.create' });
    await answered;
  }
  send({ type: 'response.cancel' });
  socket.close();
  await once(socket, 'close');
  return tape;
}
