import assert from 'node:assert/strict';
import { on } from 'node:events';
import { test } from 'node:test';
import { RealtimeSession } from '@openai/agents-realtime';
import { createEngine } from '@prism/engine';
import { synthesizeUserSpeech } from '@prism/engine/testing';
import { agent } from './agent.mjs';

test('the agent looks up the weather that a caller asks for', { timeout: 30_000 }, async (t) => {
  const engine = await createEngine();
  t.after(() => engine.close());
  const session = new RealtimeSession(agent, { transport: 'websocket' });
  t.after(() => session.close());
  const url = `ws://127.0.0.1:${engine.port}/v1/realtime?model=any`;
  await session.connect({ apiKey: 'none', url });
  session.sendAudio(synthesizeUserSpeech('get the weather in Paris').pcm.buffer);
  session.sendAudio(new ArrayBuffer(5 * 48_000)); // Five seconds in which nobody says anything.
  for await (const [, , words] of on(session, 'agent_end')) {
    if (words !== '') return assert.match(String(words), /sunny in Paris/);
  }
});
