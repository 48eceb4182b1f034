import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { AGENT, CLIENT, functionCall, live, texts } from '../testing/policy-bench.ts';
import { serverEvent } from '../testing/session-bench.ts';

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
