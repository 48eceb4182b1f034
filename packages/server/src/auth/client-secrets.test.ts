import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { inspect } from 'node:util';
import { NO_LIMITS, type SessionConfig } from '@prism/protocol';
import { CompactEncrypt, UnsecuredJWT } from 'jose';
import { AccessBench, type AccessBenchOptions, NO_GRANTS } from '../testing/access-bench.ts';
import { CLIENT_SECRET_CHARS_MAX, type MintedClientSecret } from './client-secrets.ts';
import { SHELF_CHARS_MAX, SHELF_COUNT_MAX } from './grant-shelf.ts';
import type { SecretGrants } from './secret-claims.ts';
import { tokenKeyOf } from './token-keys.ts';

const HOUR_MS = 3_600_000;
const LARGE_SESSION: SessionConfig = { type: 'realtime', instructions: 'x'.repeat(2 ** 20) };

async function mint(
  { secrets }: AccessBench,
  grants: Partial<SecretGrants> = {},
  ttlS = 600,
): Promise<MintedClientSecret> {
  const minting = await secrets.mint({ ...NO_GRANTS, ...grants }, { keyId: undefined, ttlS });
  assert.ok(minting.isMinted);
  return minting.secret;
}

async function stateOf({ secrets }: AccessBench, value: string): Promise<string> {
  return (await secrets.find(value)).state;
}

