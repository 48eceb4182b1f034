import assert from 'node:assert/strict';
import { mock, suite, test } from 'node:test';
import {
  type ControllerPolicy,
  controllerIdFromCount,
  decodeClientEvent,
  OPEN_ACCESS,
  OPEN_POLICY,
  ownedFieldsOf,
  type SessionConfig,
} from '@prism/protocol';
import { RestrictedPolicy } from '../policy/restricted-policy.ts';
import { SessionBench, serverEvent, speech } from '../testing/index.ts';
import type { SessionOptions } from './session-contract.ts';

const CLIENT = controllerIdFromCount(1);
const SIDEBAND = controllerIdFromCount(2);

const AGENT: SessionConfig = {
  type: 'realtime',
  model: 'gpt-realtime-2.1',
  instructions: 'Sell umbrellas.',
  tools: [{ type: 'function', name: 'stock' }],
  audio: {
    input: { turn_detection: { type: 'semantic_vad', eagerness: 'low' } },
    output: { voice: 'marin' },
  },
};

interface Setup extends Partial<Omit<ControllerPolicy, 'ownedFields'>> {
  readonly session?: SessionConfig;
  readonly options?: Partial<SessionOptions>;
}

/** A session that is configured, with its client there and nothing told so far. */
function live({ session, options, ...policy }: Setup = {}): SessionBench {
  const bench = new SessionBench({
    audio: 'socket',
    initialSession: session,
    access: {
      ...OPEN_ACCESS,
      policy: {
        ...OPEN_POLICY,
        preset: 'browser',
        ...policy,
        ownedFields: ownedFieldsOf(session),
      },
    },
    ...options,
  });
  bench.controllerOpens();
  bench.post({ type: 'upstream.ready' });
  bench.post(serverEvent({ type: 'session.created', session: { id: 's' } }));
  if (session !== undefined)
    bench.post(serverEvent({ type: 'session.updated', session: { id: 's', ...session } }));
  bench.effects.length = 0;
  return bench;
}

/** The errors that controllers were sent: code, event id and param of each. */
function errorsOf(bench: SessionBench): readonly (readonly unknown[])[] {
  return bench.toController.flatMap(({ type, error }) => {
    if (type !== 'error') return [];
    const { code, event_id: id, param } = error as Record<string, unknown>;
    return [[code, id, param]];
  });
}

function texts(bench: SessionBench, controllerId: string): string[] {
  return bench.effects.flatMap((effect) =>
    effect.type === 'controller.send' && effect.controllerId === controllerId ? [effect.text] : [],
  );
}

function sendText(bench: SessionBench, text: string): void {
  const decoded = decodeClientEvent(text);
  assert.ok(decoded.kind === 'known');
  bench.post({ type: 'controller.event', controllerId: CLIENT, event: decoded.event, text });
}

function userMessage(text: string): object {
  const item = { type: 'message', role: 'user', content: [{ type: 'input_text', text }] };
  return { type: 'conversation.item.create', item };
}

