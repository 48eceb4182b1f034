import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { RealtimeAgent, type RealtimeSessionOptions } from '@openai/agents-realtime';
import { synthesizeUserSpeech } from '@prism/engine/testing';
import { AgentsClient } from '../../harness/agents-client.ts';
import { colorTool } from '../../harness/color-tool.ts';
import { eventually } from '../../harness/eventually.ts';
import { FakeUpstream } from '../../harness/fake-upstream.ts';
import { listen } from '../../harness/pcm-listening.ts';
import { REALTIME_SERVERS, type RealtimeServer } from '../../harness/realtime-servers.ts';

const TEXT_ONLY = { config: { outputModalities: ['text'] } } satisfies Partial<
  RealtimeSessionOptions<unknown>
>;

/** The events of an answer in speech, from its first to its last, runs told once, deltas aside. */
const SPOKEN_ANSWER = [
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
];

/** What may come anywhere. */
const FLOATING = /delta$|^conversation\.item\.(?:input_audio_transcription|retrieved)/;

for (const server of REALTIME_SERVERS)
  suite(`the Agents SDK over WebSocket, to ${server.name}`, () => {
    let engine: RealtimeServer;
    const clients: AgentsClient[] = [];

    before(async () => {
      engine = await server.start();
    });

    after(() => engine.close());

    afterEach(() => {
      for (const client of clients.splice(0)) {
        client.close();
        assert.deepEqual(client.misunderstoodTypes(), []);
        assert.deepEqual(client.log.unknownTypes, []);
        assert.deepEqual(client.errors, []);
      }
    });

    async function connect(
      agent: RealtimeAgent,
      options: Partial<RealtimeSessionOptions<unknown>> = {},
    ): Promise<AgentsClient> {
      const client = await AgentsClient.connect(engine, agent, options);
      clients.push(client);
      return client;
    }

    function colorAgent(calls: unknown[]): RealtimeAgent {
      return new RealtimeAgent({
        name: 'Painter',
        instructions: 'Paint what you are told to.',
        tools: [colorTool(calls)],
      });
    }

    test('[CNF1] connects by its URL alone, and the agent configures the session', async () => {
      const client = await connect(colorAgent([]), { config: { voice: 'ash' } });
      assert.equal(client.log.events[0]?.type, 'session.created');
      // The SDK's own update of its tracing may come before the agent's.
      const updated = await eventually("the agent's update", () =>
        client.log
          .all('session.updated')
          .find(
            ({ session }) =>
              session.type === 'realtime' && session.instructions === 'Paint what you are told to.',
          ),
      );
      assert.ok(updated.session.type === 'realtime');
      assert.deepEqual(
        updated.session.tools?.map((each) => ('name' in each ? each.name : each.type)),
        ['set_theme_color'],
      );
      assert.equal(updated.session.audio?.output?.voice, 'ash');
      const turnDetection = updated.session.audio?.input?.turn_detection;
      assert.ok(turnDetection?.type === 'semantic_vad');
      assert.equal(turnDetection.interrupt_response, true);
      assert.deepEqual(updated.session.audio?.input?.format, { type: 'audio/pcm', rate: 24_000 });
    });

    test('[CNF2] a typed message is answered in text, which the history shows', async () => {
      const client = await connect(new RealtimeAgent({ name: 'Writer' }), TEXT_ONLY);
      client.session.sendMessage('what is seven times eight');
      await client.log.next('response.done');
      assert.deepEqual(client.userTexts(), ['what is seven times eight']);
      assert.deepEqual(client.assistantTexts(), ['7 times 8 is 56.']);
      const written = client.log.all('response.output_text.delta').map(({ delta }) => delta);
      assert.equal(written.join(''), '7 times 8 is 56.');
      assert.ok(client.session.usage.totalTokens > 0);
    });

    test('[CNF3] [CNF21] a spoken sentence becomes words, and is answered with as much speech as the answer has words', async () => {
      const client = await connect(new RealtimeAgent({ name: 'Speaker' }));
      client.say('tell me something about prism');
      const started = await client.log.next('input_audio_buffer.speech_started');
      const stopped = await client.log.next('input_audio_buffer.speech_stopped');
      assert.equal(stopped.item_id, started.item_id);
      // The default turn detection waits for seconds after an unfinished sentence. This one is whole.
      const saidMs = listen(synthesizeUserSpeech('tell me something about prism').pcm).lengthMs;
      assert.ok(stopped.audio_end_ms < saidMs + 2_000, `${saidMs} ms: ${stopped.audio_end_ms} ms`);
      const committed = await client.log.next('input_audio_buffer.committed');
      assert.equal(committed.item_id, started.item_id);
      const { response } = await client.log.next('response.done');
      assert.equal(response.status, 'completed');
      await eventually('words', () => client.userTexts()[0] === 'tell me something about prism');
      const [answer = ''] = client.assistantTexts();
      assert.match(answer, /^Prism is a server for voice conversations/);
      const { lengthMs, speechMs } = listen(client.heard(response.id ?? ''));
      const wordCount = answer.split(' ').length;
      assert.ok(lengthMs > wordCount * 150, `${wordCount} words in ${lengthMs} ms`);
      assert.ok(lengthMs < wordCount * 700, `${wordCount} words in ${lengthMs} ms`);
      assert.ok(speechMs > lengthMs / 2, `${speechMs} of ${lengthMs} ms are speech`);
      await client.log.next('rate_limits.updated');
      const answerStart = client.log.events.findIndex(({ type }) => type === 'response.created');
      assert.deepEqual(
        client.log.typesSince(answerStart).filter((type) => !FLOATING.test(type)),
        SPOKEN_ANSWER,
      );
    });

    test('[CNF4] [CNF10] a tool that is asked for by voice runs in the client, and its result is spoken', async () => {
      const calls: unknown[] = [];
      const client = await connect(colorAgent(calls));
      client.say('make the page purple');
      const call = await client.log.next('response.function_call_arguments.done');
      assert.equal(call.name, 'set_theme_color');
      await client.log.next('response.done');
      const output = await client.log.next(
        'conversation.item.added',
        ({ item }) => item.type === 'function_call_output',
      );
      assert.ok(output.item.type === 'function_call_output');
      assert.equal(output.item.call_id, call.call_id);
      assert.equal(output.item.output, 'done');
      const { response } = await client.log.next('response.done');
      assert.deepEqual(calls, [{ color: 'purple' }]);
      assert.deepEqual(client.assistantTexts(), ['The page is purple now.']);
      assert.ok(listen(client.heard(response.id ?? '')).speechMs > 500);
      const history = client.session.history.find((item) => item.type === 'function_call');
      assert.equal(history?.status, 'completed');
      assert.equal(history?.output, 'done');
      assert.deepEqual(client.misunderstoodTypes(), []);
    });

    test('[CNF5] what the app takes out of the history and puts into it is so in the conversation', async () => {
      const client = await connect(new RealtimeAgent({ name: 'Writer' }), TEXT_ONLY);
      client.session.sendMessage('what is seven times eight');
      await client.log.next('response.done');
      client.session.sendMessage('what is the date');
      await client.log.next('response.done');
      const kept = client.session.history.slice(0, 2);
      const removed = client.session.history.slice(2);
      assert.equal(removed.length, 2);
      client.session.updateHistory([
        ...kept,
        {
          itemId: 'item_mine',
          type: 'message',
          role: 'user',
          status: 'completed',
          content: [{ type: 'input_text', text: 'a note' }],
        },
      ]);
      for (const { itemId } of removed) {
        await client.log.next('conversation.item.deleted', ({ item_id }) => item_id === itemId);
      }
      const { previous_item_id } = await client.log.next(
        'conversation.item.added',
        ({ item }) => item.id === 'item_mine',
      );
      assert.equal(previous_item_id, kept[1]?.itemId);
      await eventually('history', () => client.userTexts().includes('a note'));
      assert.deepEqual(client.userTexts(), ['what is seven times eight', 'a note']);
      // Asked to say it again, the server goes by what is left.
      client.session.sendMessage('repeat that');
      await client.log.next('response.done');
      assert.equal(client.assistantTexts().at(-1), '7 times 8 is 56.');
    });

    test('[CNF6] a handoff gives the conversation to the other agent, with its own tools', async () => {
      const calls: unknown[] = [];
      const painter = colorAgent(calls);
      const desk = new RealtimeAgent({
        name: 'Desk',
        instructions: 'Pass on.',
        handoffs: [painter],
      });
      const client = await connect(desk, TEXT_ONLY);
      client.session.sendMessage('transfer to painter');
      const call = await client.log.next('response.function_call_arguments.done');
      assert.equal(call.name, 'transfer_to_Painter');
      await client.log.next('response.done');
      const { session } = await client.log.next(
        'session.updated',
        (event) => event.session.type === 'realtime' && event.session.tools?.length === 1,
      );
      assert.ok(session.type === 'realtime');
      assert.equal(session.instructions, 'Paint what you are told to.');
      await client.log.next('response.done');
      assert.equal(client.session.currentAgent.name, 'Painter');
      client.session.sendMessage('make the page red');
      await eventually('tool call', () => calls.length > 0);
      await client.log.next('response.done');
      await client.log.next('response.done');
      assert.deepEqual(calls, [{ color: 'red' }]);
      assert.equal(client.assistantTexts().at(-1), 'The page is red now.');
    });

    test('[CNF10] an event that fails its schema would be noticed', async (t) => {
      const upstream = await FakeUpstream.start();
      t.after(() => upstream.close());
      const connecting = AgentsClient.connect(
        { url: upstream.baseUrl },
        new RealtimeAgent({ name: 'A' }),
      );
      const session = await eventually('session', () => upstream.sessions[0]);
      session.send({ type: 'session.updated', session: { type: 'realtime' } });
      const client = await connecting;
      const part = { response_id: 'r', item_id: 'i', output_index: 0, content_index: 0 };
      session.send({ type: 'response.content_part.added', ...part, part: { type: 'output_text' } });
      session.send({ type: 'response.output_text.done', ...part, text: 'yes' });
      session.send({ type: 'response.invented' });
      await eventually('the last event', () => client.log.unknownTypes.length > 0);
      assert.deepEqual(client.misunderstoodTypes(), [
        'response.content_part.added',
        'response.invented',
      ]);
      client.close();
    });
  });
