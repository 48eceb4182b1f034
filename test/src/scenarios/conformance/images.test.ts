import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { RealtimeAgent } from '@openai/agents-realtime';
import { AgentsClient } from '../../harness/agents-client.ts';
import { OpenAIClient } from '../../harness/openai-client.ts';
import { REALTIME_SERVERS, type RealtimeServer } from '../../harness/realtime-servers.ts';
import { TlsDoor } from '../../harness/tls-door.ts';

/** As large as a small photograph, and different in every byte. */
const IMAGE_URL = `data:image/png;base64,${Buffer.from(
  Uint8Array.from({ length: 200_000 }, (_, index) => (index * 7_919) >> 3),
).toString('base64')}`;

for (const server of REALTIME_SERVERS)
  suite(`images in official clients, to ${server.name}`, () => {
    let engine: RealtimeServer;
    let door: TlsDoor;

    before(async () => {
      engine = await server.start();
      door = await TlsDoor.open(Number(new URL(engine.url).port));
    });

    after(async () => {
      await door.close();
      await engine.close();
    });

    test('[CNF38] an image beside its question arrives whole, does not hide it, and is retrieved as it was sent', async () => {
      const client = await OpenAIClient.connect(door, engine.apiKey, { model: 'gpt-realtime-2.1' });
      client.send({
        type: 'session.update',
        session: { type: 'realtime', output_modalities: ['text'] },
      });
      await client.log.next('session.updated');
      client.send({
        type: 'conversation.item.create',
        item: {
          id: 'item_image',
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_image', image_url: IMAGE_URL },
            { type: 'input_text', text: 'what is seven times eight' },
          ],
        },
      });
      client.send({ type: 'response.create' });
      const { response } = await client.log.next('response.done');
      assert.equal(response.status, 'completed');
      const text = client.log.all('response.output_text.done')[0]?.text;
      assert.equal(text, '7 times 8 is 56.');
      client.send({ type: 'conversation.item.retrieve', item_id: 'item_image' });
      const { item } = await client.log.next('conversation.item.retrieved');
      assert.ok(item.type === 'message' && item.role === 'user');
      const [image, question] = item.content;
      assert.equal(image?.type, 'input_image');
      assert.equal(image?.image_url, IMAGE_URL);
      assert.equal(question?.text, 'what is seven times eight');
      assert.deepEqual(client.errors, []);
      client.close();
    });

    test('[CNF39] an image that an application of the Agents SDK adds is an item of the conversation', async () => {
      const client = await AgentsClient.connect(engine, new RealtimeAgent({ name: 'Seer' }), {
        config: { outputModalities: ['text'] },
      });
      client.session.addImage(IMAGE_URL, { triggerResponse: false });
      const { item } = await client.log.next('conversation.item.added');
      assert.ok(item.type === 'message' && item.role === 'user');
      assert.equal(item.content[0]?.image_url, IMAGE_URL);
      client.session.sendMessage('what is seven times eight');
      const { response } = await client.log.next('response.done');
      assert.equal(response.status, 'completed');
      assert.deepEqual(client.assistantTexts(), ['7 times 8 is 56.']);
      assert.deepEqual(client.errors, []);
      client.close();
    });
  });
