import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount } from '@prism/protocol';
import { SessionBench, serverEvent } from '../testing/index.ts';
import type { SessionInput } from './session-contract.ts';

const CLIENT = controllerIdFromCount(1);
const SIDEBAND = controllerIdFromCount(2);
const CREATED = serverEvent({ type: 'session.created', session: { id: 'sess_1', voice: 'a' } });

/** What a controller was sent. */
function texts(bench: SessionBench, controllerId: string): string[] {
  return bench.effects.flatMap((effect) =>
    effect.type === 'controller.send' && effect.controllerId === controllerId ? [effect.text] : [],
  );
}

/** Types of the events that a controller was sent. */
function told(bench: SessionBench, controllerId: string): string[] {
  return texts(bench, controllerId).map((text) =>
    String((JSON.parse(text) as Record<string, unknown>)['type']),
  );
}

function textOf(input: SessionInput): string {
  return input.type === 'upstream.event' ? input.text : '';
}

function openSocket(options: { readonly session?: object } = {}): SessionBench {
  const bench = new SessionBench({
    audio: 'socket',
    initialSession:
      options.session === undefined ? undefined : { type: 'realtime', ...options.session },
  });
  bench.controllerOpens();
  return bench;
}

suite('sidebands', () => {
  test('[CTL1] a sideband hears what happens from now on, but not session.created', () => {
    const bench = new SessionBench();
    bench.post({ type: 'upstream.ready' });
    bench.post({ type: 'controller.opened', controllerId: SIDEBAND, role: 'sideband' });
    bench.post(CREATED);
    bench.post(serverEvent({ type: 'rate_limits.updated', rate_limits: [] }));
    assert.deepEqual(told(bench, SIDEBAND), ['rate_limits.updated']);
    bench.controllerOpens();
    assert.deepEqual(told(bench, CLIENT), ['session.created', 'rate_limits.updated']);
  });

  test('[CTL2] every controller may send, and its leaving ends nothing', () => {
    const bench = SessionBench.live();
    bench.post({ type: 'controller.opened', controllerId: SIDEBAND, role: 'sideband' });
    bench.client({ type: 'input_audio_buffer.clear' }, SIDEBAND);
    assert.equal(bench.toUpstream.length, 1);
    for (const controllerId of [SIDEBAND, CLIENT])
      bench.post({ type: 'controller.closed', controllerId });
    assert.deepEqual(bench.closedReasons, []);
  });
});

suite('a retrieved item', () => {
  const HEARD = { type: 'output_audio', transcript: 'Hello.' };
  const SPOKEN = { type: 'output_audio', transcript: 'Hello.', audio: 'AAAA' };
  const TEXT = { type: 'input_text', text: 'Hi.' };
  const retrieved = (content: readonly object[]) =>
    serverEvent({
      type: 'conversation.item.retrieved',
      item: { id: 'item_1', type: 'message', role: 'assistant', later_field: [1], content },
    });
  test('[REL9] has no audio for the client of a call, and all of it for a sideband', () => {
    const bench = SessionBench.live();
    bench.post({ type: 'controller.opened', controllerId: SIDEBAND, role: 'sideband' });
    bench.post(retrieved([SPOKEN, TEXT]));
    assert.deepEqual(texts(bench, CLIENT), [textOf(retrieved([HEARD, TEXT]))]);
    assert.deepEqual(texts(bench, SIDEBAND), [textOf(retrieved([SPOKEN, TEXT]))]);
  });

  test('[REL9] is told as it came where it has no audio, or the client plays by itself', () => {
    const call = SessionBench.live();
    const strange = serverEvent({
      type: 'conversation.item.retrieved',
      item: { id: 'item_1', content: [null, { type: 'input_audio', audio: null }] },
    });
    call.post(strange);
    call.post(retrieved([TEXT]));
    assert.deepEqual(texts(call, CLIENT), [textOf(strange), textOf(retrieved([TEXT]))]);
    const socket = SessionBench.live({ audio: 'socket' });
    socket.post(retrieved([SPOKEN]));
    assert.deepEqual(texts(socket, CLIENT), [textOf(retrieved([SPOKEN]))]);
  });
});

