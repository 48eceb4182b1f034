import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';
import type { RealtimeSessionObject } from '../wire/session-object.ts';

function opened(
  options: ConstructorParameters<typeof ConversationBench>[0] = {},
): ConversationBench {
  const bench = new ConversationBench(options).open();
  bench.take();
  return bench;
}

function updated(bench: ConversationBench): RealtimeSessionObject {
  const { session } = bench.last('session.updated');
  assert.ok(session.type === 'realtime');
  return session;
}

function lastError(bench: ConversationBench): readonly (string | null)[] {
  const { code, param, event_id } = bench.last('error').error;
  return [code, param, event_id];
}

test('[ENG20] an update changes what it names, clears by null and answers with the whole session', () => {
  const bench = opened();
  bench.update({
    instructions: 'Be brief.',
    audio: {
      input: { transcription: { model: 'whisper-1' }, noise_reduction: { type: 'near_field' } },
      output: { voice: 'cedar', speed: 1.2 },
    },
  });
  const first = updated(bench);
  assert.equal(first.instructions, 'Be brief.');
  assert.deepEqual(first.audio.input.transcription, {
    model: 'whisper-1',
    language: null,
    prompt: null,
  });
  assert.deepEqual(first.audio.input.noise_reduction, { type: 'near_field' });
  assert.deepEqual([first.audio.output.voice, first.audio.output.speed], ['cedar', 1.2]);
  bench.update({ audio: { input: { noise_reduction: null, transcription: { language: 'en' } } } });
  const second = updated(bench);
  assert.equal(second.audio.input.noise_reduction, null);
  assert.deepEqual(second.audio.input.transcription, {
    model: 'whisper-1',
    language: 'en',
    prompt: null,
  });
  assert.equal(second.instructions, 'Be brief.');
  assert.equal(second.audio.output.voice, 'cedar');
  assert.equal(bench.eventsOf('error').length, 0);
});

test('[ENG20] turn detection keeps its members, fills in defaults and can be switched off', () => {
  const bench = opened();
  bench.update({ audio: { input: { turn_detection: { type: 'server_vad', threshold: 0.7 } } } });
  bench.update({
    audio: { input: { turn_detection: { type: 'server_vad', create_response: false } } },
  });
  assert.deepEqual(updated(bench).audio.input.turn_detection, {
    type: 'server_vad',
    threshold: 0.7,
    prefix_padding_ms: 300,
    silence_duration_ms: 500,
    idle_timeout_ms: null,
    create_response: false,
    interrupt_response: true,
  });
  const idle = (idle_timeout_ms?: number | null): unknown => {
    const members = idle_timeout_ms === undefined ? {} : { idle_timeout_ms };
    bench.update({ audio: { input: { turn_detection: { type: 'server_vad', ...members } } } });
    const { turn_detection } = updated(bench).audio.input;
    return turn_detection?.type === 'server_vad' && turn_detection.idle_timeout_ms;
  };
  assert.deepEqual([idle(6_000), idle(), idle(null)], [6_000, 6_000, null]);
  bench.update({ audio: { input: { turn_detection: { type: 'semantic_vad' } } } });
  assert.deepEqual(updated(bench).audio.input.turn_detection, {
    type: 'semantic_vad',
    eagerness: 'auto',
    create_response: true,
    interrupt_response: true,
  });
  bench.update({ audio: { input: { turn_detection: null } } });
  assert.equal(updated(bench).audio.input.turn_detection, null);
});

test('[ENG20] every GA field is accepted and echoed', () => {
  const bench = opened();
  const session = {
    model: 'gpt-realtime-2.1',
    output_modalities: ['text'],
    instructions: '',
    tools: [{ type: 'function', name: 'f', description: 'd', parameters: { type: 'object' } }],
    tool_choice: { type: 'function', name: 'f' },
    parallel_tool_calls: true,
    reasoning: { effort: 'low' },
    max_output_tokens: 4_096,
    truncation: { type: 'retention_ratio', retention_ratio: 0.5 },
    tracing: 'auto',
    prompt: { id: 'pmpt_1' },
    include: ['item.input_audio_transcription.logprobs'],
    audio: {
      input: { format: { type: 'audio/pcmu' } },
      output: { format: { type: 'audio/pcma' }, voice: { id: 'voice_1' }, speed: 0.25 },
    },
  };
  bench.update(session);
  const echo = updated(bench);
  const { audio, ...plain } = session;
  for (const [name, value] of Object.entries(plain)) {
    assert.deepEqual(echo[name as keyof RealtimeSessionObject], value, name);
  }
  assert.deepEqual(echo.audio.output, audio.output);
  assert.deepEqual(echo.audio.input.format, audio.input.format);
});

test('[ENG21] an update with one refused field changes nothing', () => {
  const bench = opened();
  bench.send({
    type: 'session.update',
    event_id: 'mine',
    session: { type: 'realtime', instructions: 'New.', audio: { output: { voice: 'darth' } } },
  });
  assert.deepEqual(lastError(bench), ['invalid_value', 'session.audio.output.voice', 'mine']);
  bench.update({});
  assert.equal(updated(bench).instructions, 'Be kind.');
});

