import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { synthesizeUserSpeech } from '@prism/engine/testing';
import { OpenAIClient, type OpenAISessionTarget } from '../../harness/openai-client.ts';
import { listen } from '../../harness/pcm-listening.ts';
import { REALTIME_SERVERS, type RealtimeServer } from '../../harness/realtime-servers.ts';
import { TlsDoor } from '../../harness/tls-door.ts';

const MODEL: OpenAISessionTarget = { model: 'gpt-realtime-2.1' };
const TRANSCRIPTION = { model: 'gpt-4o-transcribe' };

/** What the assistant answers is also something that it understands, so that one session can listen to another. */
const SCENARIO = `
version: 1
name: Two radios
greeting: Hello.
intents:
  - id: call
    say: where is the yellow submarine
    reply: The yellow submarine is under the bridge.
  - id: answer
    say: the yellow submarine is under the bridge
    reply: Thank you, over and out.
`;

for (const server of REALTIME_SERVERS)
  suite(`the openai package over WebSocket, spoken, to ${server.name}`, () => {
    let engine: RealtimeServer;
    let door: TlsDoor;
    let folderPath: string;
    const clients: OpenAIClient[] = [];

    before(async () => {
      folderPath = mkdtempSync(join(tmpdir(), 'prism-conformance-'));
      const scenarioPath = join(folderPath, 'radios.yaml');
      writeFileSync(scenarioPath, SCENARIO);
      engine = await server.start({ scenarioPath });
      door = await TlsDoor.open(Number(new URL(engine.url).port));
    });

    after(async () => {
      await door.close();
      await engine.close();
      rmSync(folderPath, { recursive: true });
    });

    afterEach(() => {
      for (const client of clients.splice(0)) {
        client.close();
        assert.deepEqual(client.errors, []);
        assert.deepEqual(client.log.unknownTypes, []);
      }
    });

    async function connect(target: OpenAISessionTarget): Promise<OpenAIClient> {
      const client = await OpenAIClient.connect(door, engine.apiKey, target);
      clients.push(client);
      return client;
    }

    test('[CNF17] a spoken turn is found, transcribed and answered in speech, event by event', async () => {
      const client = await connect(MODEL);
      client.send({
        type: 'session.update',
        session: { type: 'realtime', audio: { input: { transcription: TRANSCRIPTION } } },
      });
      await client.log.next('session.updated');
      const start = client.log.events.length;
      client.say('where is the yellow submarine');
      const { item_id } = await client.log.next('input_audio_buffer.committed');
      const { response } = await client.log.next('response.done');
      await client.log.next('rate_limits.updated');
      const isFloating = /delta$|input_audio_transcription/;
      assert.deepEqual(
        client.log.typesSince(start).filter((type) => !isFloating.test(type)),
        [
          'input_audio_buffer.speech_started',
          'input_audio_buffer.speech_stopped',
          'input_audio_buffer.committed',
          'conversation.item.added',
          'conversation.item.done',
          'response.created',
          'response.output_item.added',
          'conversation.item.added',
          'response.content_part.added',
          'response.output_audio.done',
          'response.output_audio_transcript.done',
          'response.content_part.done',
          'conversation.item.done',
          'response.output_item.done',
          'response.done',
          'rate_limits.updated',
        ],
      );
      const [heard] = client.log.all('conversation.item.input_audio_transcription.completed');
      assert.equal(heard?.item_id, item_id);
      assert.equal(heard.transcript, 'where is the yellow submarine');
      const [said] = client.log.all('response.output_audio_transcript.done');
      assert.equal(said?.transcript, 'The yellow submarine is under the bridge.');
      assert.ok(listen(client.heard(response.id ?? '')).speechMs > 1_000);
    });

    test('[CNF18] without turn detection nothing happens until the client commits and asks', async () => {
      const client = await connect(MODEL);
      client.send({
        type: 'session.update',
        session: {
          type: 'realtime',
          audio: { input: { turn_detection: null, transcription: TRANSCRIPTION } },
        },
      });
      await client.log.next('session.updated');
      const start = client.log.events.length;
      client.append(synthesizeUserSpeech('tell me about the yellow submarine').pcm);
      client.send({ type: 'input_audio_buffer.clear' });
      await client.log.next('input_audio_buffer.cleared');
      client.append(synthesizeUserSpeech('where is the yellow submarine').pcm);
      client.send({ type: 'input_audio_buffer.commit' });
      const heard = await client.log.next('conversation.item.input_audio_transcription.completed');
      assert.equal(heard.transcript, 'where is the yellow submarine');
      assert.deepEqual(client.log.typesSince(start).slice(0, 4), [
        'input_audio_buffer.cleared',
        'input_audio_buffer.committed',
        'conversation.item.added',
        'conversation.item.done',
      ]);
      assert.deepEqual(client.log.all('response.created'), []);
      client.send({ type: 'response.create' });
      const { transcript } = await client.log.next('response.output_audio_transcript.done');
      assert.equal(transcript, 'The yellow submarine is under the bridge.');
      client.send({ type: 'conversation.item.retrieve', item_id: heard.item_id });
      const { item } = await client.log.next('conversation.item.retrieved');
      assert.ok(item.type === 'message' && item.role === 'user');
      const audio = Buffer.from(item.content[0]?.audio ?? '', 'base64');
      const spoken = synthesizeUserSpeech('where is the yellow submarine').pcm;
      assert.equal(audio.length, spoken.length * 2);
    });

    test('[CNF19] a transcription session hears in the words of another session’s answer what that answer says', async () => {
      const speaker = await connect(MODEL);
      speaker.ask('where is the yellow submarine');
      const { response } = await speaker.log.next('response.done');
      const [said] = speaker.log.all('response.output_audio_transcript.done');
      assert.equal(said?.transcript, 'The yellow submarine is under the bridge.');

      const listener = await connect({ intent: 'transcription' });
      listener.send({
        type: 'session.update',
        session: {
          type: 'transcription',
          audio: { input: { turn_detection: null, transcription: TRANSCRIPTION } },
        },
      });
      const { session } = await listener.log.next('session.updated');
      assert.equal(session.type, 'transcription');
      listener.append(speaker.heard(response.id ?? ''));
      listener.send({ type: 'input_audio_buffer.commit' });
      const heard = await listener.log.next(
        'conversation.item.input_audio_transcription.completed',
      );
      assert.equal(heard.transcript, 'the yellow submarine is under the bridge');
      assert.deepEqual(listener.log.all('response.created'), []);
    });
  });
