import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { mergeSessionConfig } from './merge-session-config.ts';
import { readSessionConfig } from './read-session-config.ts';
import type { SessionConfig } from './session-config.ts';
import { type ResolvedSession, resolveSession } from './session-defaults.ts';

/** The session that asks for nothing, as it is shown (also the engine's). */
const DEFAULTS = JSON.parse(
  readFileSync(new URL('../../../../spec/vectors/session-defaults.json', import.meta.url), 'utf8'),
) as Record<string, unknown>;

const IDENTITY = { id: 'sess_1', model: 'gpt-realtime-2.1', expiresAtS: 0 };

function sessionOf(value: unknown): SessionConfig {
  const read = readSessionConfig(value, 'session');
  assert.ok(read.isValid, JSON.stringify(read));
  return read.session;
}

function resolve(value: unknown, model = IDENTITY.model): ResolvedSession {
  return resolveSession(sessionOf(value), { ...IDENTITY, model });
}

suite('defaults of a session', () => {
  test('[SCR2] a session that asks for nothing is shown complete, in the recorded order', () => {
    // Compared as text, since the order of members counts.
    assert.equal(
      JSON.stringify(resolve({ type: 'realtime', instructions: DEFAULTS['instructions'] })),
      JSON.stringify({ ...DEFAULTS, id: IDENTITY.id }),
    );
  });

  test('[SCR2] what is asked for keeps its place, and what is unknown follows', () => {
    const session = resolve({
      type: 'realtime',
      audio: {
        output: { voice: 'cedar', timbre: 'warm' },
        input: {
          transcription: { language: 'fr', model: 'whisper-1' },
          turn_detection: { type: 'semantic_vad', eagerness: 'low' },
        },
      },
      reasoning: { effort: 'low' },
      include: ['item.input_audio_transcription.logprobs'],
      instructions: 'Be brief.',
      expires_at: 7,
      id: 'sess_of_the_client',
    });
    assert.deepEqual(Object.keys(session).slice(-3), ['audio', 'include', 'reasoning']);
    assert.deepEqual([session.id, session.expires_at], ['sess_1', 0]);
    assert.equal(session['instructions'], 'Be brief.');
    assert.deepEqual(session['audio'], {
      input: {
        format: { type: 'audio/pcm', rate: 24_000 },
        transcription: { model: 'whisper-1', language: 'fr', prompt: null },
        noise_reduction: null,
        turn_detection: {
          type: 'semantic_vad',
          eagerness: 'low',
          create_response: true,
          interrupt_response: true,
        },
      },
      output: {
        format: { type: 'audio/pcm', rate: 24_000 },
        voice: 'cedar',
        speed: 1,
        timbre: 'warm',
      },
    });
  });

  test('[SCR2] voice and silence follow the model', () => {
    const heard = (model: string): unknown => {
      const { audio } = resolve({ type: 'realtime' }, model) as {
        audio?: {
          input: { turn_detection: { silence_duration_ms: number } };
          output: { voice: string };
        };
      };
      return [audio?.output.voice, audio?.input.turn_detection.silence_duration_ms];
    };
    for (const model of ['gpt-realtime', 'gpt-realtime-2025-08-28', 'gpt-4o-realtime-preview'])
      assert.deepEqual(heard(model), ['alloy', 200], model);
    for (const model of ['gpt-realtime-2.1', 'gpt-realtime-2.1-mini', 'my-deployment'])
      assert.deepEqual(heard(model), ['marin', 500], model);
  });

  test('[SCR2] turn detection that is switched off stays off', () => {
    const session = resolve({ type: 'realtime', audio: { input: { turn_detection: null } } });
    assert.match(JSON.stringify(session), /"turn_detection":null/);
  });

  test('[SCR2] a transcription session has no answers to configure', () => {
    const session = resolve({
      type: 'transcription',
      audio: { input: { format: { type: 'audio/pcmu' }, transcription: { model: 'whisper-1' } } },
    });
    assert.deepEqual(Object.keys(session), [
      'type',
      'object',
      'id',
      'expires_at',
      'audio',
      'include',
    ]);
    assert.equal(session.object, 'realtime.transcription_session');
    assert.deepEqual(Object.keys(session['audio'] ?? {}), ['input']);
    assert.match(JSON.stringify(session), /"format":\{"type":"audio\/pcmu"\}/);
  });

  test('[SCR3] what an MCP tool authenticates with is not shown', () => {
    const session = resolve({
      type: 'realtime',
      tools: [
        { type: 'function', name: 'f', parameters: {} },
        {
          type: 'mcp',
          server_label: 'shop',
          authorization: 'token-1',
          headers: { 'x-key': 'token-2' },
        },
      ],
    });
    assert.doesNotMatch(JSON.stringify(session), /token-/);
    assert.deepEqual(session['tools'], [
      { type: 'function', name: 'f', parameters: {} },
      { type: 'mcp', server_label: 'shop' },
    ]);
  });
});

suite('session objects in requests', () => {
  test('[SCR4] a wrong member is named by its path', () => {
    const paramOf = (value: unknown): string | undefined => {
      const read = readSessionConfig(value, 'session');
      assert.ok(!read.isValid);
      assert.equal(read.error.code, 'invalid_session');
      return read.error.param;
    };
    assert.equal(
      paramOf({ type: 'realtime', audio: { output: { speed: 9 } } }),
      'session.audio.output.speed',
    );
    assert.equal(
      paramOf({ type: 'transcription', audio: { input: { turn_detection: { type: 'magic' } } } }),
      'session.audio.input.turn_detection.type',
    );
    assert.equal(paramOf({ instructions: 'no type' }), 'session.type');
    assert.equal(paramOf('text'), 'session');
  });

  test('[HTP11] one session laid over another changes what it names', () => {
    const base = sessionOf({
      type: 'realtime',
      model: 'm',
      instructions: 'Bound.',
      tools: [{ type: 'function', name: 'f' }],
      tool_choice: { type: 'mcp', server_label: 'a', name: 'x' },
      audio: {
        input: {
          noise_reduction: { type: 'near_field' },
          transcription: { model: 'whisper-1', language: 'fr' },
          turn_detection: { type: 'server_vad', threshold: 0.9 },
        },
        output: { voice: 'cedar', speed: 1.2 },
      },
    });
    const over = sessionOf({
      type: 'realtime',
      tools: [],
      tool_choice: { type: 'mcp', server_label: 'b' },
      audio: {
        input: {
          noise_reduction: null,
          transcription: { language: 'en' },
          turn_detection: { type: 'semantic_vad' },
        },
        output: { speed: 1 },
      },
    });
    assert.deepEqual(mergeSessionConfig(base, over), {
      type: 'realtime',
      model: 'm',
      instructions: 'Bound.',
      tools: [],
      tool_choice: { type: 'mcp', server_label: 'b' },
      audio: {
        input: {
          noise_reduction: null,
          transcription: { model: 'whisper-1', language: 'en' },
          turn_detection: { type: 'semantic_vad' },
        },
        output: { voice: 'cedar', speed: 1 },
      },
    });
  });

  test('[HTP11] a session of another type takes the place of the bound one', () => {
    const realtime = sessionOf({ type: 'realtime', instructions: 'Bound.' });
    const transcription = sessionOf({
      type: 'transcription',
      audio: { input: { turn_detection: null } },
    });
    assert.deepEqual(mergeSessionConfig(realtime, transcription), transcription);
    assert.deepEqual(mergeSessionConfig(transcription, transcription), transcription);
  });
});