suite('client secrets', () => {
  test('[SCR5] a secret is valid until it expires, and is then told from an unknown one for a day', async () => {
    const bench = new AccessBench();
    const { value, expiresAtS } = await mint(bench, {}, 10);
    assert.equal(expiresAtS, 1_800_000_010);
    bench.nowMs = 1_800_000_009_999;
    assert.equal(await stateOf(bench, value), 'valid');
    bench.nowMs = 1_800_000_010_000;
    assert.equal(await stateOf(bench, value), 'expired');
    bench.nowMs += 24 * HOUR_MS;
    assert.equal(await stateOf(bench, value), 'unknown');
  });

  test('[SCR6] all that a secret carries comes out of it again, and nothing of it shows', async () => {
    const bench = new AccessBench();
    const grants: SecretGrants = {
      agent: 'clerk',
      variables: { name: 'Zoë' },
      user: 'user-1',
      usesMax: 3,
      origins: ['https://app.example'],
      policy: {
        preset: 'locked',
        allowedClientEvents: ['a'],
        allowedServerEvents: 'all',
        contextBytesMax: 512,
      },
      limits: { ...NO_LIMITS, sessionMs: 1_000, ending: 'spoken' },
      session: { type: 'realtime', instructions: 'Confidential.', x_unknown: [1] },
    };
    const { value } = await mint(bench, grants);
    const found = await bench.secrets.find(value);
    assert.ok(found.state === 'valid');
    assert.deepEqual(found.claims.grants, grants);
    const shown = value
      .split('.')
      .map((part) => Buffer.from(part, 'base64url').toString('latin1'))
      .join('\n');
    for (const word of ['Confidential', 'clerk', 'user-1', 'Zo'])
      assert.ok(!shown.includes(word), word);
    assert.match(value, /^ek_[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test('[SCR1] [SCR6] what is too large for a header is kept, and the secret only names it', async () => {
    const bench = new AccessBench();
    const { value } = await mint(bench, { session: LARGE_SESSION });
    assert.ok(value.length < 400, String(value.length));
    const found = await bench.secrets.find(value);
    assert.ok(found.state === 'valid');
    assert.deepEqual(found.claims.grants.session, LARGE_SESSION);
    // Where it isn't kept, it is no secret.
    assert.equal(await stateOf(new AccessBench(), value), 'unknown');
    // The largest that fits isn't kept: another process reads it too.
    let chars = 0;
    for (let length = 2_000; length < 6_000; length += 64) {
      const session: SessionConfig = { type: 'realtime', instructions: 'y'.repeat(length) };
      const other = await mint(bench, { session });
      const isWhole = (await stateOf(new AccessBench(), other.value)) === 'valid';
      if (isWhole) chars = Math.max(chars, other.value.length);
      else assert.ok(chars > CLIENT_SECRET_CHARS_MAX - 128 && chars <= CLIENT_SECRET_CHARS_MAX);
    }
    assert.ok(chars > 0);
  });

  test('[SCR6] beyond the bounds those that expire first are forgotten', async () => {
    const bench = new AccessBench();
    const soon = await mint(bench, { session: LARGE_SESSION }, 10);
    const late = await mint(bench, { session: LARGE_SESSION }, 7_200);
    const roomCount = Math.floor(SHELF_CHARS_MAX / (2 ** 20 + 400));
    for (let count = 2; count < roomCount; count += 1)
      await mint(bench, { session: LARGE_SESSION });
    assert.equal(await stateOf(bench, soon.value), 'valid');
    await mint(bench, { session: LARGE_SESSION });
    assert.equal(await stateOf(bench, soon.value), 'unknown');
    assert.equal(await stateOf(bench, late.value), 'valid');
    assert.equal(bench.secrets.forgottenCount, 1);
    assert.ok(SHELF_COUNT_MAX > roomCount);
  });

  test('[SCR9] the first key makes secrets, every key reads them', async () => {
    const [old, current] = [tokenKeyOf('the old secret'), tokenKeyOf('the current secret')];
    const before = new AccessBench({ tokenKeys: [old] });
    const during = new AccessBench({ tokenKeys: [current, old] });
    const after = new AccessBench({ tokenKeys: [current] });
    const ofBefore = (await mint(before)).value;
    const ofDuring = (await mint(during)).value;
    assert.equal(await stateOf(during, ofBefore), 'valid');
    assert.equal(await stateOf(after, ofBefore), 'unknown');
    assert.equal(await stateOf(after, ofDuring), 'valid');
    assert.equal(await stateOf(before, ofDuring), 'unknown');
    assert.notDeepEqual(old.bytes, current.bytes);
    assert.ok(!inspect(old).includes('old secret'));
  });
});

suite('secrets that are none', () => {
  const KEY = tokenKeyOf('a secret of the tests');
  const CLAIMS = { id: 's', audience: 'here', expiresAtS: 1_900_000_000, grants: NO_GRANTS };

  async function sealed(
    header: { readonly alg: string; readonly enc: string; readonly kid?: string; zip?: string },
    claims: unknown = CLAIMS,
    key: Uint8Array = KEY.bytes,
  ): Promise<string> {
    const bytes = new TextEncoder().encode(JSON.stringify(claims));
    return `ek_${await new CompactEncrypt(bytes).setProtectedHeader(header).encrypt(key)}`;
  }

  /** Everything that somebody might try, by what it is. */
  async function attempts(): Promise<ReadonlyMap<string, string>> {
    const good = await sealed({ alg: 'dir', enc: 'A256GCM', kid: KEY.kid });
    const other = tokenKeyOf('a secret of somebody else');
    const [header = '', , iv = '', text = '', tag = ''] = good.slice(3).split('.');
    const swapped = Buffer.from(
      JSON.stringify({ alg: 'dir', enc: 'A256GCM', kid: other.kid }),
    ).toString('base64url');
    const none = new UnsecuredJWT({ ...CLAIMS, aud: 'here' }).encode();
    return new Map([
      ['empty', 'ek_'],
      ['not a token', 'ek_never'],
      ['dots', 'ek_....'],
      ['alg none', `ek_${none}`],
      [
        'alg none as JWE',
        `ek_${Buffer.from('{"alg":"none","enc":"A256GCM"}').toString('base64url')}..${iv}.${text}.${tag}`,
      ],
      [
        'key of somebody else',
        await sealed({ alg: 'dir', enc: 'A256GCM', kid: other.kid }, CLAIMS, other.bytes),
      ],
      [
        'key of somebody else under our name',
        await sealed({ alg: 'dir', enc: 'A256GCM', kid: KEY.kid }, CLAIMS, other.bytes),
      ],
      ['kid swapped', `ek_${swapped}..${iv}.${text}.${tag}`],
      ['no kid', await sealed({ alg: 'dir', enc: 'A256GCM' })],
      ['kid of a prototype', await sealed({ alg: 'dir', enc: 'A256GCM', kid: '__proto__' })],
      ['another encryption', await sealed({ alg: 'dir', enc: 'A128CBC-HS256', kid: KEY.kid })],
      ['another algorithm', await sealed({ alg: 'A256KW', enc: 'A256GCM', kid: KEY.kid })],
      ['compressed', await sealed({ alg: 'dir', enc: 'A256GCM', kid: KEY.kid, zip: 'DEF' })],
      ['header edited', `ek_${header.slice(0, -2)}AA..${iv}.${text}.${tag}`],
      ['payload edited', `ek_${header}..${iv}.${flipped(text)}.${tag}`],
      ['tag edited', `ek_${header}..${iv}.${text}.${flipped(tag)}`],
      ['tag cut', `ek_${header}..${iv}.${text}.${tag.slice(0, 8)}`],
      ['cut', good.slice(0, -4)],
      ['longer', `${good}x`],
      ['a megabyte', `ek_${'A'.repeat(2 ** 20)}`],
      [
        'of another deployment',
        await sealed(
          { alg: 'dir', enc: 'A256GCM', kid: KEY.kid },
          { ...CLAIMS, audience: 'elsewhere' },
        ),
      ],
      [
        'of another version',
        await sealed(
          { alg: 'dir', enc: 'A256GCM', kid: KEY.kid },
          { ...CLAIMS, grants: { agent: 1 } },
        ),
      ],
      ['no claims', await sealed({ alg: 'dir', enc: 'A256GCM', kid: KEY.kid }, null)],
      [
        'with a session that is none',
        await sealed(
          { alg: 'dir', enc: 'A256GCM', kid: KEY.kid },
          { ...CLAIMS, grants: { ...NO_GRANTS, session: { type: 'x' } } },
        ),
      ],
    ]);
  }

  function flipped(part: string): string {
    return `${part.startsWith('A') ? 'B' : 'A'}${part.slice(1)}`;
  }

  test('[SCR8] each is unknown, nothing throws, and all are told the same', async () => {
    const options: AccessBenchOptions = { serverKeys: ['server-key'] };
    const bench = new AccessBench(options);
    const open = new AccessBench();
    const good = await sealed({ alg: 'dir', enc: 'A256GCM', kid: KEY.kid });
    assert.equal(await stateOf(open, good), 'valid');
    const messages = new Set<string>();
    for (const [what, value] of await attempts()) {
      assert.equal(await stateOf(bench, value), 'unknown', what);
      const headers = { host: 'localhost', authorization: `Bearer ${value}` };
      const caller = { headers, remoteAddress: '127.0.0.1', isTls: false };
      const admission = await bench.gate.admit(caller, 'sessions');
      assert.ok(!admission.isAdmitted && admission.error.code === 'invalid_api_key', what);
      messages.add(admission.error.message);
    }
    assert.equal(messages.size, 1);
  });
});
