import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Conversation } from '../conversation/conversation.ts';
import { defaultRealtimeSession } from '../conversation/session-config.ts';
import { countedIds } from '../testing-doubles/counted-ids.ts';
import { FakeBrain } from '../testing-doubles/fake-brain.ts';
import { FakeEars } from '../testing-doubles/fake-ears.ts';
import { FakeVoice } from '../testing-doubles/fake-voice.ts';
import { ManualClock } from '../testing-doubles/manual-clock.ts';
import { SessionRunner, UNREAD_BYTES_MAX } from './session-runner.ts';

interface FakeSocket {
  unreadBytes: number;
  readonly sent: string[];
  readonly closes: (readonly [number, string])[];
}

function run(): {
  readonly runner: SessionRunner;
  readonly socket: FakeSocket;
  readonly ears: FakeEars;
  readonly voice: FakeVoice;
  readonly clock: ManualClock;
  readonly counts: { slow: number; ended: number; broken: number };
} {
  const socket: FakeSocket = { unreadBytes: 0, sent: [], closes: [] };
  const [ears, voice, clock] = [new FakeEars(), new FakeVoice(), new ManualClock()];
  const counts = { slow: 0, ended: 0, broken: 0 };
  const identity = { id: 'sess_1', model: 'm', expiresAtS: 0 };
  const runner = new SessionRunner({
    conversation: new Conversation({
      session: defaultRealtimeSession(identity, { instructions: '', canSpeak: true }),
      brain: new FakeBrain(),
      ids: countedIds(),
      canHear: true,
      canSpeak: true,
      openedAt: { nowMs: 0, wallMs: 0 },
      utcOffsetMinutes: 0,
    }),
    ears,
    voice,
    clock,
    socket: {
      get unreadBytes() {
        return socket.unreadBytes;
      },
      send: (text) => socket.sent.push(text),
      close: (code, reason) => socket.closes.push([code, reason]),
    },
    onBroken: () => {
      counts.broken += 1;
    },
    onSlowReader: () => {
      counts.slow += 1;
    },
    onEnd: () => {
      counts.ended += 1;
    },
  });
  return { runner, socket, ears, voice, clock, counts };
}

test('[ENG7] a client that reads too slowly is closed with 1013, and counted', () => {
  const { runner, socket, clock, counts } = run();
  runner.take({ type: 'open' });
  socket.unreadBytes = UNREAD_BYTES_MAX;
  runner.take({ type: 'client_message', text: '{}' });
  assert.deepEqual(socket.closes, []);
  socket.unreadBytes = UNREAD_BYTES_MAX + 1;
  runner.take({ type: 'client_message', text: '{}' });
  assert.deepEqual(socket.closes, [[1013, 'slow_reader']]);
  assert.deepEqual(counts, { slow: 1, ended: 1, broken: 0 });
  assert.equal(clock.armedCount, 0);
});

test('[ENG10] nothing is sent or done after the end, however often it is ended', () => {
  const { runner, socket, ears, voice, clock, counts } = run();
  voice.isPrompt = false;
  runner.take({ type: 'open' });
  runner.take({ type: 'client_message', text: '{"type":"response.create"}' });
  const sentCount = socket.sent.length;
  runner.end();
  runner.end();
  voice.finish();
  clock.advance(4_000_000);
  ears.opened[0]?.listener.activity(0, new Float32Array(20).fill(1));
  runner.take({ type: 'client_message', text: '{"type":"response.create"}' });
  assert.equal(socket.sent.length, sentCount);
  assert.deepEqual([voice.cancelledCount, ears.opened[0]?.isClosed], [1, true]);
  assert.deepEqual(counts, { slow: 0, ended: 1, broken: 0 });
});

test('[ENG79] inputs that arrive while another is being worked on wait their turn', () => {
  const { runner, socket, ears } = run();
  runner.take({ type: 'open' });
  const push = ears.opened[0];
  assert.ok(push !== undefined);
  // The ear answers within the call that feeds it.
  const order: string[] = [];
  Object.defineProperty(push, 'pushedSamples', {
    get: () => 0,
    set: () => {
      push.listener.activity(0, new Float32Array(10).fill(1));
      order.push(`sent ${socket.sent.length}`);
    },
  });
  const audio = Buffer.alloc(4_800).toString('base64');
  const event = JSON.stringify({ type: 'input_audio_buffer.append', audio });
  runner.take({ type: 'client_message', text: event });
  assert.deepEqual(order, ['sent 1']);
  assert.match(socket.sent[1] ?? '', /speech_started/);
});
