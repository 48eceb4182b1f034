import assert from 'node:assert/strict';
import test from 'node:test';
import type { AudioDevice } from '@prism/client';
import { NO_DEVICES, reduceDevices } from './devices.ts';

const device = (kind: AudioDevice['kind'], id: string, label = id) => ({ kind, id, label });
const ALL = [
  device('microphone', 'default', 'Default – Desk'),
  device('microphone', 'desk'),
  device('microphone', 'headset'),
  device('output', 'desk-out'),
];

function read(
  devices: typeof ALL,
  chosen: { microphone?: string; speaker?: string } = {},
  state = NO_DEVICES,
) {
  return reduceDevices(state, {
    type: 'devices.read',
    devices,
    hasSpeakerChoice: true,
    chosen: { microphone: chosen.microphone, speaker: chosen.speaker },
  });
}

test("[PGD12] microphones and loudspeakers are listed once each, without the system's choice", () => {
  const state = read(ALL);
  assert.deepEqual(
    state.microphones.map(({ id }) => id),
    ['desk', 'headset'],
  );
  assert.deepEqual(
    state.speakers.map(({ id }) => id),
    ['desk-out'],
  );
  assert.deepEqual([state.isNamed, state.gone], [true, {}]);
});

test('[PGD12] devices without names are numbered: the microphone has not been allowed', () => {
  const state = read([device('microphone', 'a', ''), device('microphone', 'b', '')]);
  assert.equal(state.isNamed, false);
  assert.deepEqual(
    state.microphones.map(({ label }) => label),
    ['Device 1', 'Device 2'],
  );
  assert.deepEqual(read([device('microphone', '', '')]).microphones, []);
});

test('[PGD13] a chosen device that is unplugged is told by name until it is back or another is chosen', () => {
  const chosen = { microphone: 'headset' };
  const before = read(ALL, chosen);
  const without = ALL.filter(({ id }) => id !== 'headset');
  const gone = read(without, chosen, before);
  assert.deepEqual(gone.gone, { microphone: 'headset' });
  assert.deepEqual(read(without, chosen, gone).gone, { microphone: 'headset' });
  assert.deepEqual(read(ALL, chosen, gone).gone, {});
  const other = reduceDevices(gone, { type: 'device.chosen', kind: 'microphone' });
  assert.deepEqual(other.gone, {});
});
