import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import { type PrismUnderTest, startPrism } from '../harness/prism-under-test.ts';
import { RtcClient } from '../harness/rtc-client.ts';

let server: PrismUnderTest;
before(async () => {
  server = await startPrism({});
});
after(() => server.prism.close());

test('[PLY7] over WebRTC the playback events stand where the Realtime API has them, and audio is RTP', async () => {
  const client = await RtcClient.connect(server.url);
  await eventually('session.created', () => client.eventOf('session.created'));
  client.send({
    type: 'conversation.item.create',
    item: {
      type: 'message',
      role: 'user',
      content: [{ type: 'input_text', text: 'what is seven times eight' }],
    },
  });
  client.send({ type: 'response.create' });
  const stopped = await eventually('the end of playback', () =>
    client.eventOf('output_audio_buffer.stopped'),
  );
  const types = client.eventTypes();
  const at = (type: string): number => {
    const index = types.indexOf(type);
    assert.ok(index >= 0, type);
    return index;
  };
  assert.ok(at('response.content_part.added') < at('output_audio_buffer.started'));
  assert.ok(at('output_audio_buffer.started') < at('output_audio_buffer.stopped'));
  assert.ok(at('response.output_audio.done') < at('response.done'));
  assert.ok(at('response.done') < at('rate_limits.updated'));
  assert.ok(at('rate_limits.updated') < at('output_audio_buffer.stopped'));
  assert.ok(!types.includes('response.output_audio.delta'));
  const created = client.eventOf('response.created')?.['response'] as { readonly id: string };
  const { event_id: eventId, ...event } = stopped;
  assert.match(String(eventId), /^event_/);
  assert.deepEqual(event, { type: 'output_audio_buffer.stopped', response_id: created.id });
  client.close();
  await eventually('the end of the call', () => server.liveCalls() === 0);
});
