import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isAudioAppend } from './audio-append.ts';

const ROUND = ['AAAA', 'A'.repeat(20_000), ''];

test('[WIR7] an append is known without parsing, as clients write it', () => {
  for (const audio of ROUND) {
    for (const event of [
      { type: 'input_audio_buffer.append', audio },
      { event_id: 'event_1', type: 'input_audio_buffer.append', audio },
      { type: 'input_audio_buffer.append', event_id: 'event_1', audio },
      { type: 'input_audio_buffer.append', audio, event_id: 'event_1' },
    ]) {
      assert.ok(
        isAudioAppend(Buffer.from(JSON.stringify(event))),
        JSON.stringify(event).slice(0, 99),
      );
      assert.ok(isAudioAppend(Buffer.from(JSON.stringify(event, undefined, 1))));
    }
  }
});

test('[WIR7] whatever is or hides something else is left to the ordinary reader', () => {
  for (const text of [
    '',
    '{"type":"input_audio_buffer.commit"}',
    '{"type":"session.update","audio":"x"}',
    '{"type":"input_audio_buffer.append"}',
    '{"type":"input_audio_buffer.append","audio":"AAAA","type":"session.update"}',
    '{"type":"input_audio_buffer.append","audio":"AA\\","type":"session.update","x":"A"}',
    '{"type":"input_audio_buffer.append","audio":"AAAA"}{"type":"session.update"}',
    '{"event_id":"\\","type":"input_audio_buffer.append","audio":"AAAA"}',
    '{"type":"input_audio_buffer.append","audio":"AAAA',
    '{"type":"input_audio_buffer.append","audio":"AAAA","more":{"type":"x"}}',
  ]) {
    assert.equal(isAudioAppend(Buffer.from(text)), false, text);
  }
});
