import assert from 'node:assert/strict';
import test from 'node:test';
import { NO_DEVICES, reduceDevices } from './devices.ts';

const device = (kind: MediaDeviceKind, deviceId: string, label = deviceId) => ({
  kind,
  deviceId,
  label,
});
const ALL = [
  device('audioinput', 'default', 'Default – Desk'),
  device('audioinput', 'desk'),
  device('audioinput', 'headset'),
  device('audiooutput', 'desk-out'),
  device('videoinput', 'camera'),
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
  const state = read([device('audioinput', 'a', ''), device('audioinput', 'b', '')]);
  assert.equal(state.isNamed, false);
  assert.deepEqual(
    state.microphones.map(({ label }) => label),
    ['Device 1', 'Device 2'],
  );
  assert.deepEqual(read([device('audioinput', '', '')]).microphones, []);
});

test('[PGD13] a chosen device that is unplugged is told by name until it is back or another is chosen', () => {
  const chosen = { microphone: 'headset' };
  const before = read(ALL, chosen);
  const without = ALL.filter(({ deviceId }) => deviceId !== 'headset');
  const gone = read(without, chosen, before);
  assert.deepEqual(gone.gone, { microphone: 'headset' });
  assert.deepEqual(read(without, chosen, gone).gone, { microphone: 'headset' });
  assert.deepEqual(read(ALL, chosen, gone).gone, {});
  const other = reduceDevices(gone, { type: 'device.chosen', kind: 'microphone' });
  assert.deepEqual(other.gone, {});
});
