import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { decodeClientEvent } from '@prism/protocol';
import { AGENT, CLIENT, errorsOf, live, texts } from '../testing/policy-bench.ts';
import { type SessionBench, serverEvent } from '../testing/session-bench.ts';

function sendText(bench: SessionBench, text: string): void {
  const decoded = decodeClientEvent(text);
  assert.ok(decoded.kind === 'known');
  bench.post({ type: 'controller.event', controllerId: CLIENT, event: decoded.event, text });
}

suite('events that a policy lets pass', () => {
  test('[POL1] under open an event passes as it was written, unknown or not', () => {
    const bench = live({ preset: 'open', session: AGENT });
    const text =
      '{ "type":"session.update", "session":{"type":"realtime","x":1.50},"x":"\\u0041" }';
    sendText(bench, text);
    bench.client({ type: 'event.of_tomorrow' });
    assert.deepEqual(
      bench.effects.flatMap((effect) => (effect.type === 'upstream.send' ? [effect.text] : [])),
      [text, '{"type":"event.of_tomorrow"}'],
    );
    const down = '{"type":"session.updated","session":{"instructions":"Sell."},"x":1.50}';
    bench.post({
      type: 'upstream.event',
      decoded: { kind: 'other', event: JSON.parse(down) as { type: string } },
      text: down,
    });
    assert.deepEqual(texts(bench, CLIENT), [down]);
  });

  test('[POL2] under browser and locked only documented events pass', () => {
    for (const preset of ['browser', 'locked'] as const) {
      const bench = live({ preset });
      bench.client({ type: 'event.of_tomorrow', event_id: 'e1' });
      bench.client({ type: 'session.update', event_id: 'e2', session: 'all of it' });
      bench.client({ type: 'prism.dance', event_id: 'e3' });
      assert.deepEqual(errorsOf(bench), [
        ['event_not_allowed', 'e1', 'type'],
        ['event_not_allowed', 'e2', 'type'],
        ['invalid_event', 'e3', 'type'],
      ]);
      assert.deepEqual(bench.toUpstream, []);
    }
  });

  test('[POL3] a list narrows what passes; an empty one lets nothing pass but errors', () => {
    const cancel = { type: 'response.cancel', event_id: 'e1' };
    const clear = { type: 'input_audio_buffer.clear', event_id: 'e2' };
    for (const preset of ['open', 'browser'] as const) {
      for (const [allowed, passed] of [
        [undefined, 2],
        ['all', 2],
        [['response.cancel'], 1],
        [[], 0],
      ] as const) {
        const bench = live({ preset, allowedClientEvents: allowed, allowedServerEvents: allowed });
        bench.client(cancel);
        bench.client(clear);
        assert.equal(bench.toUpstream.length, passed, `${preset} ${String(allowed)}`);
        assert.equal(errorsOf(bench).length, 2 - passed);
        bench.effects.length = 0;
        bench.post(serverEvent({ type: 'rate_limits.updated', rate_limits: [] }));
        bench.post(serverEvent({ type: 'error', error: { type: 't', message: 'm' } }));
        const isAll = passed === 2;
        assert.deepEqual(
          bench.toControllerTypes,
          isAll ? ['rate_limits.updated', 'error'] : ['error'],
        );
      }
    }
  });

  test('[POL3] a type that is named passes though Prism does not know it', () => {
    const allowed = ['event.of_tomorrow'];
    const bench = live({ allowedClientEvents: allowed, allowedServerEvents: allowed });
    bench.client({ type: 'event.of_tomorrow' });
    bench.post(serverEvent({ type: 'event.of_tomorrow' }));
    assert.deepEqual(bench.toUpstream, [{ type: 'event.of_tomorrow' }]);
    assert.deepEqual(bench.toControllerTypes, ['event.of_tomorrow']);
  });

  test('[POL4] under locked sound passes, and what is named', () => {
    const bench = live({
      preset: 'locked',
      allowedClientEvents: ['response.cancel'],
      allowedServerEvents: ['response.done'],
    });
    const bytes = Uint8Array.of(1);
    bench.post({ type: 'controller.append', controllerId: CLIENT, bytes });
    bench.post({ type: 'upstream.delta', bytes });
    bench.client({ type: 'input_audio_buffer.append', audio: 'AAAA' });
    bench.client({ type: 'response.cancel' });
    bench.client({ type: 'response.create', event_id: 'e1' });
    bench.client({ type: 'prism.transcript.subscribe', event_id: 'e2' });
    bench.responseCreated();
    bench.responseDone();
    const effects = bench.effects.map(({ type }) => type);
    assert.ok(effects.includes('upstream.relay') && effects.includes('controller.relay'));
    assert.deepEqual(
      bench.toUpstream.map(({ type }) => type),
      ['input_audio_buffer.append', 'response.cancel'],
    );
    assert.deepEqual(bench.toControllerTypes, ['error', 'error', 'response.done']);
  });

  test('[POL5] of a member that comes twice, what was judged is what is sent', () => {
    const bench = live();
    sendText(
      bench,
      '{"type":"event.of_tomorrow","a":1,"type":"response.cancel","type":"input_audio_buffer.clear"}',
    );
    assert.deepEqual(
      bench.effects.flatMap((effect) => (effect.type === 'upstream.send' ? [effect.text] : [])),
      ['{"type":"input_audio_buffer.clear","a":1}'],
    );
  });

  test('[POL6] audio that may not be appended is refused, with the id that it came with', () => {
    const bench = live({ allowedClientEvents: ['response.create'] });
    const audio = 'A'.repeat(4_000);
    for (const [event, id] of [
      [{ type: 'input_audio_buffer.append', audio }, null],
      [{ event_id: 'früh %', type: 'input_audio_buffer.append', audio }, 'früh %'],
      [{ type: 'input_audio_buffer.append', audio, event_id: 'late' }, 'late'],
    ] as const) {
      bench.effects.length = 0;
      const bytes = Uint8Array.from(utf8(JSON.stringify(event)));
      bench.post({ type: 'controller.append', controllerId: CLIENT, bytes });
      assert.deepEqual(errorsOf(bench), [['event_not_allowed', id, 'type']]);
      assert.ok(bench.effects.every(({ type }) => type !== 'upstream.relay'));
    }
  });
});

/** There is no encoder in core. */
function utf8(text: string): number[] {
  const bytes = encodeURIComponent(text).match(/%..|./g) ?? [];
  return bytes.map((byte) =>
    byte.length === 3 ? Number.parseInt(byte.slice(1), 16) : byte.charCodeAt(0),
  );
}
