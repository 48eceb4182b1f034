import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../../harness/eventually.ts';
import { weriftCall } from '../../harness/network/foreign-call.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../../harness/prism-on-fake-upstream.ts';

/** A second of the answer's tone, PCM16 at 24 kHz. */
const ANSWER = Int16Array.from({ length: 24_000 }, (_, index) =>
  Math.round(8_000 * Math.sin((2 * Math.PI * 300 * index) / 24_000)),
);

suite('clients on other WebRTC stacks', () => {
  let server: PrismOnFakeUpstream;

  before(async () => {
    server = await startPrismOnFakeUpstream();
  });

  after(async () => {
    await server.close();
  });

  test('[IOP1] [DTL8] werift talks, is heard, asks over its data channel and hears the answer, all of DTLS coming twice', async () => {
    const isAsked = (): boolean | undefined =>
      server.upstream.sessions[0]?.events.some(({ type }) => type === 'response.create');
    const answered = eventually('the question', isAsked, 30_000).then(() =>
      server.upstream.sessions[0]?.answer(ANSWER),
    );
    const call = await weriftCall(server.url, { seed: 1, kinds: ['dtls'], duplicateRatio: 1 });
    await answered;
    assert.equal(call.error, undefined);
    assert.equal(call.connected, true);
    assert.ok(call.heard >= 20, `${call.heard} packets heard`);
    assert.ok(call.events.includes('output_audio_buffer.stopped'), call.events.join());
    const samples = server.upstream.sessions[0]?.appended.flatMap((pcm) => [...pcm]) ?? [];
    const loudCount = samples.filter((sample) => Math.abs(sample) > 4_000).length;
    assert.ok(loudCount > 12_000, `${loudCount} loud samples upstream`);
  });
});
