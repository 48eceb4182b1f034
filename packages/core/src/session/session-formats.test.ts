import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SessionBench, serverEvent } from '../testing/index.ts';

const PCM = { type: 'audio/pcm', rate: 24_000 };
const PCMU = { type: 'audio/pcmu' };
const PCMA = { type: 'audio/pcma' };

function update(input: unknown, eventId?: string): object {
  return {
    type: 'session.update',
    ...(eventId === undefined ? {} : { event_id: eventId }),
    session: { type: 'realtime', audio: { input: { format: input } } },
  };
}

/** The upstream tells the session, which is PCM to it. */
function upstreamTells(bench: SessionBench, type = 'session.updated'): void {
  const audio = { input: { format: PCM, turn_detection: null }, output: { format: PCM } };
  bench.post(serverEvent({ type, session: { type: 'realtime', audio } }));
}

function upstreamRefuses(bench: SessionBench, eventId: string | null, param: string): void {
  const error = { type: 'invalid_request_error', code: 'invalid_value', message: 'no', param };
  bench.post(serverEvent({ type: 'error', error: { ...error, event_id: eventId } }));
}

/** The formats of the session that the client was told last. */
function toldFormats(bench: SessionBench): readonly unknown[] {
  const told = bench.toController.at(-1) as {
    session: { audio: { input: { format: unknown }; output: { format: unknown } } };
  };
  const { input, output } = told.session.audio;
  return [input.format, output.format];
}

suite('audio formats of a session with media', () => {
  test('[REL4] a session.update loses its audio formats and keeps the rest', () => {
    const bench = SessionBench.live();
    const audio = { input: { format: PCMU, turn_detection: null }, output: { voice: 'cedar' } };
    const session = { type: 'realtime', audio, other: 1 };
    bench.client({ type: 'session.update', event_id: 'u', session });
    const kept = { input: { turn_detection: null }, output: { voice: 'cedar' } };
    assert.deepEqual(bench.toUpstream, [
      { type: 'session.update', event_id: 'u', session: { ...session, audio: kept } },
    ]);
  });

  test('[REL4] a response.create loses its audio format: a response in G.711 would be noise', () => {
    const bench = SessionBench.live();
    const response = { audio: { output: { format: PCMU, voice: 'cedar' } } };
    bench.client({ type: 'response.create', event_id: 'c', response });
    assert.deepEqual(bench.toUpstream, [
      {
        type: 'response.create',
        event_id: 'c',
        response: { audio: { output: { voice: 'cedar' } } },
      },
    ]);
  });

  test('[REL4] what was named is told back, and what was not is as the upstream has it', () => {
    const bench = SessionBench.live();
    bench.client(update(PCMU));
    upstreamTells(bench);
    assert.deepEqual(toldFormats(bench), [PCMU, PCM]);
    bench.client({
      type: 'session.update',
      session: { type: 'realtime', audio: { output: { format: PCMA } } },
    });
    upstreamTells(bench);
    assert.deepEqual(toldFormats(bench), [PCMU, PCMA]);
    bench.client(update({ type: 'audio/pcm' }));
    upstreamTells(bench);
    assert.deepEqual(toldFormats(bench), [PCM, PCMA]);
  });

  test('[REL4] updates are told back in the order in which the upstream answers them', () => {
    const bench = SessionBench.live();
    bench.client({ type: 'session.update', session: { type: 'realtime' } });
    bench.client(update(PCMU));
    upstreamTells(bench);
    assert.deepEqual(toldFormats(bench), [PCM, PCM]);
    upstreamTells(bench);
    assert.deepEqual(toldFormats(bench), [PCMU, PCM]);
  });

  test('[REL4] formats of an update that the upstream refused are told to nobody', () => {
    for (const eventId of ['mine', undefined]) {
      const bench = SessionBench.live();
      bench.client(update(PCMU, eventId));
      bench.client(update(PCMA, 'another'));
      upstreamRefuses(bench, null, 'item');
      upstreamRefuses(bench, eventId ?? null, 'session.voice');
      upstreamTells(bench);
      assert.deepEqual(toldFormats(bench), [PCMA, PCM]);
    }
  });

  test('[REL4] an update that asks for what there is leaves the upstream’s text as it was', () => {
    const bench = SessionBench.live();
    bench.client(update(PCM));
    const event = { type: 'session.updated', session: { audio: { input: { format: PCM } } } };
    const input = serverEvent(event);
    assert.ok(input.type === 'upstream.event');
    bench.post({ ...input, text: ` ${JSON.stringify(event)} ` });
    const sent = bench.effects.find((effect) => effect.type === 'controller.send');
    assert.equal(sent?.text, ` ${JSON.stringify(event)} `);
  });

  test('[REL4] the formats that a call was made with are in its session.created', () => {
    const bench = SessionBench.live({
      initialSession: { type: 'realtime', audio: { input: { format: { type: 'audio/pcmu' } } } },
    });
    upstreamTells(bench, 'session.created');
    assert.deepEqual(bench.toUpstream.at(-1)?.['session'], {
      type: 'realtime',
      audio: { input: {} },
    });
    upstreamTells(bench);
    assert.deepEqual(bench.toControllerTypes, ['session.created']);
    assert.deepEqual(toldFormats(bench), [PCMU, PCM]);
  });

  test('[REL4] a format that the API does not have is refused, and nothing of its event goes upstream', () => {
    const cases: readonly (readonly [unknown, string])[] = [
      [{ type: 'audio/mp3' }, 'session.audio.input.format.type'],
      [{}, 'session.audio.input.format.type'],
      [{ type: 'audio/pcm', rate: 16_000 }, 'session.audio.input.format.rate'],
      ['pcm16', 'session.audio.input.format'],
      [null, 'session.audio.input.format'],
    ];
    for (const [format, param] of cases) {
      const bench = SessionBench.live();
      bench.client(update(format, 'mine'));
      assert.deepEqual(bench.toUpstream, []);
      const { error } = bench.toController[0] as { error: Record<string, unknown> };
      assert.deepEqual(
        [error['code'], error['param'], error['event_id']],
        ['invalid_value', param, 'mine'],
      );
      upstreamTells(bench);
      assert.deepEqual(toldFormats(bench), [PCM, PCM]);
    }
    const bench = SessionBench.live();
    const response = { audio: { output: { format: { type: 'audio/mp3' } } } };
    bench.client({ type: 'response.create', response });
    assert.deepEqual(bench.toUpstream, []);
    const { error } = bench.toController[0] as { error: Record<string, unknown> };
    assert.equal(error['param'], 'response.audio.output.format.type');
  });

  test('[REL4] a client that plays by itself agrees on formats with the upstream', () => {
    const bench = SessionBench.live({ audio: 'socket' });
    for (const format of [PCMU, { type: 'audio/mp3' }]) {
      bench.effects.length = 0;
      bench.client(update(format));
      assert.deepEqual(bench.toUpstream, [update(format)]);
    }
  });
});
