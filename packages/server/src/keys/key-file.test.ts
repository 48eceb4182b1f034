import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { keyDigest } from '../auth/key-digest.ts';
import { type KeyEntry, KeyFileError, parseKeyFile, serverKeyOf } from './key-file.ts';
import { changeKeys, loadKeys } from './store-keys.ts';
import { watchKeyFile } from './watch-key-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'prism-keys-'));
after(() => rmSync(folder, { recursive: true }));

function entry(id: string, more: Partial<KeyEntry> = {}): KeyEntry {
  return {
    id,
    label: 'A label',
    digest: keyDigest(id),
    scopes: ['sessions'],
    createdAt: '2026-11-26T10:00:00.000Z',
    ...more,
  };
}

suite('the keys file', () => {
  test('[KEY3] [KEY6] what is written is read again, and only its owner may', () => {
    const path = join(folder, 'written');
    assert.deepEqual(loadKeys(path), []);
    const entries = [
      entry('a'),
      entry('b', { expiresAt: '2026-12-01T00:00:00.000Z', revoked: true }),
    ];
    changeKeys(path, () => entries);
    assert.deepEqual(loadKeys(path), entries);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    changeKeys(path, (before) => [...before, entry('c')]);
    assert.deepEqual(
      loadKeys(path).map(({ id }) => id),
      ['a', 'b', 'c'],
    );
    const [, second] = loadKeys(path);
    assert.ok(second);
    assert.deepEqual(serverKeyOf(second), {
      id: 'b',
      label: 'A label',
      digest: keyDigest('b'),
      scopes: ['sessions'],
      expiresAtS: Date.parse('2026-12-01T00:00:00.000Z') / 1000,
      isRevoked: true,
    });
  });

  test('[KEY6] a change that fails changes nothing, and of two at a time the second is refused', () => {
    const path = join(folder, 'changed');
    changeKeys(path, () => [entry('a')]);
    const before = readFileSync(path, 'utf8');
    assert.throws(
      () =>
        changeKeys(path, () => {
          throw new KeyFileError('no');
        }),
      KeyFileError,
    );
    assert.equal(readFileSync(path, 'utf8'), before);
    changeKeys(path, (entries) => {
      assert.throws(() => changeKeys(path, () => []), /another prism keys is at work/);
      return entries;
    });
    assert.equal(readFileSync(path, 'utf8'), before);
  });

  test('[KEY5] a file that is wrong is refused with its line', () => {
    const good = JSON.stringify(entry('a'));
    const cases: readonly (readonly [string, RegExp])[] = [
      ['{', /^line 1 is no JSON$/],
      [`${good}\n\n# words\n[]`, /^line 4, the key: /],
      [`${good}\n${good}`, /^the id a is there twice$/],
      [JSON.stringify({ ...entry('a'), digest: 'plain-key' }), /^line 1, digest: it is no sha256/],
      [JSON.stringify({ ...entry('a'), scopes: ['all'] }), /^line 1, scopes.0: /],
      [JSON.stringify({ ...entry('a'), scopes: [] }), /^line 1, scopes: /],
      [JSON.stringify({ ...entry('a'), expires: 'x' }), /^line 1, the key: .*expires/],
      [JSON.stringify({ ...entry('a'), expiresAt: 'soon' }), /^line 1, expiresAt: /],
      [
        Array.from({ length: 1_001 }, (_, index) => JSON.stringify(entry(`k${index}`))).join('\n'),
        /^it has 1001 keys; there may be 1000$/,
      ],
    ];
    for (const [text, message] of cases)
      assert.throws(
        () => parseKeyFile(text),
        (error) => error instanceof KeyFileError && message.test(error.message),
        text.slice(0, 200),
      );
    assert.deepEqual(parseKeyFile('\n# nothing\n'), []);
  });

  test('[KEY5] a file that breaks leaves the keys as they were, and says so until it is whole', () => {
    const path = join(folder, 'watched');
    writeFileSync(path, JSON.stringify(entry('a')));
    const seen: string[] = [];
    const watch = watchKeyFile(path, {
      changed: (keys) => seen.push(keys.map(({ id }) => id).join()),
      failed: (message) => seen.push(message),
    });
    assert.deepEqual(
      watch.keys.map(({ id }) => id),
      ['a'],
    );
    writeFileSync(path, 'nonsense');
    watch.reload();
    assert.match(seen[0] ?? '', /can't be used: line 1 is no JSON\.$/);
    assert.equal(watch.trouble(), seen[0]);
    rmSync(path);
    watch.reload();
    assert.match(watch.trouble() ?? '', /can't be read \(ENOENT\)/);
    writeFileSync(path, JSON.stringify(entry('b')));
    watch.reload();
    assert.equal(watch.trouble(), undefined);
    assert.equal(seen.at(-1), 'b');
    watch.close();
    assert.throws(
      () =>
        watchKeyFile(join(folder, 'absent'), { changed: () => undefined, failed: () => undefined }),
      KeyFileError,
    );
  });
});
