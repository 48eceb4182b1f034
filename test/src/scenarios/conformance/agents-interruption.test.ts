import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { RealtimeAgent, type RealtimeSessionOptions } from '@openai/agents-realtime';
import { AgentsClient } from '../../harness/agents-client.ts';
import { eventually } from '../../harness/eventually.ts';
import { listen } from '../../harness/pcm-listening.ts';
import { REALTIME_SERVERS, type RealtimeServer } from '../../harness/realtime-servers.ts';

/** The assistant's stories take half a minute. */
const STORY_START = /^Once there was a ray of light/;

for (const server of REALTIME_SERVERS)
  suite(`an Agents SDK session that is interrupted, to ${server.name}`, () => {
    let engine: RealtimeServer;
    const clients: AgentsClient[] = [];

    before(async () => {
      // At the pace of speech, so that an answer is still being sent when somebody interrupts it.
      engine = await server.start({ outputPaceRatio: 1 });
    });

    after(() => engine.close());

    afterEach(() => {
      for (const client of clients.splice(0)) {
        client.close();
        assert.deepEqual(client.misunderstoodTypes(), []);
        assert.deepEqual(client.errors, []);
      }
    });

    async function startStory(
      options: Partial<RealtimeSessionOptions<unknown>> = {},
    ): Promise<{ readonly client: AgentsClient; readonly itemId: string }> {
      const client = await AgentsClient.connect(
        engine,
        new RealtimeAgent({ name: 'Teller' }),
        options,
      );
      clients.push(client);
      client.session.sendMessage('tell me a story');
      const { item_id } = await client.log.next('response.output_audio.delta');
      return { client, itemId: item_id };
    }

    /** The words of the story that the SDK keeps, once the conversation has told it what was cut. */
    async function keptWords(client: AgentsClient, itemId: string): Promise<string> {
      const { item } = await client.log.next(
        'conversation.item.retrieved',
        (event) => event.item.id === itemId,
      );
      assert.ok(item.type === 'message' && item.role === 'assistant');
      assert.equal(client.assistantTexts()[0], item.content[0]?.transcript);
      return client.assistantTexts()[0] ?? '';
    }

    test('[CNF7] [CNF10] speech stops the answer, cuts it at what was played, and is answered itself', async () => {
      const { client, itemId } = await startStory();
      let interruptionCount = 0;
      client.session.on('audio_interrupted', () => {
        interruptionCount += 1;
      });
      client.say('stop talking please');
      await client.log.next('input_audio_buffer.speech_started');
      const { response } = await client.log.next('response.done');
      assert.equal(response.status, 'cancelled');
      assert.ok(response.status_details?.reason === 'turn_detected');
      const spokenWords = client.log
        .all('response.output_audio_transcript.delta')
        .map(({ delta }) => delta)
        .join('');
      const truncated = await client.log.next('conversation.item.truncated');
      assert.equal(truncated.item_id, itemId);
      const { lengthMs } = listen(client.heard(response.id ?? ''));
      assert.ok(truncated.audio_end_ms <= lengthMs, `${truncated.audio_end_ms} of ${lengthMs} ms`);
      assert.ok(lengthMs < 10_000, `the story went on for ${lengthMs} ms`);
      const kept = await keptWords(client, itemId);
      assert.ok(spokenWords.startsWith(kept), `"${kept}" of "${spokenWords}"`);
      assert.equal(interruptionCount, 1);
      const answer = await client.log.next('response.done');
      assert.equal(answer.response.status, 'completed');
      assert.deepEqual(client.userTexts(), ['tell me a story', 'stop talking please']);
      assert.equal(client.assistantTexts()[1], 'All right.');
      assert.ok(listen(client.heard(answer.response.id ?? '')).speechMs > 200);
      assert.deepEqual(client.misunderstoodTypes(), []);
    });

    test('[CNF8] the application stops an answer, which is then cut where it was', async () => {
      const { client, itemId } = await startStory();
      await eventually('a second of the story', () => {
        const [delta] = client.log.all('response.output_audio.delta');
        return listen(client.heard(delta?.response_id ?? '')).lengthMs > 1_000;
      });
      client.session.interrupt();
      const truncated = await eventually(
        'truncation',
        () => client.log.all('conversation.item.truncated')[0],
      );
      assert.equal(truncated.item_id, itemId);
      assert.ok(truncated.audio_end_ms > 500, `${truncated.audio_end_ms} ms`);
      const { response } = await client.log.next('response.done');
      assert.equal(response.status, 'cancelled');
      assert.ok(response.status_details?.reason === 'client_cancelled');
      const kept = await keptWords(client, itemId);
      assert.match(kept, /^Once there/);
      assert.ok(kept.length < 100, kept);
    });

    test('[CNF9] an answer that a guardrail of the agent refuses is cancelled, and another one is asked for', async () => {
      const { client } = await startStory({
        outputGuardrails: [
          {
            name: 'No fairy tales',
            execute: async ({ agentOutput }) => ({
              tripwireTriggered: STORY_START.test(agentOutput),
              outputInfo: 'a story',
            }),
          },
        ],
        outputGuardrailSettings: { debounceTextLength: 40 },
      });
      let trippedBy = '';
      client.session.on('guardrail_tripped', (_context, _agent, error) => {
        trippedBy = error.result.guardrail.name;
      });
      const refused = await client.log.next('response.done');
      assert.equal(trippedBy, 'No fairy tales');
      assert.equal(refused.response.status, 'cancelled');
      const other = await client.log.next('response.created');
      await client.log.next('response.output_audio.delta', ({ response_id }) => {
        return response_id === other.response.id;
      });
      assert.match(client.userTexts()[1] ?? '', /blocked/);
      await eventually('the beginning of the other answer', () => {
        return listen(client.heard(other.response.id ?? '')).speechMs > 500;
      });
      const [refusedWords = '', otherWords = ''] = ['refused', 'other'].map((which) =>
        client.log
          .all('response.output_audio_transcript.delta')
          .filter((event) => (event.response_id === other.response.id) === (which === 'other'))
          .map(({ delta }) => delta)
          .join(''),
      );
      assert.match(refusedWords, STORY_START);
      assert.doesNotMatch(otherWords, STORY_START);
      assert.ok(otherWords.length > 0);
    });
  });
