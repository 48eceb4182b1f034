import assert from 'node:assert/strict';
import { after, afterEach, before, suite, test } from 'node:test';
import { RealtimeAgent } from '@openai/agents-realtime';
import OpenAI from 'openai';
import { AgentsClient } from '../../harness/agents-client.ts';
import { colorTool } from '../../harness/color-tool.ts';
import { eventually } from '../../harness/eventually.ts';
import { OpenAIClient } from '../../harness/openai-client.ts';
import { type PrismUnderTest, startPrism } from '../../harness/prism-under-test.ts';
import { RtcClient } from '../../harness/rtc-client.ts';
import { TlsDoor } from '../../harness/tls-door.ts';

const KEY = 'sk-prism-test';

/** An agent of the back end, whose tool runs there; the client of the call knows nothing of it. */
function painter(calls: unknown[]): RealtimeAgent {
  return new RealtimeAgent({ name: 'Back end', tools: [colorTool(calls)] });
}

suite('official clients as sidebands of a WebRTC call', () => {
  let server: PrismUnderTest;
  let door: TlsDoor;
  const callers: RtcClient[] = [];

  before(async () => {
    server = await startPrism({ apiKeys: [KEY] });
    door = await TlsDoor.open(Number(new URL(server.url).port));
  });

  after(async () => {
    await door.close();
    await server.prism.close();
  });

  afterEach(async () => {
    for (const caller of callers.splice(0)) caller.close();
    await eventually('end of all calls', () => server.liveCalls() === 0);
  });

  async function call(): Promise<RtcClient> {
    const caller = await RtcClient.connect(server.url, { authorization: `Bearer ${KEY}` });
    callers.push(caller);
    await eventually('session.created', () => caller.eventOf('session.created'));
    return caller;
  }

  test('[CNF35] the Agents SDK joins by its URL, runs its tools, and the caller hears the answer', async () => {
    const caller = await call();
    const calls: unknown[] = [];
    const sideband = await AgentsClient.connect(
      { url: `${server.url}/v1`, apiKey: KEY, query: `call_id=${caller.callId}` },
      painter(calls),
    );
    caller.send({
      type: 'conversation.item.create',
      item: {
        type: 'message',
        role: 'user',
        content: [{ type: 'input_text', text: 'make the page purple' }],
      },
    });
    caller.send({ type: 'response.create' });
    await eventually('the answer', () => caller.eventOf('output_audio_buffer.stopped'), 10_000);
    assert.deepEqual(calls, [{ color: 'purple' }]);
    assert.ok(caller.heardRms.some((rms) => rms > 500));
    assert.equal(sideband.log.all('session.created').length, 0);
    assert.equal(sideband.log.all('response.output_audio.delta').length, 0);
    assert.deepEqual(sideband.errors, []);
    sideband.close();
  });

  test('[CNF36] the openai package joins by callID, changes the session, and hangs up by REST', async () => {
    const caller = await call();
    const sideband = OpenAIClient.join(door, KEY, caller.callId);
    await sideband.opened();
    sideband.send({
      type: 'session.update',
      session: { type: 'realtime', instructions: 'From the back end.' },
    });
    const updated = await sideband.log.next('session.updated');
    assert.ok(updated.session.type === 'realtime');
    assert.equal(updated.session.instructions, 'From the back end.');
    await eventually('the same at the caller', () => caller.eventOf('session.updated'));
    const openai = new OpenAI({ apiKey: KEY, baseURL: `${server.url}/v1`, maxRetries: 0 });
    await openai.realtime.calls.hangup(caller.callId);
    await eventually('end of the sideband', () => sideband.closeCode === 1_000);
    await assert.rejects(
      openai.realtime.calls.hangup(caller.callId),
      (error) => error instanceof OpenAI.NotFoundError && error.code === 'call_id_not_found',
    );
  });

  test('[REL9] an answer is retrieved with its audio by a sideband, and without it by the caller', async () => {
    const caller = await call();
    const sideband = OpenAIClient.join(door, KEY, caller.callId);
    await sideband.opened();
    caller.send({ type: 'response.create' });
    const { item: answer } = await sideband.log.next('response.output_item.done');
    caller.send({ type: 'conversation.item.retrieve', item_id: answer.id });
    const { item } = await sideband.log.next('conversation.item.retrieved');
    assert.ok(item.type === 'message' && item.content[0]?.type === 'output_audio');
    const { audio, ...told } = item.content[0];
    assert.ok(audio !== undefined && audio.length > 10_000);
    const { item: atCaller } = await eventually('the same at the caller', () =>
      caller.eventOf('conversation.item.retrieved'),
    );
    assert.deepEqual(atCaller, { ...item, content: [told] });
  });
});
