import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { suite, test } from 'node:test';
import { TurnCredentials } from './turn-credentials.ts';

const OPTIONS = {
  urls: [
    'stun:turn.example.com',
    'turn:turn.example.com',
    'turns:turn.example.com:443?transport=tcp',
  ],
  secret: 'shared',
  ttlS: 600,
  newUserName: () => 'somebody',
  wallMs: () => 1_800_000_000_900,
};

suite('TURN credentials', () => {
  test('[TRN1] the user name is the time of expiry and a name, the password its HMAC-SHA1 in base64', () => {
    const { iceServers, ttlS } = new TurnCredentials(OPTIONS).mint();
    const username = '1800000600:somebody';
    const credential = createHmac('sha1', 'shared').update(username).digest('base64');
    assert.deepEqual(iceServers, [
      { urls: ['stun:turn.example.com'] },
      { urls: OPTIONS.urls.slice(1), username, credential },
    ]);
    assert.equal(ttlS, 600);
  });

  test('[TRN2] without a relay there are no servers', () => {
    assert.deepEqual(new TurnCredentials(undefined).mint(), { iceServers: [], ttlS: 0 });
  });
});
