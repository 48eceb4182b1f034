import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { SocketClient } from '../harness/socket-client.ts';

/** An item of the conversation, as its events have it. */
interface Item {
  readonly id: string;
  readonly role?: string;
  readonly content?: readonly { readonly text?: string }[];
}

suite('what the user sees, told to the built-in engine', () => {
  let server: PrismUnderTest;

  before(async () => {
    server = await startPrism({ upstreamKind: 'engine' });
  });

  after(async () => {
    await server?.prism.close();
  });

  test('[CTX1] [CTX2] [CTX6] it is an item, which the next one replaces, and nobody answers', async () => {
    const client = await SocketClient.open(server.url, '/v1/realtime');
    const itemsOf = (type: string): readonly Item[] =>
      client.events.flatMap((event) => (event['type'] === type ? [event['item'] as Item] : []));
    await eventually('session', () => client.eventOf('session.created'));
    client.send({ type: 'prism.context.update', event_id: 'c1', context: { page: 'shop' } });
    const [first] = await eventually('first item', () => {
      const items = itemsOf('conversation.item.added');
      return items.length === 1 ? items : undefined;
    });
    assert.equal(first?.role, 'system');
    assert.match(first.content?.[0]?.text ?? '', /\{"page":"shop"\}/);
    client.send({ type: 'prism.context.update', event_id: 'c2', context: { page: 'cart' } });
    const deleted = await eventually('deletion', () => client.eventOf('conversation.item.deleted'));
    assert.equal(deleted['item_id'], first.id);
    assert.equal(itemsOf('conversation.item.added').length, 2);
    assert.equal(client.eventOf('response.created'), undefined);
    assert.equal(client.eventOf('error'), undefined);
    const told = client.events.filter(({ type }) => type === 'prism.context.updated');
    assert.deepEqual(
      told.map(({ size_bytes: size }) => size),
      [15, 15],
    );
    client.socket.close();
  });
});
