import assert from 'node:assert/strict';
import test from 'node:test';
import { remediesFor } from './remedies.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const names = (code: string, change: object = {}, hasCall = false) =>
  remediesFor(code, { settings: { ...DEFAULT_SETTINGS, ...change }, hasCall }).map(
    ({ name }) => name,
  );

test('[PGD35] an error has the buttons that may help, and no others', () => {
  assert.deepEqual(names('server_unreachable'), ['retry']);
  assert.deepEqual(names('microphone_denied'), ['retry']);
  assert.deepEqual(names('microphone_missing', { microphoneId: 'usb' }), [
    'system_microphone',
    'setup',
    'retry',
  ]);
  assert.deepEqual(names('ice_failed'), ['retry']);
  assert.deepEqual(names('ice_failed', { transport: 'udp' }), ['automatic', 'retry']);
  assert.deepEqual(names('microphone_ended', {}, true), ['setup']);
  assert.deepEqual(names('insecure_context'), []);
});
