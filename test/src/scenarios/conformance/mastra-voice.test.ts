import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { eventually } from '../../harness/eventually.ts';
import {
  MastraClient,
  type MastraTool,
  type MastraVoiceSetup,
} from '../../harness/mastra-client.ts';
import { listen } from '../../harness/pcm-listening.ts';
import { REALTIME_SERVERS, type RealtimeServer } from '../../harness/realtime-servers.ts';

/** What an application registers to change the colour of its page, and what it was called with. */
function colorTool(calls: unknown[]): MastraTool {
  return {
    description: 'Sets the colour of the page.',
    parameters: {
      type: 'object',
      properties: { color: { type: 'string', enum: ['red', 'green', 'purple'] } },
      required: ['color'],
      additionalProperties: false,
    },
    execute: async (input) => {
      calls.push(input);
      return 'done';
    },
  };
}

for (const server of REALTIME_SERVERS)
  suite(`Mastra's realtime voice over WebSocket, to ${server.name}`, () => {
    let engine: RealtimeServer;
    const clients: MastraClient[] = [];

    before(async () => {
      // At the pace of speech, so that an answer is still being sent when somebody interrupts it.
      engine = await server.start({ outputPaceRatio: 1 });
    });

    after(() => engine.close());

    afterEach(() => {
      for (const client of clients.splice(0)) client.close();
    });

    async function connect(setup: MastraVoiceSetup = {}): Promise<MastraClient> {
      const client = await MastraClient.connect(engine, setup);
      clients.push(client);
      return client;
    }

    test('[CNF22] connects by its URL, and the application configures the session', async () => {
      const client = await connect({
        instructions: 'Paint what you are told to.',
        tools: { set_theme_color: colorTool([]) },
        speaker: 'ash',
      });
      const [updated] = client.log.all('session.updated');
      assert.ok(updated?.session.type === 'realtime');
      assert.equal(updated.session.instructions, 'Paint what you are told to.');
      assert.equal(updated.session.audio?.output?.voice, 'ash');
      assert.deepEqual(
        updated.session.tools?.map((each) => ('name' in each ? each.name : each.type)),
        ['set_theme_color'],
      );
      assert.equal(updated.session.audio?.input?.transcription?.model, 'whisper-1');
      assert.deepEqual(client.errors, []);
    });

    test('[CNF23] [CNF24] a conversation by voice: words, an answer, a tool call and its result', async () => {
      const calls: unknown[] = [];
      const client = await connect({ tools: { set_theme_color: colorTool(calls) } });
      client.say('what is seven times eight');
      const { response } = await client.log.next('response.done');
      assert.equal(response.status, 'completed');
      assert.deepEqual(client.texts('user'), ['what is seven times eight']);
      assert.deepEqual(client.texts('assistant'), ['7 times 8 is 56.']);
      const answerId = response.id ?? '';
      await eventually('the end of the stream', () => client.hasEnded(answerId));
      const { lengthMs, speechMs } = listen(client.heard(answerId));
      assert.ok(lengthMs > 1_000 && lengthMs < 4_000, `${lengthMs} ms`);
      assert.ok(speechMs > lengthMs / 2, `${speechMs} of ${lengthMs} ms are speech`);

      client.say('make the page purple');
      const call = await client.log.next('response.function_call_arguments.done');
      assert.equal(call.name, 'set_theme_color');
      const output = await client.log.next(
        'conversation.item.added',
        ({ item }) => item.type === 'function_call_output',
      );
      assert.ok(output.item.type === 'function_call_output');
      assert.equal(output.item.call_id, call.call_id);
      assert.equal(output.item.output, '"done"');
      const result = await client.log.next(
        'response.done',
        (event) => event.response.output?.[0]?.type === 'message',
      );
      assert.deepEqual(calls, [{ color: 'purple' }]);
      assert.deepEqual(client.texts('assistant').at(-1), 'The page is purple now.');
      assert.ok(listen(client.heard(result.response.id ?? '')).speechMs > 500);
      assert.deepEqual(client.errors, []);
    });

    test('[CNF25] speech stops an answer, the application cuts it, and the speech is answered itself', async () => {
      const client = await connect();
      await client.ask('tell me a story');
      const { item_id, response_id } = await client.log.next('response.output_audio.delta');
      await eventually('a second of the story', () => {
        return listen(client.heard(response_id)).lengthMs > 1_000;
      });
      client.say('stop talking please');
      await client.log.next('input_audio_buffer.speech_started');
      const { response } = await client.log.next('response.done');
      assert.equal(response.status, 'cancelled');
      assert.ok(response.status_details?.reason === 'turn_detected');
      await eventually('the end of the stream', () => client.hasEnded(response_id));
      const { lengthMs } = listen(client.heard(response_id));
      assert.ok(lengthMs < 10_000, `the story went on for ${lengthMs} ms`);
      // The package leaves playback, and therefore the cut, to the application.
      client.voice.sendEvent('conversation.item.truncate', {
        item_id,
        content_index: 0,
        audio_end_ms: 800,
      });
      const truncated = await client.log.next('conversation.item.truncated');
      assert.equal(truncated.item_id, item_id);
      assert.equal(truncated.audio_end_ms, 800);
      await client.log.next('response.done', (event) => event.response.status === 'completed');
      assert.deepEqual(client.texts('user'), ['stop talking please']);
      assert.equal(client.texts('assistant').at(-1), 'All right.');
      assert.deepEqual(client.errors, []);
    });

    test('[CNF26] a field of the retired beta that the package still sends is refused, and the session goes on', async () => {
      const client = await connect();
      await client.voice.answer({ options: { modalities: ['text'] } });
      const { error } = await client.log.next('error');
      assert.equal(error.type, 'invalid_request_error');
      assert.equal(error.code, 'unknown_parameter');
      assert.equal(error.param, 'response.modalities');
      assert.equal(client.errors.length, 1);
      await client.ask('what is seven times eight');
      await client.log.next('response.done');
      assert.deepEqual(client.texts('assistant'), ['7 times 8 is 56.']);
    });
  });
