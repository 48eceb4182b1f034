import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { redactEvent } from './redact-event.ts';
import { type Redaction, readTape } from './tape.ts';
import { TapeRecorder } from './tape-recorder.ts';

function record(
  messages: readonly { readonly from: 'client' | 'server'; readonly text: string }[],
  redaction: Redaction = 'none',
  sizeBytesMax?: number,
): string {
  let text = '';
  const recorder = new TapeRecorder({
    sessionType: 'realtime',
    model: 'm',
    redaction,
    write: (line) => {
      text += line;
    },
    openedAtMs: 1_000,
    ...(sizeBytesMax === undefined ? {} : { sizeBytesMax }),
  });
  for (const [index, message] of messages.entries()) {
    recorder.said(message.from, message.text, 1_000 + index * 10);
  }
  recorder.closed('server', { code: 1_001, reason: 'over' }, 1_000 + messages.length * 10);
  recorder.said('client', 'too late', 9_999);
  return text;
}

suite('tape', () => {
  test('[TAP1] what was said is read back, with its time, and nothing after the close', () => {
    const read = readTape(
      record([
        { from: 'server', text: '{"type":"session.created","session":{"a":[1,null]}}' },
        { from: 'client', text: 'not json' },
      ]),
    );
    assert.ok(read.ok);
    assert.deepEqual(read.tape.entries, [
      { at_ms: 0, from: 'server', event: { type: 'session.created', session: { a: [1, null] } } },
      { at_ms: 10, from: 'client', text: 'not json' },
      { at_ms: 20, from: 'server', close: { code: 1_001, reason: 'over' } },
    ]);
  });

  test('[TAP1] any message survives', () => {
    const message = fc.record({
      from: fc.constantFrom('client' as const, 'server' as const),
      text: fc.oneof(
        fc.string(),
        fc.dictionary(fc.string(), fc.jsonValue()).map((value) => JSON.stringify(value)),
      ),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), (messages) => {
        const read = readTape(record(messages));
        assert.ok(read.ok);
        const said = read.tape.entries.flatMap((entry) =>
          'event' in entry ? [JSON.stringify(entry.event)] : 'text' in entry ? [entry.text] : [],
        );
        // Secret fields are the one thing that a tape never keeps.
        const isPlain = !messages.some(({ text }) =>
          /authorization|headers|client_secret|api_key|__proto__/.test(text),
        );
        if (isPlain) {
          assert.deepEqual(
            said.map(normal),
            messages.map(({ text }) => normal(text)),
          );
        }
      }),
      { seed: 20_261_123 },
    );
  });

  test('[TAP2] audio becomes silence and words become x, of the same length', () => {
    const audio = Buffer.from(Int16Array.of(1, -2, 3).buffer).toString('base64');
    const event = {
      type: 'response.output_audio.delta',
      item_id: 'item_1',
      delta: audio,
      session: { tools: [{ headers: { authorization: 'Bearer t' } }], instructions: 'Be kind.' },
    };
    assert.deepEqual(redactEvent(event, 'audio'), {
      ...event,
      delta: Buffer.from(new Int16Array(3).buffer).toString('base64'),
      session: { tools: [{ headers: '[secret]' }], instructions: 'Be kind.' },
    });
    const words = { type: 'response.output_text.delta', delta: 'Hello you', item_id: 'item_1' };
    assert.deepEqual(redactEvent(words, 'audio'), words);
    assert.deepEqual(redactEvent(words, 'content'), { ...words, delta: 'xxxxx xxx' });
    const append = { type: 'input_audio_buffer.append', audio };
    assert.equal(redactEvent(append, 'content')['audio'], Buffer.alloc(6).toString('base64'));
  });

  test('[TAP3] what is no tape is refused with its line', () => {
    const header = record([]).split('\n')[0] ?? '';
    const cases: readonly (readonly [string, number])[] = [
      ['', 1],
      ['{"type":"prism.tape","version":2}', 1],
      [`${header}\n{"at_ms":0}`, 2],
      [
        `${header}\n{"at_ms":5,"from":"client","text":"a"}\n{"at_ms":4,"from":"client","text":"b"}`,
        3,
      ],
      [`${header}\nhello`, 2],
    ];
    for (const [text, line] of cases) {
      const read = readTape(text);
      assert.ok(!read.ok, text);
      assert.equal(read.line, line, text);
    }
  });

  test('[TAP4] a full tape says so and stays readable', () => {
    const message = {
      from: 'server',
      text: JSON.stringify({ type: 'x', pad: 'y'.repeat(100) }),
    } as const;
    const read = readTape(
      record(
        Array.from({ length: 50 }, () => message),
        'none',
        1_000,
      ),
    );
    assert.ok(read.ok);
    assert.deepEqual(Object.keys(read.tape.entries.at(-1) ?? {}), ['at_ms', 'cut']);
    assert.ok(read.tape.entries.length < 10);
  });
});

function normal(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : text;
  } catch {
    return text;
  }
}
