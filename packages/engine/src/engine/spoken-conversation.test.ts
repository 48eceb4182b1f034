import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createSpeechEars } from '../ears/speech-ears.ts';
import type { EarGrammar, Ears, Hearing } from '../ports/ears.ts';
import { synthesizeUserSpeech } from '../testing/user-speech.ts';
import { ManualClock } from '../testing-doubles/manual-clock.ts';
import { type ReceivedEvent, SocketClient } from '../testing-doubles/socket-client.ts';
import { createEngine, type Engine } from './create-engine.ts';

/** The whole engine with its real ears and voice: a synthetic user speaks, and the answers are listened to. */

const THEME_TOOL = {
  type: 'function',
  name: 'set_theme_color',
  description: 'Changes the accent colour of the page.',
  parameters: {
    type: 'object',
    properties: { color: { type: 'string', enum: ['red', 'green', 'purple'] } },
    required: ['color'],
  },
};

/** Friday, January 15, 2027, 08:00 UTC. */
const clock = new ManualClock(1_800_000_000_000);
let listener: Ears | undefined;
let engine: Engine | undefined;

before(async () => {
  listener = await createSpeechEars();
  engine = await createEngine({ clock, utcOffsetMinutes: 0, outputPaceRatio: 100 });
});

after(async () => {
  await engine?.close();
  await listener?.close();
});

async function connect(session: Readonly<Record<string, unknown>> = {}): Promise<SocketClient> {
  const url = `${engine?.url.replace('http', 'ws')}/realtime?model=any`;
  const client = new SocketClient(url);
  await client.next('session.created');
  client.send({
    type: 'session.update',
    session: {
      type: 'realtime',
      ...session,
      audio: { input: { transcription: { model: 'gpt-realtime-whisper' } } },
    },
  });
  await client.next('session.updated');
  return client;
}

/** Speaks a sentence and a second of silence, in frames of 20 ms. */
function speak(client: SocketClient, text: string): void {
  const { pcm } = synthesizeUserSpeech(text);
  const padded = new Int16Array(pcm.length + 24_000);
  padded.set(pcm);
  for (let at = 0; at < padded.length; at += 480) {
    const frame = padded.slice(at, at + 480);
    const audio = Buffer.from(frame.buffer).toString('base64');
    client.send({ type: 'input_audio_buffer.append', audio });
  }
}

async function turn(client: SocketClient, text: string, index: number): Promise<string> {
  speak(client, text);
  const type = 'conversation.item.input_audio_transcription.completed';
  return String((await client.next(type, index))['transcript']);
}

/** Lets the pace of the answer pass, until the response is done. */
async function finish(client: SocketClient, index: number): Promise<ReceivedEvent> {
  const done = client.next('response.done', index);
  let isDone = false;
  const settled = done.then(() => {
    isDone = true;
  });
  for (let count = client.events.length; !isDone; count = client.events.length) {
    clock.advance(50);
    await Promise.race([settled, client.eventAfter(count)]);
  }
  return done;
}

function answerOf(done: ReceivedEvent): { readonly status: string; readonly transcript: string } {
  const { status, output } = done['response'] as {
    status: string;
    output: { content?: { transcript?: string }[] }[];
  };
  return { status, transcript: output[0]?.content?.[0]?.transcript ?? '' };
}

/** The audio of one response, as the client got it. */
function audioOf(client: SocketClient, responseId: unknown): Int16Array {
  const bytes = Buffer.concat(
    client.events
      .filter((event) => event.type === 'response.output_audio.delta')
      .filter((event) => event['response_id'] === responseId)
      .map((event) => Buffer.from(String(event['delta']), 'base64')),
  );
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

/** Listens to audio with other ears and another grammar than the engine's. */
function listenTo(pcm: Int16Array, grammar: EarGrammar): Promise<Hearing> {
  return new Promise((resolve, reject) => {
    assert.ok(listener !== undefined);
    const ear = listener.open(grammar, {
      activity: () => undefined,
      partial: () => undefined,
      final: (_id, hearing) => {
        ear.close();
        resolve(hearing);
      },
      failed: (_id, reason) => reject(new Error(reason)),
    });
    ear.begin('answer', 0);
    ear.push(pcm);
    ear.end('answer', pcm.length);
  });
}

test('[ENG31] [ENG61] a spoken question is understood and answered aloud', async () => {
  const client = await connect();
  assert.equal(await turn(client, 'what time is it', 0), 'what time is it');
  const done = await finish(client, 0);
  assert.deepEqual(answerOf(done), { status: 'completed', transcript: 'It is 8:00 AM.' });
  const { id } = done['response'] as { id: string };
  const pcm = audioOf(client, id);
  assert.ok(pcm.length > 24_000 * 0.7 && pcm.length < 24_000 * 4, `${pcm.length} samples`);
  client.close();
});

test('[ENG61] the answer can be heard: its audio says its transcript', async () => {
  const client = await connect();
  assert.equal(await turn(client, 'what is seven times eight', 0), 'what is seven times eight');
  const done = await finish(client, 0);
  assert.equal(answerOf(done).transcript, '7 times 8 is 56.');
  const jsgf = `#JSGF V1.0;
grammar answer;
public <answer> = <n> (times | plus | minus) <n> is <tens> [ <n> ];
<n> = one | two | three | four | five | six | seven | eight | nine;
<tens> = twenty | thirty | forty | fifty | sixty | seventy;`;
  const { id } = done['response'] as { id: string };
  const heard = await listenTo(audioOf(client, id), { jsgf, pronunciations: {} });
  assert.equal(heard.text, 'seven times eight is fifty six');
  client.close();
});

test('[ENG62] [SCN8] a spoken wish calls a tool, and its answer is spoken', async () => {
  const client = await connect({ tools: [THEME_TOOL] });
  assert.equal(await turn(client, 'make the page purple', 0), 'make the page purple');
  const call = await client.next('response.function_call_arguments.done');
  assert.deepEqual([call['name'], call['arguments']], ['set_theme_color', '{"color":"purple"}']);
  await client.next('response.done');
  const item = { type: 'function_call_output', call_id: call['call_id'], output: '{"ok":true}' };
  client.send({ type: 'conversation.item.create', item });
  client.send({ type: 'response.create' });
  assert.equal(answerOf(await finish(client, 1)).transcript, 'The page is purple now.');
  client.close();
});

test('[ENG67] a user who speaks into a long answer stops it', async () => {
  const client = await connect();
  await turn(client, 'tell me a story', 0);
  await client.next('response.output_audio.delta', 2);
  speak(client, 'thank you');
  const done = await client.next('response.done');
  assert.equal(answerOf(done).status, 'cancelled');
  const { status_details } = done['response'] as { status_details: unknown };
  assert.deepEqual(status_details, { type: 'cancelled', reason: 'turn_detected' });
  assert.equal((await finish(client, 1))['type'], 'response.done');
  assert.match(answerOf(await client.next('response.done', 1)).transcript, /welcome/);
  client.close();
});
