import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { RealtimeAgent, tool } from '@openai/agents-realtime';
import { createEngine } from '@prism/engine';
import { AgentsClient } from '../../harness/agents-client.ts';
import { eventually } from '../../harness/eventually.ts';
import { type PrismUnderTest, startPrism } from '../../harness/prism-under-test.ts';
import { UpstreamTap } from '../../harness/upstream-tap.ts';

const KEY = 'sk-prism-test';
const FOREIGN = 'canary-of-the-client';

suite("the Agents SDK with an agent's client secret", () => {
  let engine: Awaited<ReturnType<typeof createEngine>>;
  let tap: UpstreamTap;
  let server: PrismUnderTest;

  before(async () => {
    engine = await createEngine({});
    tap = await UpstreamTap.start(engine.url);
    server = await startPrism({
      upstreamKind: 'realtime',
      upstreamBaseUrl: tap.baseUrl,
      apiKeys: [KEY],
      agents: { greeter: { instructions: 'The greeter of the server.', voice: 'cedar' } },
    });
  });

  after(async () => {
    await server.prism.close();
    await tap.close();
    await engine.close();
  });

  async function secretOf(prism: object): Promise<string> {
    const response = await fetch(`${server.url}/v1/realtime/client_secrets`, {
      method: 'POST',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
      body: JSON.stringify({ prism }),
    });
    return ((await response.json()) as { value: string }).value;
  }

  test('[POL7] [POL8] talks, unchanged; its own instructions stay where they are', async () => {
    const calls: unknown[] = [];
    const setThemeColor = tool({
      name: 'set_theme_color',
      description: 'Sets the colour of the page.',
      parameters: {
        type: 'object',
        properties: { color: { type: 'string', enum: ['red', 'green', 'purple'] } },
        required: ['color'],
        additionalProperties: false,
      },
      strict: true,
      execute: (input) => {
        calls.push(input);
        return 'done';
      },
    });
    const agent = new RealtimeAgent({
      name: 'Mine',
      instructions: FOREIGN,
      voice: 'ash',
      tools: [setThemeColor],
    });
    const apiKey = await secretOf({ agent: 'greeter' });
    const client = await AgentsClient.connect({ url: `${server.url}/v1`, apiKey }, agent);
    try {
      await eventually('the error', () => client.errors.length > 0);
      assert.match(JSON.stringify(client.errors), /session_field_locked/);
      client.session.sendMessage('Hello');
      await client.log.next('response.done');
      assert.ok(client.assistantTexts().some((text) => text.length > 0));
      // The agent has no tools: what nobody sets stays the client's.
      client.session.sendMessage('Set the color to green.');
      await eventually('the tool', () => calls.length > 0);
      assert.ok(!tap.texts.some((text) => text.includes(FOREIGN)));
      assert.ok(tap.texts.some((text) => text.includes('The greeter of the server.')));
      assert.deepEqual(client.misunderstoodTypes(), []);
      assert.equal(server.liveCalls(), 1);
    } finally {
      client.close();
    }
  });
});
