import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SessionBench, serverEvent, someTool, ToolBench } from '../testing/index.ts';

const WEATHER = someTool('weather');

suite('tools of a session', () => {
  test('[TOL1] the first update has the tools of the session and of the agent', () => {
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const tools = [someTool('weather', { parameters })];
    const initialSession = {
      type: 'realtime' as const,
      instructions: 'Be brief.',
      tools: [
        { type: 'function' as const, name: 'weather', description: 'Not this one.' },
        { type: 'function' as const, name: 'paint' },
      ],
    };
    const own = { type: 'function', name: 'weather', description: 'Does weather.', parameters };
    for (const [options, expected] of [
      [{ initialSession }, { ...initialSession, tools: [initialSession.tools[1], own] }],
      [{}, { type: 'realtime', tools: [own] }],
    ] as const) {
      const bench = SessionBench.live({ audio: 'socket', tools, ...options });
      bench.post(serverEvent({ type: 'session.created', session: { id: 'sess_up' } }));
      assert.deepEqual(
        bench.toUpstream.map(({ type, session }) => [type, session]),
        [['session.update', expected]],
      );
    }
    const transcription = { type: 'transcription' as const };
    const bench = SessionBench.live({ tools, initialSession: transcription });
    bench.post(serverEvent({ type: 'session.created', session: { id: 'sess_up' } }));
    assert.deepEqual(bench.toUpstream[0]?.['session'], transcription);
  });

  test('[TOL17] a controller that sets tools adds to those of the agent, and replaces none', () => {
    const tools = new ToolBench([WEATHER]);
    const own = {
      type: 'function',
      name: 'weather',
      description: 'Does weather.',
      parameters: { type: 'object' },
    };
    const paint = { type: 'function', name: 'paint' };
    const update = (session: object): unknown => {
      tools.bench.effects.length = 0;
      tools.bench.client({ type: 'session.update', session });
      return tools.bench.toUpstream[0]?.['session'];
    };
    const forged = { type: 'function', name: 'weather', description: 'Mine.' };
    assert.deepEqual(update({ type: 'realtime', tools: [paint, forged] }), {
      type: 'realtime',
      tools: [paint, own],
    });
    assert.deepEqual(update({ type: 'realtime', tools: [] }), { type: 'realtime', tools: [own] });
    assert.deepEqual(update({ type: 'realtime', tools: [7] }), {
      type: 'realtime',
      tools: [7, own],
    });
    assert.deepEqual(update({ type: 'realtime', instructions: 'x' }), {
      type: 'realtime',
      instructions: 'x',
    });
  });

  test('[TOL2] [TOL14] a finished call runs, and its result is its one output', () => {
    const tools = new ToolBench([WEATHER]);
    tools.responseCreated();
    tools.bench.nowMs = 1_000;
    tools.calls('weather', 'call_1', { args: '{ "city": "Oslo" }' });
    assert.deepEqual(tools.runs, [
      {
        type: 'tool.call',
        callId: 'call_1',
        tool: 'weather',
        argumentsJson: '{ "city": "Oslo" }',
        deadlineAtMs: 6_000,
      },
    ]);
    tools.responseDone();
    tools.bench.nowMs = 1_400;
    tools.result('call_1', '{"sky":"clear"}');
    assert.deepEqual(tools.outputs, [['call_1', '{"sky":"clear"}']]);
    assert.deepEqual(tools.creates, ['plain']);
    assert.deepEqual(
      tools.bench.facts.filter(({ type }) => type.startsWith('tool.')),
      [
        { type: 'tool.called', tool: 'weather', toolCallId: 'call_1' },
        {
          type: 'tool.finished',
          responseId: 'resp_1',
          tool: 'weather',
          toolCallId: 'call_1',
          outcome: 'answered',
          durationMs: 400,
        },
      ],
    );
    assert.deepEqual(tools.bench.session.describe()['toolEnds'], { answered: 1 });
  });

  test('[TOL2] a call of which only the end of its response tells runs too', () => {
    const tools = new ToolBench([WEATHER]);
    tools.responseCreated();
    const call = { id: 'i', type: 'function_call', name: 'weather', arguments: '' };
    const output = [
      { ...call, call_id: 'call_1', status: 'completed' },
      { ...call, call_id: 'call_2', status: 'incomplete' },
      null,
    ];
    const response = { id: 'resp_1', status: 'completed', output };
    tools.bench.post(serverEvent({ type: 'response.done', response }));
    assert.deepEqual(
      tools.runs.map(({ callId }) => callId),
      ['call_1'],
    );
  });

  test('[TOL3] the model goes on once for all calls of a response, in whatever order they end', () => {
    const tools = new ToolBench([WEATHER, someTool('time')]);
    tools.responseCreated();
    tools.calls('weather', 'call_1');
    tools.result('call_1', 'one');
    tools.calls('time', 'call_2');
    tools.calls('weather', 'call_3');
    tools.result('call_3', 'three');
    assert.deepEqual(tools.creates, []);
    tools.responseDone();
    assert.deepEqual(tools.creates, []);
    tools.result('call_2', 'two');
    assert.deepEqual(tools.creates, ['plain']);
    assert.deepEqual(
      tools.outputs.map(([id]) => id),
      ['call_1', 'call_3', 'call_2'],
    );
  });

  test('[TOL3] results that are there before the response is done wait for it', () => {
    const tools = new ToolBench([WEATHER]);
    tools.responseCreated();
    tools.calls('weather', 'call_1');
    tools.result('call_1');
    assert.equal(tools.outputs.length, 1);
    assert.deepEqual(tools.creates, []);
    tools.responseDone();
    assert.deepEqual(tools.creates, ['plain']);
  });

  test('[TOL4] an active response is waited for, and the user is never talked over', () => {
    const tools = new ToolBench([WEATHER]);
    tools.turn('weather', 'call_1');
    tools.responseCreated('resp_2');
    tools.result('call_1');
    assert.deepEqual(tools.creates, []);
    tools.responseDone('resp_2');
    assert.deepEqual(tools.creates, ['plain']);
    tools.speaks('resp_3');

    tools.turn('weather', 'call_2');
    tools.bench.speechStarted();
    tools.result('call_2');
    tools.outputsAdded();
    assert.deepEqual(tools.creates, ['plain']);
    // The response to the turn has seen the result.
    tools.bench.post(
      serverEvent({ type: 'input_audio_buffer.speech_stopped', item_id: 'u', audio_end_ms: 9 }),
    );
    tools.speaks('resp_4');
    tools.bench.advance(20_000);
    assert.deepEqual(tools.creates, ['plain']);
  });

  test('[TOL4] a response to the turn that began before the result was there is no answer to it', () => {
    const tools = new ToolBench([WEATHER]);
    tools.turn('weather', 'call_1');
    tools.bench.speechStarted();
    tools.bench.post(
      serverEvent({ type: 'input_audio_buffer.speech_stopped', item_id: 'u', audio_end_ms: 9 }),
    );
    tools.result('call_1');
    tools.responseCreated('resp_2');
    tools.outputsAdded();
    tools.responseDone('resp_2');
    assert.deepEqual(tools.creates, ['plain']);
  });

  test('[TOL4] a result that the upstream refuses is waited for no longer', () => {
    const tools = new ToolBench([WEATHER]);
    tools.turn('weather', 'call_1');
    tools.bench.speechStarted();
    tools.result('call_1');
    const output = tools.bench.toUpstream.at(-1);
    const error = { type: 'x', code: 'no_such_call', message: 'x', event_id: output?.['event_id'] };
    tools.bench.post(serverEvent({ type: 'error', error }));
    assert.deepEqual(tools.errors, []);
    tools.bench.post(
      serverEvent({ type: 'input_audio_buffer.speech_stopped', item_id: 'u', audio_end_ms: 9 }),
    );
    tools.speaks('resp_2');
    assert.deepEqual(tools.creates, []);
  });

  test('[TOL5] a call id runs once, and has one output', () => {
    const tools = new ToolBench([WEATHER]);
    tools.responseCreated();
    tools.calls('weather', 'call_1');
    tools.calls('weather', 'call_1', { args: '{"city":"Rome"}' });
    tools.result('call_1', 'one');
    tools.calls('weather', 'call_1');
    tools.result('call_1', 'another');
    tools.responseDone();
    assert.equal(tools.runs.length, 1);
    assert.deepEqual(tools.outputs, [['call_1', 'one']]);
    assert.deepEqual(tools.creates, ['plain']);
    const { toolDuplicateCalls, toolLateResults } = tools.bench.session.describe();
    assert.deepEqual([toolDuplicateCalls, toolLateResults], [2, 1]);
  });

  test('[TOL6] a call that takes too long is stopped, and what comes later is dropped', () => {
    const tools = new ToolBench([WEATHER]);
    tools.turn('weather', 'call_1');
    tools.bench.advance(4_999);
    assert.deepEqual(tools.outputs, []);
    tools.bench.advance(1);
    assert.deepEqual(tools.aborts, ['call_1']);
    assert.equal(tools.errorOf('call_1'), 'tool_timeout');
    assert.deepEqual(tools.creates, ['plain']);
    tools.result('call_1', 'too late');
    assert.equal(tools.outputs.length, 1);
    assert.deepEqual(tools.ends, ['call_1 timed_out']);
    assert.equal(tools.bench.session.describe()['toolLateResults'], 1);
  });

  test('[TOL7] a call that fails is answered with why', () => {
    const tools = new ToolBench([WEATHER]);
    tools.turn('weather', 'call_1');
    const message = 'The server is away.';
    tools.outcome('call_1', { type: 'failed', code: 'mcp_server_unavailable', message });
    assert.deepEqual(tools.outputOf('call_1'), {
      error: { code: 'mcp_server_unavailable', message },
    });
    assert.deepEqual(tools.creates, ['plain']);
    assert.deepEqual(tools.ends, ['call_1 failed']);
  });

  test('[TOL8] arguments that are none, or do not fit, run nothing and say where', () => {
    const check = (args: unknown) =>
      JSON.stringify(args) === '{}' ? undefined : { path: '/city', message: 'must be a string' };
    const tools = new ToolBench([someTool('weather', { check })]);
    tools.responseCreated();
    const nested = `{"a":${'['.repeat(70)}${']'.repeat(70)}}`;
    for (const [callId, args, path] of [
      ['call_1', '{"city":', ''],
      ['call_2', '[]', ''],
      ['call_3', '"Oslo"', ''],
      ['call_4', nested, ''],
      ['call_5', `{"a":"${'x'.repeat(65_536)}"}`, ''],
      ['call_6', '{"city":7}', '/city'],
    ] as const) {
      tools.calls('weather', callId, { args });
      const error = tools.outputOf(callId)['error'] as Record<string, unknown>;
      assert.deepEqual([error['code'], error['path']], ['invalid_arguments', path], callId);
    }
    assert.match(String(tools.outputs[5]?.[1]), /\/city: must be a string/);
    assert.deepEqual(tools.runs, []);
    tools.calls('weather', 'call_7', { args: '' });
    assert.equal(tools.runs.length, 1);
  });

  test('[TOL9] a function that nobody was told of is answered, one that a client brought is not', () => {
    const tools = new ToolBench([WEATHER]);
    tools.sessionIs(['weather', 'paint']);
    tools.bench.client({
      type: 'response.create',
      response: { tools: [{ type: 'function', name: 'sing' }] },
    });
    tools.responseCreated();
    tools.calls('paint', 'call_1');
    tools.calls('sing', 'call_2');
    tools.calls('fly', 'call_3');
    assert.deepEqual(
      tools.outputs.map(([id]) => id),
      ['call_3'],
    );
    assert.equal(tools.errorOf('call_3'), 'unknown_tool');
    tools.responseDone();
    assert.deepEqual(tools.ends, ['call_3 unknown_tool']);
    // What the model makes up may be anything that was said.
    assert.doesNotMatch(JSON.stringify(tools.bench.facts), /fly/);
  });

  test('[TOL10] a long result is cut between characters and says so', () => {
    const tools = new ToolBench([someTool('weather', { resultBytesMax: 100 })]);
    for (const [callId, text] of [
      ['call_1', 'é'.repeat(50)],
      ['call_2', 'é'.repeat(51)],
      ['call_3', '👍'.repeat(26)],
      ['call_4', 'a'.repeat(1_000_000)],
    ] as const) {
      tools.turn('weather', callId);
      tools.result(callId, text);
      tools.speaks(`resp_after_${callId}`);
    }
    const [exact, ...cut] = tools.outputs.map(([, text]) => text);
    assert.equal(exact, 'é'.repeat(50));
    for (const text of cut) {
      assert.match(text, /^(é|👍|a)+\n\[cut: the result is longer than 100 bytes\]$/u);
      assert.ok(new TextEncoder().encode(text).length <= 100);
      assert.ok(new TextEncoder().encode(text).length > 96);
    }
  });

  test('[TOL11] beyond sixteen at the same time a call does not run', () => {
    const tools = new ToolBench([WEATHER]);
    tools.responseCreated();
    for (let count = 1; count <= 17; count += 1) tools.calls('weather', `call_${count}`);
    assert.equal(tools.runs.length, 16);
    assert.deepEqual(tools.ends, ['call_17 refused']);
    assert.equal(tools.errorOf('call_17'), 'tool_limit_reached');
    tools.result('call_1');
    tools.calls('weather', 'call_18');
    assert.equal(tools.runs.length, 17);
  });

  test('[TOL12] the end of the session stops what runs, and nothing is sent any more', () => {
    const tools = new ToolBench([WEATHER, someTool('screen', { runsAt: 'client' })]);
    tools.responseCreated();
    tools.calls('weather', 'call_1');
    tools.calls('screen', 'call_2');
    tools.bench.post({ type: 'close', reason: 'client_hangup' });
    assert.deepEqual(tools.aborts, ['call_1']);
    tools.result('call_1');
    tools.bench.advance(60_000);
    assert.deepEqual(tools.outputs, []);
    assert.deepEqual(tools.creates, []);
    assert.deepEqual(tools.ends, ['call_1 aborted', 'call_2 aborted']);
  });

  test('[TOL13] a call outside of the conversation is not answered', () => {
    const tools = new ToolBench([WEATHER]);
    tools.responseCreated('resp_o', { conversation_id: null });
    tools.calls('weather', 'call_1', { responseId: 'resp_o' });
    tools.responseDone('resp_o');
    assert.deepEqual(tools.runs, []);
    assert.deepEqual(tools.outputs, []);
  });

  test('[TOL15] what Prism asked for itself is nobody’s to hear of, refused or dropped', () => {
    const tools = new ToolBench([WEATHER]);
    tools.turn('weather', 'call_1');
    tools.result('call_1');
    const create = tools.bench.toUpstream.find((event) => event['type'] === 'response.create');
    const error = {
      type: 'server_error',
      code: 'odd',
      message: 'x',
      event_id: create?.['event_id'],
    };
    tools.bench.post(serverEvent({ type: 'error', error }));
    assert.deepEqual(tools.errors, []);
    assert.ok(
      tools.bench.facts.some(
        (fact) => fact.type === 'upstream.own_event_refused' && fact.code === 'odd',
      ),
    );
    tools.responseCreated('resp_2');
    tools.turn('weather', 'call_2');
    tools.result('call_2');
    tools.bench.client({ type: 'response.cancel' });
    tools.responseDone('resp_2', 'cancelled');
    assert.deepEqual(tools.errors, []);
    assert.deepEqual(tools.creates, ['plain']);
  });
});
