import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { createEngine } from '@prism/engine';
import OpenAI from 'openai';
import type { RealtimeSessionCreateRequest } from 'openai/resources/realtime/realtime';
import { eventually } from '../../harness/eventually.ts';
import { OpenAIClient } from '../../harness/openai-client.ts';
import { REALTIME_SERVERS, type RealtimeServer } from '../../harness/realtime-servers.ts';
import { TlsDoor } from '../../harness/tls-door.ts';

const TEXT_ONLY: RealtimeSessionCreateRequest = { type: 'realtime', output_modalities: ['text'] };

for (const server of REALTIME_SERVERS)
  suite(`the openai package over WebSocket, typed, to ${server.name}`, () => {
    let engine: RealtimeServer;
    let door: TlsDoor;
    const clients: OpenAIClient[] = [];

    before(async () => {
      engine = await server.start();
      door = await TlsDoor.open(Number(new URL(engine.url).port));
    });

    after(async () => {
      await door.close();
      await engine.close();
    });

    afterEach(async () => {
      for (const client of clients.splice(0)) {
        client.close();
        await eventually('end of the session', () => client.closeCode !== undefined);
        assert.equal(client.closeCode, 1_000);
        assert.deepEqual(client.log.unknownTypes, []);
      }
    });

    async function connect(apiKey = engine.apiKey, through = door): Promise<OpenAIClient> {
      const client = await OpenAIClient.connect(through, apiKey, { model: 'gpt-realtime-2.1' });
      clients.push(client);
      return client;
    }

    async function connectForText(): Promise<OpenAIClient> {
      const client = await connect();
      client.send({ type: 'session.update', session: TEXT_ONLY });
      await client.log.next('session.updated');
      return client;
    }

    test('[CNF11] a text-only session is configured and answers typed turns, event by event', async () => {
      const client = await connectForText();
      const start = client.log.events.length;
      client.ask('what is seven times eight');
      const { response } = await client.log.next('response.done');
      await client.log.next('rate_limits.updated');
      assert.deepEqual(client.log.typesSince(start), [
        'conversation.item.added',
        'conversation.item.done',
        'response.created',
        'response.output_item.added',
        'conversation.item.added',
        'response.content_part.added',
        'response.output_text.delta',
        'response.output_text.done',
        'response.content_part.done',
        'conversation.item.done',
        'response.output_item.done',
        'response.done',
        'rate_limits.updated',
      ]);
      const [item] = response.output ?? [];
      assert.ok(item?.type === 'message');
      assert.deepEqual(item.content, [{ type: 'output_text', text: '7 times 8 is 56.' }]);
      assert.equal(response.status, 'completed');
      assert.ok((response.usage?.total_tokens ?? 0) > 0);
      assert.deepEqual(client.errors, []);
    });

    test('[CNF12] items are put in their places, retrieved and deleted', async () => {
      const client = await connectForText();
      const create = (id: string, previous_item_id?: string): void =>
        client.send({
          type: 'conversation.item.create',
          ...(previous_item_id === undefined ? {} : { previous_item_id }),
          item: {
            id,
            type: 'message',
            role: 'user',
            content: [{ type: 'input_text', text: `I am ${id}.` }],
          },
        });
      create('item_a');
      create('item_c');
      create('item_b', 'item_a');
      create('item_first', 'root');
      await client.log.next('conversation.item.done', ({ item }) => item.id === 'item_first');
      assert.deepEqual(
        client.log
          .all('conversation.item.added')
          .map(({ item, previous_item_id }) => [item.id, previous_item_id]),
        [
          ['item_a', null],
          ['item_c', 'item_a'],
          ['item_b', 'item_a'],
          ['item_first', null],
        ],
      );
      client.send({ type: 'conversation.item.retrieve', item_id: 'item_b' });
      const { item } = await client.log.next('conversation.item.retrieved');
      assert.ok(item.type === 'message' && item.role === 'user');
      assert.deepEqual(item.content, [{ type: 'input_text', text: 'I am item_b.' }]);
      client.send({ type: 'conversation.item.delete', item_id: 'item_b' });
      assert.equal((await client.log.next('conversation.item.deleted')).item_id, 'item_b');
      assert.deepEqual(client.errors, []);
      client.send({ type: 'conversation.item.retrieve', item_id: 'item_b', event_id: 'again' });
      const { error } = await client.log.next('error');
      assert.equal(error.code, 'item_retrieve_invalid_item_id');
      assert.equal(error.event_id, 'again');
    });

    test('[CNF13] a response that is cancelled ends as cancelled, with what there was of it', async (t) => {
      // At the pace of speech, so that the answer is certainly still being sent.
      const slow = await createEngine({ ears: null, outputPaceRatio: 1 });
      const slowDoor = await TlsDoor.open(slow.port);
      t.after(async () => {
        await slowDoor.close();
        await slow.close();
      });
      const client = await connect('no-key-needed', slowDoor);
      client.ask('tell me a story');
      const { response_id } = await client.log.next('response.output_audio.delta');
      client.send({ type: 'response.cancel', response_id });
      const { response } = await client.log.next('response.done');
      assert.equal(response.id, response_id);
      assert.equal(response.status, 'cancelled');
      assert.equal(response.status_details?.reason, 'client_cancelled');
      const [item] = response.output ?? [];
      assert.ok(item?.type === 'message');
      assert.equal(item.status, 'incomplete');
      const [part] = item.content;
      assert.ok(part !== undefined && 'transcript' in part);
      const told = client.log.all('response.output_audio_transcript.delta');
      assert.equal(part.transcript, told.map(({ delta }) => delta).join(''));
      assert.match(
        'Once there was a ray of light',
        new RegExp(`^${part.transcript?.slice(0, 10)}`),
      );
      client.send({ type: 'response.cancel', event_id: 'late' });
      const { error } = await client.log.next('error');
      assert.equal(error.code, 'response_cancel_not_active');
      assert.equal(error.event_id, 'late');
      client.close();
      await eventually('end of the session', () => client.closeCode !== undefined);
    });

    test('[CNF14] what the server refuses comes as an error with the event_id, and the session goes on', async () => {
      const client = await connectForText();
      client.send({
        type: 'conversation.item.delete',
        item_id: 'item_of_nobody',
        event_id: 'delete_1',
      });
      client.send({ type: 'input_audio_buffer.commit', event_id: 'commit_1' });
      client.send({
        type: 'session.update',
        session: { type: 'realtime', max_output_tokens: -1 },
        event_id: 'update_1',
      });
      await eventually('three errors', () => client.errors.length === 3);
      assert.deepEqual(
        client.errors.map(({ error }) => [error?.event_id, error?.type, error?.code]),
        [
          ['delete_1', 'invalid_request_error', 'item_delete_invalid_item_id'],
          ['commit_1', 'invalid_request_error', 'input_audio_buffer_commit_empty'],
          ['update_1', 'invalid_request_error', 'invalid_value'],
        ],
      );
      client.ask('what is seven times eight');
      assert.equal((await client.log.next('response.done')).response.status, 'completed');
    });

    test('[CNF15] a client secret of the package opens a session that is configured already', async () => {
      const openai = new OpenAI({ apiKey: engine.apiKey, baseURL: engine.url, maxRetries: 0 });
      const secret = await openai.realtime.clientSecrets.create({
        expires_after: { anchor: 'created_at', seconds: 60 },
        session: { ...TEXT_ONLY, instructions: 'Be brief.' },
      });
      assert.match(secret.value, /^ek_/);
      assert.ok(secret.session.type === 'realtime');
      assert.equal(secret.session.instructions, 'Be brief.');
      const client = await connect(secret.value);
      const [created] = client.log.all('session.created');
      assert.ok(created?.session.type === 'realtime');
      const { instructions, output_modalities } = created.session;
      const bound = server.showsBoundSession ? ['Be brief.', ['text']] : [undefined, undefined];
      assert.deepEqual([instructions, output_modalities], bound);
      client.ask('what is seven times eight');
      await client.log.next('response.output_text.done', ({ text }) => text === '7 times 8 is 56.');
    });

    test('[CNF16] without a key that the server knows, the package gets its typed errors', async () => {
      const openai = new OpenAI({ apiKey: 'sk-wrong', baseURL: engine.url, maxRetries: 0 });
      await assert.rejects(
        openai.realtime.clientSecrets.create({}),
        (error) => error instanceof OpenAI.AuthenticationError && error.code === 'invalid_api_key',
      );
      const keyed = new OpenAI({ apiKey: engine.apiKey, baseURL: engine.url, maxRetries: 0 });
      await assert.rejects(
        keyed.realtime.clientSecrets.create({ expires_after: { seconds: 1 } }),
        OpenAI.BadRequestError,
      );
    });
  });
