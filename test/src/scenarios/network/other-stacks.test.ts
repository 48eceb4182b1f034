import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../../harness/eventually.ts';
import { FakeUpstream } from '../../harness/fake-upstream.ts';
import { weriftCall } from '../../harness/network/foreign-call.ts';
import { type PrismUnderTest, startPrism } from '../../harness/prism-under-test.ts';

/** A second of the answer's tone, PCM16 at 24 kHz. */
const ANSWER = Int16Array.from({ length: 24_000 }, (_, index) =>
  Math.round(8_000 * Math.sin((2 * Math.PI * 300 * index) / 24_000)),
);

suite('clients on other WebRTC stacks', () => {
  let upstream: FakeUpstream;
  let server: PrismUnderTest;

  before(async () => {
    upstream = await FakeUpstream.start();
    server = await startPrism({
      upstreamKind: 'openai',
      upstreamApiKey: 'sk-test-upstream',
      upstreamBaseUrl: upstream.baseUrl,
    });
  });

  after(async () => {
    await server.prism.close();
    await upstream.close();
  });

  test('[IOP1] [DTL8] werift talks, is heard, asks over its data channel and hears the answer, all of DTLS coming twice', async () => {
    const isAsked = (): boolean | undefined =>
      upstream.sessions[0]?.events.some(({ type }) => type === 'response.create');
    const answered = eventually('the question', isAsked, 30_000).then(() =>
      upstream.sessions[0]?.answer(ANSWER),
    );
    const call = await weriftCall(server.url, { seed: 1, kinds: ['dtls'], duplicateRatio: 1 });
    await answered;
    assert.equal(call.error, undefined);
    assert.equal(call.connected, true);
    assert.ok(call.heard >= 20, `${call.heard} packets heard`);
    assert.ok(call.events.includes('output_audio_buffer.stopped'), call.events.join());
    const samples = upstream.sessions[0]?.appended.flatMap((pcm) => [...pcm]) ?? [];
    const loudCount = samples.filter((sample) => Math.abs(sample) > 4_000).length;
    assert.ok(loudCount > 12_000, `${loudCount} loud samples upstream`);
  });
});