suite('a filtered client', () => {
  const item = { id: 'item_1', type: 'message' };
  const UP = [
    { type: 'session.created', session: { id: 's', type: 'realtime', model: 'm', tools: ['t'] } },
    { type: 'session.updated', session: { id: 's', instructions: 'Secret.', audio: {} } },
    { type: 'conversation.item.added', item: { ...item, role: 'system' } },
    { type: 'conversation.item.added', item: { ...item, role: 'user' } },
    { type: 'conversation.item.done', item },
    { type: 'response.done', response: { id: 'resp_1', instructions: 'Secret.' } },
    { type: 'response.function_call_arguments.done', arguments: 'Secret.' },
    { type: 'response.output_text.delta', delta: 'a' },
    { type: 'some.new_event', instructions: 'Secret.' },
    { type: 'error', error: { type: 'invalid_request_error', message: 'x' } },
  ];

  test('[CTL10] is told what a conversation looks like, and nothing of how it is made', () => {
    const bench = SessionBench.live({ isClientFiltered: true });
    bench.post({ type: 'controller.opened', controllerId: SIDEBAND, role: 'sideband' });
    for (const event of UP) bench.post(serverEvent(event));
    assert.deepEqual(told(bench, CLIENT), [
      'session.created',
      'session.updated',
      'conversation.item.added',
      'response.output_text.delta',
      'error',
    ]);
    const [created, updated] = bench.toController.filter(({ type }) =>
      String(type).startsWith('session.'),
    );
    assert.deepEqual(created?.['session'], { type: 'realtime', id: 's', model: 'm' });
    assert.deepEqual(updated?.['session'], { id: 's' });
    assert.deepEqual(
      told(bench, SIDEBAND),
      UP.slice(1).map(({ type }) => type),
    );
  });

  test('[CTL10] what waited for it is filtered too', () => {
    const bench = new SessionBench({ isClientFiltered: true });
    bench.post({ type: 'upstream.ready' });
    for (const event of UP) bench.post(serverEvent(event));
    bench.controllerOpens();
    assert.equal(told(bench, CLIENT).length, 5);
    assert.ok(!JSON.stringify(bench.toController).includes('Secret'));
  });
});

