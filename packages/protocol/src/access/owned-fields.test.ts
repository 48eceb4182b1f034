import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { SessionConfig } from '../realtime/session-config.ts';
import { ownedFieldsOf } from './owned-fields.ts';

suite('owned fields', () => {
  test('[ACC1] what a session sets is owned: audio member by member, everything else whole', () => {
    const session: SessionConfig = {
      type: 'realtime',
      model: 'm',
      instructions: 'Be brief.',
      tools: [{ type: 'function', name: 'f', parameters: { type: 'object' } }],
      audio: {
        input: {
          turn_detection: { type: 'server_vad', threshold: 0.5 },
          transcription: { model: 't' },
        },
        output: { voice: { id: 'v' }, speed: undefined },
      },
      x_unknown: { a: 1 },
    };
    assert.deepEqual(ownedFieldsOf(session), [
      'audio.input.transcription',
      'audio.input.turn_detection',
      'audio.output.voice',
      'instructions',
      'model',
      'tools',
      'x_unknown',
    ]);
  });

  test('[ACC1] what is set to null is owned, what is not set is not', () => {
    const session: SessionConfig = {
      type: 'realtime',
      audio: { input: { noise_reduction: null, turn_detection: null }, output: {} },
    };
    assert.deepEqual(ownedFieldsOf(session), [
      'audio.input.noise_reduction',
      'audio.input.turn_detection',
    ]);
    assert.deepEqual(ownedFieldsOf({ type: 'realtime', audio: {} }), []);
    assert.deepEqual(ownedFieldsOf({ type: 'realtime' }, undefined), []);
    assert.deepEqual(ownedFieldsOf(), []);
  });

  test('[ACC1] of several layers each path is owned once', () => {
    assert.deepEqual(
      ownedFieldsOf(
        { type: 'realtime', instructions: 'a', audio: { output: { voice: 'v' } } },
        { type: 'realtime', instructions: 'b', audio: { output: { voice: 'w', speed: 1 } } },
        { type: 'transcription', audio: { input: { format: { type: 'audio/pcm' } } } },
      ),
      ['audio.input.format', 'audio.output.speed', 'audio.output.voice', 'instructions'],
    );
  });
});
