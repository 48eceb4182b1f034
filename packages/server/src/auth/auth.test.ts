import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { inspect } from 'node:util';
import type { SessionConfig } from '@prism/protocol';
import { Authenticator } from './authenticator.ts';
import {
  CLIENT_SECRET_COUNT_MAX,
  CLIENT_SECRET_SESSION_CHARS_MAX,
  ClientSecretStore,
} from './client-secret-store.ts';
import { presentedKeyOf } from './presented-key.ts';

const HOUR_MS = 3_600_000;

class Fixture {
  nowMs = 1_800_000_000_500;
  #count = 0;
  readonly secrets = new ClientSecretStore({
    randomSuffix: () => String((this.#count += 1)).padStart(32, '0'),
    wallMs: () => this.nowMs,
  });
  readonly closed = new Authenticator({ serverKeys: ['key-1', 'key-2'], secrets: this.secrets });
  readonly open = new Authenticator({ serverKeys: [], secrets: this.secrets });

  mint(ttlS: number, session?: SessionConfig): string {
    return this.secrets.mint({ ttlS, session }).value;
  }
}

function verdict(authenticator: Authenticator, presentedKey: string | undefined): string {
  const result = authenticator.authenticate({ presentedKey });
  return result.isAllowed ? result.principal.kind : result.error.code;
}

suite('client secrets', () => {
  test('[SCR5] a secret opens sessions until it expires, and is then told from an unknown one', () => {
    const fixture = new Fixture();
    const session: SessionConfig = { type: 'realtime', instructions: 'Bound.' };
    const { value, expiresAtS } = fixture.secrets.mint({ ttlS: 10, session });
    assert.match(value, /^ek_\d{32}$/);
    assert.equal(expiresAtS, 1_800_000_010);
    for (const _use of [1, 2]) {
      const result = fixture.closed.authenticate({ presentedKey: value });
      assert.ok(result.isAllowed && result.principal.kind === 'client_secret');
      assert.deepEqual(result.principal.session, session);
    }
    fixture.nowMs = 1_800_000_009_999;
    assert.equal(verdict(fixture.closed, value), 'client_secret');
    fixture.nowMs = 1_800_000_010_000;
    assert.equal(verdict(fixture.closed, value), 'ephemeral_key_expired');
    assert.equal(verdict(fixture.closed, `${value}x`), 'invalid_api_key');
    fixture.nowMs += 24 * HOUR_MS;
    assert.equal(verdict(fixture.closed, value), 'invalid_api_key');
    assert.equal(fixture.secrets.count, 0);
  });

  test('[SCR6] what is kept of a secret does not open anything', () => {
    const fixture = new Fixture();
    const value = fixture.mint(600);
    assert.ok(!inspect(fixture.secrets, { depth: 9, showHidden: true }).includes(value));
    assert.ok(!JSON.stringify(fixture.secrets).includes(value));
  });

  test('[SCR6] beyond the bound those that expire first are forgotten', () => {
    const fixture = new Fixture();
    const soon = fixture.mint(10);
    const late = fixture.mint(7_200);
    for (let count = 2; count < CLIENT_SECRET_COUNT_MAX; count += 1) fixture.mint(600);
    assert.equal(verdict(fixture.closed, soon), 'client_secret');
    fixture.mint(600);
    assert.equal(fixture.secrets.count, CLIENT_SECRET_COUNT_MAX);
    assert.equal(fixture.secrets.forgottenCount, 1);
    assert.equal(verdict(fixture.closed, soon), 'invalid_api_key');
    assert.equal(verdict(fixture.closed, late), 'client_secret');
  });

  test('[SCR6] large sessions are bounded together', () => {
    const fixture = new Fixture();
    const session: SessionConfig = { type: 'realtime', instructions: 'x'.repeat(2 ** 20) };
    const soon = fixture.mint(10, session);
    const late = fixture.mint(7_200, session);
    const roomCount = Math.floor(CLIENT_SECRET_SESSION_CHARS_MAX / JSON.stringify(session).length);
    for (let count = 2; count < roomCount; count += 1) fixture.mint(600, session);
    assert.equal(verdict(fixture.closed, soon), 'client_secret');
    fixture.mint(600, session);
    assert.equal(verdict(fixture.closed, soon), 'invalid_api_key');
    assert.equal(verdict(fixture.closed, late), 'client_secret');
  });

  test('[SCR7] a secret makes no secrets, except where everything is open', () => {
    const { open, closed } = new Fixture();
    const principal = { kind: 'client_secret', secretId: 's', session: undefined } as const;
    assert.equal(closed.refuseMinting(principal)?.code, 'insufficient_permissions');
    assert.equal(closed.refuseMinting({ kind: 'server_key' }), undefined);
    assert.equal(open.refuseMinting(principal), undefined);
  });
});

suite('keys', () => {
  test('[HTP5] with server keys one of them is asked for', () => {
    const { closed } = new Fixture();
    assert.equal(verdict(closed, 'key-1'), 'server_key');
    assert.equal(verdict(closed, 'key-2'), 'server_key');
    for (const key of [undefined, '', 'key-', 'key-11', 'KEY-1'])
      assert.equal(verdict(closed, key), 'invalid_api_key', String(key));
  });

  test('[KEY1] without server keys any key is taken, but a dead client secret is not', () => {
    const fixture = new Fixture();
    for (const key of [undefined, 'sk-of-somebody', 'anything'])
      assert.equal(verdict(fixture.open, key), 'open');
    const value = fixture.mint(10);
    assert.equal(verdict(fixture.open, value), 'client_secret');
    fixture.nowMs += HOUR_MS;
    assert.equal(verdict(fixture.open, value), 'ephemeral_key_expired');
    assert.equal(verdict(fixture.open, 'ek_of_somewhere_else'), 'invalid_api_key');
  });

  test('[KEY2] a key comes as Bearer, in api-key, or as a subprotocol', () => {
    assert.equal(presentedKeyOf({ authorization: 'Bearer k1' }), 'k1');
    assert.equal(presentedKeyOf({ authorization: 'bearer k1' }), 'k1');
    assert.equal(presentedKeyOf({ 'api-key': 'k2' }), 'k2');
    assert.equal(presentedKeyOf({ authorization: 'Bearer k1', 'api-key': 'k2' }), 'k1');
    const protocols = { 'sec-websocket-protocol': 'realtime, openai-insecure-api-key.k3' };
    assert.equal(presentedKeyOf(protocols), 'k3');
    assert.equal(presentedKeyOf({ ...protocols, 'api-key': 'k2' }), 'k2');
    assert.equal(presentedKeyOf({ authorization: 'Basic k1' }), undefined);
    assert.equal(presentedKeyOf({ 'api-key': '' }), undefined);
    assert.equal(presentedKeyOf({}), undefined);
  });
});
