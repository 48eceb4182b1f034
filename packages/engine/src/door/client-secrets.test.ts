import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CLIENT_SECRET_COUNT_MAX, ClientSecrets } from './client-secrets.ts';

function counted(): ClientSecrets {
  let count = 0;
  return new ClientSecrets(() => {
    count += 1;
    return `ek_${count}`;
  });
}

test('[ENG8] ephemeral keys live for ten minutes unless they say otherwise', () => {
  const secrets = counted();
  secrets.mint({}, 1_000);
  secrets.mint({ expires_after: { seconds: 10 } }, 1_000);
  assert.ok(secrets.find('ek_1', 600_999) !== undefined);
  assert.equal(secrets.find('ek_1', 601_000), undefined);
  assert.equal(secrets.find('ek_2', 11_000), undefined);
  assert.equal(secrets.find('ek_3', 0), undefined);
});

test('[ENG8] beyond a thousand ephemeral keys the oldest opens nothing, and expired ones are forgotten', () => {
  const secrets = counted();
  for (let index = 0; index <= CLIENT_SECRET_COUNT_MAX; index += 1) {
    secrets.mint({}, 0);
  }
  assert.equal(secrets.count, CLIENT_SECRET_COUNT_MAX);
  assert.equal(secrets.find('ek_1', 0), undefined);
  assert.ok(secrets.find('ek_2', 0) !== undefined);
  secrets.mint({}, 601_000);
  assert.equal(secrets.count, 1);
});