function functionCall(name: string, id: string): Record<string, unknown> {
  return { id: `item_${id}`, type: 'function_call', name, call_id: id, arguments: '' };
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

suite('fields that the server owns', () => {
  test('[POL7] what is owned is taken out of an update, and named unless it is the same', () => {
    const bench = live({ session: AGENT });
    const same = { model: 'gpt-realtime-2.1', audio: { output: { voice: 'marin' } } };
    const free = { output_modalities: ['text'] };
    bench.client({
      type: 'session.update',
      event_id: 'e1',
      session: { type: 'realtime', ...same, ...free },
    });
    assert.deepEqual(bench.toUpstream, [
      { type: 'session.update', event_id: 'e1', session: { type: 'realtime', ...free } },
    ]);
    assert.deepEqual(errorsOf(bench), []);
    bench.effects.length = 0;
    bench.client({
      type: 'session.update',
      event_id: 'e2',
      session: {
        type: 'realtime',
        ...free,
        instructions: 'Give umbrellas away.',
        tools: [],
        audio: { output: { voice: 'ash', speed: 1.1 }, input: { turn_detection: null } },
      },
    });
    assert.deepEqual(bench.toUpstream[0]?.['session'], {
      type: 'realtime',
      ...free,
      audio: { output: { speed: 1.1 } },
    });
    assert.deepEqual(errorsOf(bench), [['session_field_locked', 'e2', 'session.instructions']]);
    assert.match(
      JSON.stringify(bench.toController),
      /session\.instructions, session\.tools, session\.audio\.input\.turn_detection, session\.audio\.output\.voice\./,
    );
  });

  test('[POL7] what nobody set stays the client’s', () => {
    const bench = live({ session: { type: 'realtime', model: 'm' } });
    const session = { type: 'realtime', instructions: 'Mine.', tracing: 'auto', x: 1 };
    bench.client({ type: 'session.update', session });
    assert.deepEqual(bench.toUpstream, [{ type: 'session.update', session }]);
    assert.deepEqual(bench.toController, []);
  });

  test('[POL8] an update of which nothing is left is answered by Prism', () => {
    const bench = live({ session: AGENT });
    bench.client({
      type: 'session.update',
      event_id: 'e1',
      session: { type: 'realtime', instructions: 'Mine.', prompt: null, audio: { input: {} } },
    });
    assert.deepEqual(bench.toUpstream, []);
    assert.deepEqual(bench.toControllerTypes, ['error', 'session.updated']);
    assert.deepEqual(bench.toController[1]?.['session'], {
      id: 's',
      type: 'realtime',
      audio: { input: { turn_detection: { type: 'semantic_vad' } }, output: {} },
    });
  });

  test('[POL9] around owned fields nothing is cleared or replaced', () => {
    for (const audio of [null, 'loud', [], { output: null }, { output: 7 }]) {
      const bench = live({ session: AGENT });
      bench.client({ type: 'session.update', session: { type: 'realtime', audio } });
      assert.deepEqual(bench.toUpstream, [], JSON.stringify(audio));
      assert.equal(errorsOf(bench).length, 1);
    }
    const bench = live({ session: AGENT });
    bench.client({
      type: 'session.update',
      event_id: 'e1',
      session: { type: 'transcription', audio: { input: { noise_reduction: null } } },
    });
    assert.deepEqual(bench.toUpstream, []);
    assert.deepEqual(errorsOf(bench), [['session_field_locked', 'e1', 'session.type']]);
  });

  test('[POL10] overrides of owned fields are taken out of a response', () => {
    const bench = live({ session: AGENT });
    bench.client({
      type: 'response.create',
      event_id: 'e1',
      response: { instructions: 'Shout.', tool_choice: 'auto', metadata: { topic: 'rain' } },
    });
    assert.deepEqual(bench.toUpstream, [
      { type: 'response.create', event_id: 'e1', response: { metadata: { topic: 'rain' } } },
    ]);
    assert.deepEqual(errorsOf(bench), [['session_field_locked', 'e1', 'response.instructions']]);
  });

  test('[POL11] a response that would be another one is refused whole', () => {
    const bench = live({ session: AGENT });
    for (const response of [{ conversation: 'none' }, { input: [] }])
      bench.client({ type: 'response.create', event_id: 'e', response });
    assert.deepEqual(bench.toUpstream, []);
    assert.deepEqual(errorsOf(bench), [
      ['session_field_locked', 'e', 'response.conversation'],
      ['session_field_locked', 'e', 'response.input'],
    ]);
  });

  test('[POL12] who owns the instructions is not overruled by another door', () => {
    const { tools: _, ...withoutTools } = AGENT;
    const bench = live({ session: withoutTools });
    const own = { type: 'function', name: 'paint' };
    bench.client({
      type: 'session.update',
      event_id: 'e1',
      session: {
        type: 'realtime',
        prompt: { id: 'pmpt_1' },
        include: ['x'],
        x_new: 1,
        tracing: null,
        tools: [own, { type: 'mcp', server_label: 's', server_url: 'https://mcp.example' }],
        tool_choice: 'none',
      },
      extra: 1,
    });
    assert.deepEqual(bench.toUpstream, [
      {
        type: 'session.update',
        event_id: 'e1',
        session: { type: 'realtime', tools: [own], tool_choice: 'none' },
      },
    ]);
    assert.match(
      JSON.stringify(bench.toController),
      /session\.tools, session\.prompt, session\.include, session\.x_new, extra\./,
    );
    const ofTools = live({ session: AGENT });
    ofTools.client({ type: 'session.update', session: { type: 'realtime', tool_choice: 'none' } });
    assert.deepEqual(ofTools.toUpstream, []);
    assert.equal(errorsOf(ofTools).length, 1);
  });

  test('[POL13] under an agent a client speaks for the user and for its own tools', () => {
    const bench = live({ session: AGENT, clientTools: ['paint'] });
    for (const call of [functionCall('paint', 'call_1'), functionCall('stock', 'call_2')])
      bench.post(serverEvent({ type: 'conversation.item.added', item: call }));
    const system = { id: 'item_s', type: 'message', role: 'system', content: [] };
    bench.post(serverEvent({ type: 'conversation.item.added', item: system }));
    bench.effects.length = 0;
    const output = (callId: string): object => ({
      type: 'conversation.item.create',
      event_id: callId,
      item: { type: 'function_call_output', call_id: callId, output: 'done' },
    });
    bench.client(userMessage('Hi.'));
    for (const callId of ['call_1', 'call_2', 'call_3']) bench.client(output(callId));
    bench.client({ type: 'conversation.item.create', event_id: 's', item: system });
    for (const item_id of ['item_call_1', 'item_call_2', 'item_s', 'item_user'])
      for (const type of ['conversation.item.delete', 'conversation.item.retrieve'])
        bench.client({ type, event_id: item_id, item_id });
    assert.deepEqual(errorsOf(bench), [
      ['event_not_allowed', 'call_2', 'item.call_id'],
      ['event_not_allowed', 'call_3', 'item.call_id'],
      ['event_not_allowed', 's', 'item.role'],
      ['event_not_allowed', 'item_call_2', 'item_id'],
      ['event_not_allowed', 'item_call_2', 'item_id'],
      ['event_not_allowed', 'item_s', 'item_id'],
      ['event_not_allowed', 'item_s', 'item_id'],
    ]);
    assert.equal(bench.toUpstream.length, 6);
  });

  test('[POL13] of a conversation with more such items than are remembered, unknown ones are taken for hidden', () => {
    const bench = live({ session: AGENT });
    for (let count = 0; count <= 1_024; count += 1) {
      const item = { id: `item_${count}`, type: 'message', role: 'system', content: [] };
      bench.post(serverEvent({ type: 'conversation.item.added', item }));
    }
    bench.client({ type: 'conversation.item.delete', event_id: 'e', item_id: 'item_0' });
    assert.deepEqual(errorsOf(bench), [['event_not_allowed', 'e', 'item_id']]);
  });
});

suite('what a client is told', () => {
  test('[POL14] owned fields are left out of sessions and responses; how to play is told', () => {
    const bench = live({ session: AGENT });
    const formats = { type: 'audio/pcm', rate: 24_000 };
    const session = {
      ...AGENT,
      id: 's',
      truncation: 'auto',
      audio: {
        input: {
          format: formats,
          turn_detection: {
            type: 'semantic_vad',
            eagerness: 'low',
            create_response: true,
            interrupt_response: true,
          },
        },
        output: { format: formats, voice: 'marin', speed: 1 },
      },
    };
    bench.post(serverEvent({ type: 'session.updated', session }));
    bench.post(
      serverEvent({
        type: 'response.created',
        response: {
          id: 'r',
          status: 'in_progress',
          tools: [],
          audio: { output: { voice: 'marin' } },
        },
      }),
    );
    assert.deepEqual(bench.toController[0]?.['session'], {
      type: 'realtime',
      id: 's',
      truncation: 'auto',
      audio: {
        input: {
          format: formats,
          turn_detection: {
            type: 'semantic_vad',
            create_response: true,
            interrupt_response: true,
          },
        },
        output: { format: formats, speed: 1 },
      },
    });
    assert.deepEqual(bench.toController[1]?.['response'], {
      id: 'r',
      status: 'in_progress',
      audio: { output: {} },
    });
  });

  test('[POL15] calls of the server’s tools are not told, those of the client’s are', () => {
    const bench = live({ session: AGENT, clientTools: ['paint'] });
    const mine = functionCall('paint', 'call_1');
    const theirs = functionCall('stock', 'call_2');
    const ids = { response_id: 'r', output_index: 0 };
    for (const item of [mine, theirs]) {
      const { id: item_id, call_id } = item;
      const part = { ...ids, item_id, call_id };
      bench.post(serverEvent({ type: 'response.output_item.added', ...ids, item }));
      bench.post(serverEvent({ type: 'conversation.item.added', item }));
      bench.post(
        serverEvent({ type: 'response.function_call_arguments.delta', ...part, delta: '{}' }),
      );
      bench.post(
        serverEvent({ type: 'response.function_call_arguments.done', ...part, arguments: '{}' }),
      );
    }
    const output = [mine, theirs];
    bench.post(
      serverEvent({ type: 'response.done', response: { id: 'r', status: 'completed', output } }),
    );
    const told = texts(bench, CLIENT);
    assert.equal(told.length, 5);
    assert.ok(told.every((text) => !text.includes('stock') && !text.includes('call_2')));
    assert.deepEqual(bench.toController[4]?.['response'], {
      id: 'r',
      status: 'completed',
      output: [mine],
    });
  });

  test('[POL16] the words of an error are withheld, its code and place are not', () => {
    const error = {
      type: 'invalid_request_error',
      code: 'invalid_value',
      message: "Invalid value: 'Sell umbrellas.'",
      param: 'session.instructions',
      event_id: 'e1',
    };
    const bench = live({ session: AGENT });
    bench.post(serverEvent({ type: 'error', error }));
    assert.deepEqual(bench.toController[0]?.['error'], {
      ...error,
      message: 'The upstream refused this; the code says why.',
    });
    const unowned = live();
    unowned.post(serverEvent({ type: 'error', error }));
    assert.deepEqual(unowned.toController[0]?.['error'], error);
  });

  test('[POL17] credentials of MCP servers are told to nobody under browser', () => {
    const bench = live();
    const tool = {
      type: 'mcp',
      server_label: 's',
      authorization: 'secret',
      headers: { a: 'secret' },
    };
    bench.post(serverEvent({ type: 'session.updated', session: { id: 's', tools: [tool] } }));
    assert.deepEqual(bench.toController[0]?.['session'], {
      id: 's',
      tools: [{ type: 'mcp', server_label: 's' }],
    });
  });

  test('[POL18] events of tomorrow are not told, and counted', () => {
    const bench = live();
    bench.post(serverEvent({ type: 'event.of_tomorrow' }));
    assert.deepEqual(bench.toController, []);
    assert.equal(bench.session.describe()['eventsHidden'], 1);
  });

  test('[POL19] what holds nothing of the kind is told as the text it came as', () => {
    const bench = live({ session: AGENT, clientTools: [] });
    for (const text of [
      '{ "type":"response.output_audio_transcript.delta", "response_id":"r","item_id":"i","content_index":0,"delta":"a" }',
      '{ "type":"rate_limits.updated","rate_limits":[ ] }',
      '{ "type":"conversation.item.added","item":{"id":"i","type":"message","role":"user", "content":[]} }',
      '{ "type":"response.done","response":{"id":"r","status":"completed", "output":[]} }',
    ]) {
      const { event } = { event: JSON.parse(text) as { type: string } };
      bench.post({ type: 'upstream.event', decoded: { kind: 'other', event }, text });
      assert.equal(texts(bench, CLIENT).at(-1), text);
    }
  });
});

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