test('[ENG22] the voice is fixed once there is assistant audio, and the same voice is no change', () => {
  const bench = opened();
  bench.update({ audio: { output: { voice: 'ash' } } });
  bench.type('hi').respond().speak();
  bench.update({ audio: { output: { voice: 'ash' } }, instructions: 'Same voice.' });
  assert.equal(updated(bench).instructions, 'Same voice.');
  bench.update({ audio: { output: { voice: 'echo' } } });
  assert.deepEqual(lastError(bench), ['cannot_update_voice', 'session.audio.output.voice', null]);
  bench.update({ audio: { output: { format: { type: 'audio/pcmu' } } } });
  assert.deepEqual(lastError(bench), ['invalid_value', 'session.audio.output.format', null]);
});

test('[ENG22] the input format is fixed once audio was appended, tracing once it is on', () => {
  const bench = opened();
  bench.append(100).update({ audio: { input: { format: { type: 'audio/pcmu' } } } });
  assert.deepEqual(lastError(bench), ['invalid_value', 'session.audio.input.format', null]);
  bench.update({ tracing: 'auto' }).update({ tracing: null });
  assert.deepEqual(lastError(bench), ['invalid_value', 'session.tracing', null]);
});

test('[ENG22] a model in an update is read and changes nothing', () => {
  const bench = opened();
  bench.update({ model: 'gpt-realtime' });
  assert.equal(updated(bench).model, 'gpt-realtime-2.1');
});

test('[ENG23] a transcription session hears, transcribes and never answers', () => {
  const bench = new ConversationBench({ type: 'transcription' }).open();
  const [created] = bench.take();
  assert.ok(created?.type === 'session.created');
  assert.deepEqual(Object.keys(created.session), [
    'type',
    'object',
    'id',
    'expires_at',
    'audio',
    'include',
  ]);
  assert.equal(created.session.object, 'realtime.transcription_session');
  assert.deepEqual(Object.keys(created.session.audio), ['input']);
  bench.send({
    type: 'session.update',
    session: {
      type: 'transcription',
      audio: { input: { transcription: { model: 'gpt-4o-transcribe', language: 'en' } } },
    },
  });
  bench.take();
  bench.say('hello');
  assert.deepEqual(bench.takeTypes(), [
    'input_audio_buffer.speech_started',
    'input_audio_buffer.speech_stopped',
    'input_audio_buffer.committed',
    'conversation.item.added',
    'conversation.item.done',
    'conversation.item.input_audio_transcription.delta',
    'conversation.item.input_audio_transcription.completed',
  ]);
  bench.respond();
  assert.equal(bench.last('error').error.code, 'invalid_event');
  assert.equal(bench.eventsOf('response.created').length, 0);
});

test('[ENG23] the type of a session cannot be changed', () => {
  const bench = opened();
  bench.send({ type: 'session.update', session: { type: 'transcription' } });
  assert.deepEqual(lastError(bench), ['invalid_value', 'session.type', null]);
});

test('[ENG25] the secrets of an MCP server are not echoed', () => {
  const bench = opened();
  bench.update({
    tools: [
      {
        type: 'mcp',
        server_label: 'files',
        server_url: 'https://example.com',
        authorization: 'secret',
        headers: { 'x-key': 'secret' },
      },
    ],
  });
  assert.deepEqual(updated(bench).tools, [
    { type: 'mcp', server_label: 'files', server_url: 'https://example.com' },
  ]);
  assert.doesNotMatch(JSON.stringify(bench.events()), /secret/);
});

test('[ENG12] without a voice a session answers in text, whatever it is asked for', () => {
  const bench = opened({ canSpeak: false });
  bench.update({ output_modalities: ['audio'] });
  assert.deepEqual(updated(bench).output_modalities, ['text']);
  bench.type('hi').respond({ output_modalities: ['audio'] });
  const { response } = bench.last('response.done');
  assert.deepEqual(response.output_modalities, ['text']);
  assert.equal(response.status, 'completed');
  assert.equal(bench.effectsOf('voice_speak').length, 0);
});

test('[ENG12] without ears committed audio fails to be transcribed, and is answered all the same', () => {
  const bench = opened({ canHear: false });
  bench.update({ audio: { input: { transcription: { model: 'whisper-1' } } } });
  bench.append(500).send({ type: 'input_audio_buffer.commit' }).respond();
  const failed = bench.last('conversation.item.input_audio_transcription.failed');
  assert.equal(failed.error.code, 'transcription_failed');
  assert.equal(bench.brain.requests.at(-1)?.canHear, false);
  assert.equal(bench.eventsOf('response.created').length, 1);
  assert.ok(bench.effects.every(({ type }) => !type.startsWith('ear_')));
});

test('[ENG26] the ears get a new grammar when the tools change', () => {
  const bench = opened();
  bench.update({ tools: [{ type: 'function', name: 'dance' }] });
  const grammars = bench.effectsOf('ear_grammar');
  assert.equal(grammars.length, 2);
  assert.match(grammars[1]?.grammar.jsgf ?? '', /dance/);
});
