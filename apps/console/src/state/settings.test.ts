import assert from 'node:assert/strict';
import test from 'node:test';
import {
  DEFAULT_SETTINGS,
  givenVariables,
  readSettings,
  reduceSettings,
  wayOf,
  writeSettings,
} from './settings.ts';

test('[PGD1] each transport of the page is one that the SDK has', () => {
  assert.deepEqual(wayOf('auto'), {});
  assert.deepEqual(wayOf('tcp'), { transport: 'webrtc', path: 'tcp' });
  assert.deepEqual(wayOf('relay'), { transport: 'webrtc', path: 'relay', iceServers: 'server' });
  assert.deepEqual(wayOf('websocket'), { transport: 'websocket' });
});

test('[PGD2] settings are kept for the next visit, values of variables are not', () => {
  const settings = {
    ...DEFAULT_SETTINGS,
    transport: 'websocket',
    microphoneId: 'usb',
    agent: 'receptionist',
    variables: { guest: 'Ann Droid' },
    hasColorTool: false,
  } as const;
  const written = writeSettings(settings);
  assert.doesNotMatch(written, /Ann/);
  assert.deepEqual(readSettings(written), { ...settings, variables: {} });
});

test('[PGD2] what was stored and makes no sense is as if it were not there', () => {
  for (const text of [null, '', 'null', '{', '"x"', '{"transport":"pigeon","agent":7}']) {
    assert.deepEqual(readSettings(text), DEFAULT_SETTINGS, String(text));
  }
});

test('[PGD3] the values of variables go with their agent', () => {
  const chosen = reduceSettings(DEFAULT_SETTINGS, {
    type: 'settings.changed',
    change: { agent: 'receptionist' },
  });
  const filled = reduceSettings(
    reduceSettings(chosen, { type: 'variable.changed', name: 'guest', value: 'Ann' }),
    { type: 'variable.changed', name: 'house', value: '' },
  );
  assert.deepEqual(givenVariables(filled), { guest: 'Ann' });
  const same = reduceSettings(filled, { type: 'settings.changed', change: { transport: 'udp' } });
  assert.deepEqual(same.variables, filled.variables);
  const other = reduceSettings(same, { type: 'settings.changed', change: { agent: undefined } });
  assert.deepEqual(other.variables, {});
});
