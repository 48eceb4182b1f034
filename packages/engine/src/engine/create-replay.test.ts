import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { type ReceivedEvent, SocketClient } from '../testing-doubles/socket-client.ts';
import { createEngine } from './create-engine.ts';
import { createReplay, TapeError } from './create-replay.ts';

const folder = mkdtempSync(join(tmpdir(), 'prism-tape-'));
after(() => rmSync(folder, { recursive: true }));

/** Two typed turns, and what the server said. */
async function converse(baseUrl: string): Promise<readonly ReceivedEvent[]> {
  const url = `${baseUrl.replace(/^http/, 'ws')}/realtime?model=prism-engine`;
  const client = new SocketClient(url);
  await client.next('session.created');
  for (const [count, text] of ['what is seven times eight', 'who are you'].entries()) {
    client.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text }] },
    });
    client.send({ type: 'response.create', response: { output_modalities: ['text'] } });
    await client.next('rate_limits.updated', count);
  }
  client.socket.close(1000);
  await client.ended;
  return client.events;
}

suite('replay of a recorded engine', () => {
  test('[RPL5] [TAP5] is the same conversation, message for message', async () => {
    const engine = await createEngine({
      ears: null,
      voice: null,
      recording: { folderPath: join(folder, 'tapes'), redaction: 'none' },
    });
    const recorded = await converse(engine.url);
    await engine.close();
    const [name] = readdirSync(join(folder, 'tapes'));
    assert.ok(name !== undefined);
    const tapePath = join(folder, 'tapes', name);
    assert.equal(statSync(tapePath).mode & 0o077, 0, 'only the owner may read a tape');
    const replay = await createReplay({ tapePath, paceRatio: Number.POSITIVE_INFINITY });
    const replayed = await converse(replay.url);
    assert.deepEqual(replayed, recorded);
    assert.match(JSON.stringify(recorded), /56|fifty-six/);
    await replay.close();
  });

  test('[TAP3] a file that is no tape is named with its line', async () => {
    const tapePath = join(folder, 'no-tape.jsonl');
    writeFileSync(tapePath, 'hello\n');
    await assert.rejects(createReplay({ tapePath }), (error: unknown) => {
      assert.ok(error instanceof TapeError);
      assert.match(error.message, /no-tape\.jsonl is not a tape: line 1/);
      return true;
    });
    await assert.rejects(createReplay({ tapePath: join(folder, 'absent') }), /can't be read/);
  });
});
