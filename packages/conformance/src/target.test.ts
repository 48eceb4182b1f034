import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSpeech } from './speech/read-speech.ts';
import { readTarget } from './target.ts';

test('[KIT10] a server is named by its base URL, its WebSocket or its host', () => {
  const realtime = (text: string): unknown => {
    const read = readTarget(text);
    return read.ok
      ? [read.target.realtimeUrl, read.target.baseUrl, read.target.model]
      : read.reason;
  };
  const local = ['ws://127.0.0.1:8081/v1/realtime', 'http://127.0.0.1:8081/v1', undefined];
  for (const text of [
    'http://127.0.0.1:8081',
    'http://127.0.0.1:8081/v1',
    'http://127.0.0.1:8081/v1/',
    'ws://127.0.0.1:8081/v1/realtime',
  ]) {
    assert.deepEqual(realtime(text), local, text);
  }
  assert.deepEqual(realtime('wss://example.com/openai/v1/realtime?model=gpt-realtime'), [
    'wss://example.com/openai/v1/realtime',
    'https://example.com/openai/v1',
    'gpt-realtime',
  ]);
});

test('[KIT10] what is no address of a server is refused, and it is said why', () => {
  for (const [text, reason] of [
    ['localhost', /is no address/],
    ['ftp://example.com', /'ftp:' is no scheme/],
    ['http://user:word@example.com', /give the key with --key/],
  ] as const) {
    const read = readTarget(text);
    assert.ok(!read.ok);
    assert.match(read.reason, reason);
  }
});

test('[KIT12] a recording has to be a WAV of 16-bit PCM, mono, at 24 kHz, ten seconds at most', () => {
  const wav = (rateHz: number, sampleCount: number): Uint8Array => {
    const bytes = Buffer.alloc(44 + sampleCount * 2);
    bytes.write('RIFF', 0);
    bytes.write('WAVEfmt ', 8);
    bytes.writeUInt32LE(16, 16);
    bytes.writeUInt16LE(1, 20);
    bytes.writeUInt16LE(1, 22);
    bytes.writeUInt32LE(rateHz, 24);
    bytes.writeUInt16LE(16, 34);
    bytes.write('data', 36);
    bytes.writeUInt32LE(sampleCount * 2, 40);
    if (sampleCount > 0) bytes.writeInt16LE(-7, 44);
    return bytes;
  };
  const read = readSpeech(wav(24_000, 3));
  assert.ok(read.ok);
  assert.deepEqual([...read.pcm], [-7, 0, 0]);
  const reasonOf = (bytes: Uint8Array): string => {
    const refused = readSpeech(bytes);
    assert.ok(!refused.ok);
    return refused.reason;
  };
  assert.match(reasonOf(wav(16_000, 3)), /not 16-bit PCM, mono, at 24 kHz/);
  assert.match(reasonOf(wav(24_000, 240_001)), /longer than 10 s/);
  assert.match(reasonOf(wav(24_000, 3).subarray(0, 36)), /no samples/);
  assert.match(reasonOf(Buffer.from('ID3 and more')), /no WAV file/);
});
