import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { measureAudioDelta, PcmScratch, readAudioDelta } from './audio-delta.ts';

function message(fields: Record<string, unknown>): Buffer {
  return Buffer.from(JSON.stringify(fields));
}

const FIELDS = {
  response_id: 'resp_1',
  item_id: 'item_"quoted"',
  output_index: 0,
  content_index: 2,
};

suite('audio deltas', () => {
  const scratch = new PcmScratch();

  test('[WIR4] gives the same samples as parsing', () => {
    fc.assert(
      fc.property(fc.int16Array({ maxLength: 2_000 }), (pcm) => {
        const delta = Buffer.from(pcm.buffer).toString('base64');
        const read = readAudioDelta(
          message({ type: 'response.output_audio.delta', event_id: 'e', ...FIELDS, delta }),
          scratch,
        );
        assert.deepEqual(read, {
          source: { responseId: 'resp_1', itemId: 'item_"quoted"', contentIndex: 2 },
          pcm,
        });
      }),
      { seed: 20_261_123 },
    );
  });

  test('[WIR4] the order of the fields does not matter', () => {
    const delta = Buffer.from(Int16Array.of(1, -2).buffer).toString('base64');
    const read = readAudioDelta(
      message({ event_id: 'e', type: 'response.output_audio.delta', delta, ...FIELDS }),
      scratch,
    );
    assert.deepEqual([...(read?.pcm ?? [])], [1, -2]);
  });

  test('[WIR4] other events and odd shapes are left alone', () => {
    const texts = [
      '{"type":"response.output_text.delta","delta":"response.output_audio.delta"}',
      '{"type":"response.output_audio.delta","response_id":"r"}',
      '{"type":"response.output_audio.delta","delta":"AAAA"}',
      '{"type":"response.output_audio.delta","response_id":"r","item_id":"i","content_index":0,"delta":"AAAA"',
      '{"type":"conversation.item.done","x":{"type":"response.output_audio.delta"},"delta":"AA"}',
      '',
    ];
    for (const text of texts)
      assert.equal(readAudioDelta(Buffer.from(text), scratch), undefined, text);
  });

  test('[PAC1] the length of its audio is told without decoding it', () => {
    for (let audioBytes = 0; audioBytes < 20; audioBytes += 1) {
      const delta = Buffer.alloc(audioBytes).toString('base64');
      const text = message({ type: 'response.output_audio.delta', ...FIELDS, delta });
      const expected = { responseId: 'resp_1', itemId: FIELDS.item_id, audioBytes };
      assert.deepEqual(measureAudioDelta(text), expected);
    }
    assert.equal(measureAudioDelta(Buffer.from('{"type":"response.done"}')), undefined);
  });

  test('[WIR4] an odd last byte is dropped', () => {
    assert.deepEqual([...scratch.decode(Buffer.of(1, 0, 2, 0, 9).toString('base64'))], [1, 2]);
  });

  test('[WIR4] audio of any length is decoded, whether it fits the room there is or not', () => {
    for (const length of [0, 1, 32_766, 32_767, 32_768, 32_769, 200_000]) {
      const pcm = Int16Array.from({ length }, (_, index) => (index * 7_919) & 0x7fff);
      assert.deepEqual(scratch.decode(Buffer.from(pcm.buffer).toString('base64')), pcm);
    }
  });
});
