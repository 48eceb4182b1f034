import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import { controllerIdFromCount, OPEN_POLICY, ownedFieldsOf } from '@prism/protocol';
import { RestrictedPolicy } from '../policy/restricted-policy.ts';
import { AGENT, CLIENT, functionCall, live, texts } from '../testing/policy-bench.ts';
import { serverEvent, speech } from '../testing/session-bench.ts';

const SIDEBAND = controllerIdFromCount(2);

suite('audio over RTP', () => {
  test('[POL23] asks no policy in either direction', (t) => {
    const bench = live({ session: AGENT, options: { audio: 'media' } });
    bench.post({ type: 'media.connected' });
    const methods = ['clientEvent', 'opaqueEvent', 'allowsClientType', 'hidesTool'] as const;
    const mocks = methods.map((method) => mock.method(RestrictedPolicy.prototype, method));
    const told = mock.method(RestrictedPolicy.prototype, 'serverEvent');
    t.after(() => mock.restoreAll());
    bench.answer(speech(100));
    for (let count = 0; count < 100; count += 1) {
      bench.post({ type: 'media.audio', pcm: speech(1) });
      bench.slots(1);
    }
    assert.equal(bench.speechFrames, 100);
    assert.equal(bench.effects.filter(({ type }) => type === 'upstream.append').length, 100);
    assert.deepEqual(
      mocks.map((method) => method.mock.callCount()),
      [0, 0, 0, 0],
    );
    // That the answer has begun to play is an event.
    assert.deepEqual(
      told.mock.calls.map((call) => call.arguments[0].type),
      ['output_audio_buffer.started'],
    );
  });
});

suite('each controller by its own policy', () => {
  test('[POL20] a sideband with a server key sets and sees what its client may not', () => {
    const bench = live({ session: AGENT });
    bench.post({
      type: 'controller.opened',
      controllerId: SIDEBAND,
      role: 'sideband',
      policy: OPEN_POLICY,
    });
    const session = { type: 'realtime', instructions: 'Sell raincoats.' };
    bench.client({ type: 'session.update', session }, SIDEBAND);
    bench.client({ type: 'session.update', session }, CLIENT);
    assert.equal(bench.toUpstream.length, 1);
    bench.post(serverEvent({ type: 'session.updated', session: { id: 's', ...session } }));
    assert.match(texts(bench, SIDEBAND).join(''), /raincoats/);
    assert.doesNotMatch(texts(bench, CLIENT).join(''), /raincoats/);
  });

  test('[POL20] a sideband of a client secret has no more than its client', () => {
    const bench = live({ session: AGENT });
    const policy = {
      ...OPEN_POLICY,
      preset: 'browser' as const,
      ownedFields: ownedFieldsOf(AGENT),
    };
    bench.post({ type: 'controller.opened', controllerId: SIDEBAND, role: 'sideband', policy });
    bench.client({ type: 'response.create', response: { instructions: 'x' } }, SIDEBAND);
    bench.post(serverEvent({ type: 'session.updated', session: { id: 's', ...AGENT } }));
    assert.deepEqual(bench.toUpstream[0]?.['response'], {});
    assert.doesNotMatch(texts(bench, SIDEBAND).join(''), /umbrellas/);
  });

  test('[POL20] what is paced is told by policy when its time comes', () => {
    const bench = live({ session: AGENT, clientTools: [], options: { pacingLeadMs: 200 } });
    bench.responseCreated('r');
    for (let count = 0; count < 3; count += 1) {
      const measured = { responseId: 'r', itemId: 'i', audioBytes: 48 * 200 };
      bench.post({ type: 'upstream.delta', bytes: Uint8Array.of(1), measured });
    }
    const output = [functionCall('stock', 'call_1')];
    const response = { id: 'r', status: 'completed', instructions: 'Sell umbrellas.', output };
    bench.post(serverEvent({ type: 'response.done', response }));
    assert.ok(!bench.toControllerTypes.includes('response.done'));
    bench.post({ type: 'close', reason: 'server_draining' });
    const done = bench.toController.find(({ type }) => type === 'response.done');
    assert.deepEqual(done?.['response'], { id: 'r', status: 'completed', output: [] });
  });

  test('[POL21] who knows events of Prism is told what it may do', () => {
    const bench = live({
      session: AGENT,
      allowedClientEvents: ['response.create', 'prism.playout.report', 'prism.input.mute'],
      options: { audio: 'media' },
    });
    for (let count = 0; count < 2; count += 1)
      bench.client({ type: 'prism.input.mute', muted: true });
    const told = bench.toController.filter(({ type }) => type === 'prism.permissions');
    assert.equal(told.length, 1);
    const { type: _, event_id: _id, ...fields } = told[0] ?? {};
    assert.deepEqual(fields, {
      preset: 'browser',
      allowed_client_events: ['response.create', 'prism.playout.report', 'prism.input.mute'],
      allowed_server_events: 'all',
      locked_fields: [
        'audio.input.turn_detection',
        'audio.output.voice',
        'instructions',
        'model',
        'tools',
      ],
    });
  });

  test('[POL22] refusals are counted, and the first of them reported', () => {
    const bench = live({ session: AGENT });
    for (let count = 0; count < 20; count += 1) {
      bench.client({ type: 'event.of_tomorrow' });
      bench.client({ type: 'response.create', response: { instructions: 'x' } });
    }
    const { policyDenied, policyLocked } = bench.session.describe();
    assert.deepEqual([policyDenied, policyLocked], [20, 20]);
    const facts = bench.facts.filter(({ type }) => type === 'policy.denied');
    assert.equal(facts.length, 16);
    assert.deepEqual(facts[1], {
      type: 'policy.denied',
      eventType: 'response.create',
      code: 'session_field_locked',
      param: 'response.instructions',
    });
  });
});