suite('Realtime WebSocket sessions', () => {
  test('[CTL3] the session is live without media, relays audio as it came, and ends with its client', () => {
    const bench = openSocket();
    const early = Uint8Array.of(1, 2);
    bench.post({ type: 'controller.append', controllerId: CLIENT, bytes: early });
    early.fill(0);
    bench.post({ type: 'upstream.ready' });
    assert.equal(bench.session.describe()['state'], 'live');
    assert.equal(bench.session.deadline(), undefined);
    bench.post({ type: 'controller.append', controllerId: CLIENT, bytes: Uint8Array.of(3) });
    bench.post({ type: 'upstream.delta', bytes: Uint8Array.of(4) });
    bench.post({ type: 'controller.closed', controllerId: CLIENT });
    assert.deepEqual(
      bench.effects.flatMap((effect) =>
        effect.type === 'upstream.relay' || effect.type === 'controller.relay'
          ? [[effect.type, ...effect.bytes]]
          : [],
      ),
      [
        ['upstream.relay', 1, 2],
        ['upstream.relay', 3],
        ['controller.relay', 4],
      ],
    );
    assert.deepEqual(bench.closedReasons, ['client_closed']);
  });

  test('[CTL4] the client owns playout: speech cuts nothing, and formats and clears pass', () => {
    const bench = openSocket();
    bench.post({ type: 'upstream.ready' });
    bench.responseCreated();
    bench.speechStarted();
    const audio = { input: { format: { type: 'audio/pcmu' } } };
    bench.client({ type: 'session.update', session: { type: 'realtime', audio } });
    bench.client({ type: 'output_audio_buffer.clear' });
    assert.deepEqual(bench.toUpstream, [
      { type: 'session.update', session: { type: 'realtime', audio } },
      { type: 'output_audio_buffer.clear' },
    ]);
  });

  test('[CTL5] how the upstream closed its socket is known at the end, which comes at once', () => {
    const bench = openSocket();
    bench.post({ type: 'upstream.ready' });
    const close = { code: 1001, reason: 'Your session hit the maximum duration of 60 minutes.' };
    bench.post({
      type: 'upstream.failed',
      reason: 'session_expired',
      error: { code: 'upstream_lost', message: 'The upstream closed.' },
      close,
    });
    assert.deepEqual(bench.effects.at(-1), {
      type: 'closed',
      reason: 'session_expired',
      upstreamClose: close,
    });
  });

  test('[CTL5] [SES4] a close that comes after the call has begun to end names nothing', () => {
    const bench = SessionBench.live();
    bench.post({ type: 'close', reason: 'server_draining' });
    bench.post({
      type: 'upstream.failed',
      reason: 'upstream_lost',
      error: { code: 'upstream_lost', message: 'The upstream closed.' },
      close: { code: 4_001, reason: 'late' },
    });
    bench.advance(2_000);
    assert.deepEqual(bench.effects.at(-1), {
      type: 'closed',
      reason: 'server_draining',
      upstreamClose: undefined,
    });
  });

  test('[CTL6] more bytes than may wait for the upstream are refused', () => {
    const bench = openSocket();
    const bytes = new Uint8Array(9 * 1024 * 1024);
    bench.post({ type: 'controller.append', controllerId: CLIENT, bytes });
    assert.deepEqual(told(bench, CLIENT), []);
    bench.post({ type: 'controller.append', controllerId: CLIENT, bytes });
    assert.deepEqual(told(bench, CLIENT), ['error']);
  });
});

suite('the session a client starts with', () => {
  test('[CTL7] is set before the first client event, and is what session.created tells', () => {
    const bench = openSocket({ session: { instructions: 'Be brief.' } });
    bench.client({ type: 'input_audio_buffer.clear' });
    bench.post({ type: 'upstream.ready' });
    assert.deepEqual(bench.toUpstream, []);
    bench.post(CREATED);
    assert.deepEqual(
      bench.toUpstream.map((event) => [event['type'], event['session']]),
      [['session.update', { type: 'realtime', instructions: 'Be brief.' }]],
    );
    assert.deepEqual(bench.toController, []);
    const session = { id: 'sess_1', voice: 'a', instructions: 'Be brief.' };
    bench.post(serverEvent({ type: 'session.updated', session }));
    assert.deepEqual(bench.toController, [
      { event_id: 'event_up', type: 'session.created', session },
    ]);
    assert.equal(bench.toUpstream.at(-1)?.['type'], 'input_audio_buffer.clear');
    bench.post(serverEvent({ type: 'session.updated', session }));
    assert.equal(bench.toControllerTypes.at(-1), 'session.updated');
  });

  test('[CTL8] ends the session by name if the upstream refuses it', () => {
    const bench = openSocket({ session: { voice: 'nobody' } });
    bench.post({ type: 'upstream.ready' });
    bench.post(CREATED);
    const eventId = bench.toUpstream[0]?.['event_id'];
    bench.post(
      serverEvent({
        type: 'error',
        error: {
          type: 'invalid_request_error',
          code: 'invalid_value',
          message: 'No.',
          event_id: eventId,
        },
      }),
    );
    const error = bench.toController[0]?.['error'] as Record<string, unknown>;
    assert.equal(error['code'], 'session_refused');
    assert.match(String(error['message']), /invalid_value/);
    assert.deepEqual(bench.closedReasons, ['session_refused']);
  });

  test('[CTL9] an upstream that never confirms it ends the session', () => {
    const bench = openSocket({ session: {} });
    bench.post({ type: 'upstream.ready' });
    bench.post(CREATED);
    bench.advance(15_000);
    assert.deepEqual(bench.closedReasons, ['upstream_unreachable']);
  });
});
