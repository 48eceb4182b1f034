import assert from 'node:assert/strict';
import test from 'node:test';
import {
  initialState,
  isCallOutdated,
  type PlaygroundAction,
  type PlaygroundState,
  reducePlayground,
} from './playground-state.ts';

function play(actions: readonly PlaygroundAction[], state = initialState()): PlaygroundState {
  return actions.reduce(reducePlayground, state);
}

const live = (atMs: number): PlaygroundAction => ({
  type: 'call.status',
  atMs,
  status: { phase: 'live', iceState: 'connected', callId: 'rtc_1', link: 'webrtc', setup: {} },
});

test('[PGD33] a new call starts with empty histories and keeps settings and devices', () => {
  const first = play([
    { type: 'settings.changed', change: { transport: 'webrtc' } },
    { type: 'call.started', atMs: 100 },
    live(200),
    { type: 'statistics.read', statistics: { rttMs: 3 }, atMs: 300 },
    { type: 'latency.measured', latency: { turn: 1, origin: 'text', createdMs: 9 } },
  ]);
  assert.deepEqual(
    [first.links.entries.length, first.network.samples.length, first.turns.length],
    [1, 1, 1],
  );
  assert.equal(first.links.entries[0]?.reason, 'as the transport is set');
  const second = play([{ type: 'call.started', atMs: 900 }], first);
  assert.deepEqual(
    [second.links.entries.length, second.network.samples.length, second.turns.length],
    [0, 0, 0],
  );
  assert.equal(second.settings.transport, 'webrtc');
});

test('[PGD34] settings that a running call was not started with are told as such', () => {
  const started = play([{ type: 'call.started', atMs: 0 }]);
  assert.equal(isCallOutdated(started), false);
  const device = play([{ type: 'settings.changed', change: { microphoneId: 'usb' } }], started);
  assert.equal(isCallOutdated(device), false);
  const other = play([{ type: 'settings.changed', change: { transport: 'udp' } }], started);
  assert.equal(isCallOutdated(other), true);
  const back = play([{ type: 'settings.changed', change: { transport: 'auto' } }], other);
  assert.equal(isCallOutdated(back), false);
});

test('[PGD5] concealment of an interval in which one answer ended and another began is not counted', () => {
  const inbound = {
    totalBytes: 0,
    packetCount: 0,
    lostCount: 0,
    jitterBufferDelayMs: 0,
    jitterBufferEmittedCount: 0,
    recentConcealedRatio: 0.5,
  };
  const read = (atMs: number): PlaygroundAction => ({
    type: 'statistics.read',
    statistics: { inbound },
    atMs,
  });
  const event = (type: string): PlaygroundAction => ({ type: 'server.event', event: { type } });
  const state = play([
    { type: 'call.started', atMs: 0 },
    event('output_audio_buffer.started'),
    read(1000),
    read(2000),
    event('output_audio_buffer.stopped'),
    event('output_audio_buffer.started'),
    read(3000),
    read(4000),
  ]);
  assert.deepEqual(
    state.network.samples.map(({ concealedRatio }) => concealedRatio),
    [undefined, 0.5, undefined, 0.5],
  );
});
