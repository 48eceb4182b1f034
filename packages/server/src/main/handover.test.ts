import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { ManualClock } from '@prism/core/testing';
import { callIdsFromSuffix, NO_LIMITS, OPEN_ACCESS } from '@prism/protocol';
import { handoverKeyOf, tokenKeyOf } from '../auth/token-keys.ts';
import { type HandedCall, HandoverDesk } from '../runtime/handover-desk.ts';
import { PLAIN_REQUEST } from '../runtime/session-request.ts';
import { StorageThread } from '../storage/storage-thread.ts';
import { JweBox } from '../tokens/jwe-box.ts';

const KEY = 'a token key of thirty-two characters';
const LIFE_MS = 120_000;

function callOf(suffix: string, text: string, tokenId?: string): HandedCall {
  const entry = { itemId: 'i', role: 'user', text, status: 'final', isTold: true } as const;
  return {
    sessionId: callIdsFromSuffix(suffix).sessionId,
    isClientFiltered: false,
    request: { ...PLAIN_REQUEST, access: { ...OPEN_ACCESS, tokenId } },
    record: {
      version: 1,
      entries: [entry],
      omittedEntries: 0,
      config: { type: 'realtime', instructions: 'A secret plan.' },
      limits: NO_LIMITS,
      isAnswerDue: true,
      isClientAware: true,
      history: [],
    },
  };
}

suite('conversations between processes', () => {
  let store: StorageThread;
  const clock = new ManualClock();
  const failures: unknown[] = [];
  before(async () => {
    store = await StorageThread.open(':memory:');
  });
  after(() => store.close());

  function desk(key = KEY): HandoverDesk {
    const seal = new JweBox([handoverKeyOf(key)]);
    return new HandoverDesk({ clock, store, seal, failed: (error) => failures.push(error) });
  }

  test('[HND23] a record is sealed, and another process with the same keys reads it', async () => {
    const { callId } = callIdsFromSuffix('sealed');
    const call = callOf('sealed', 'My pin is 1234.');
    assert.equal(await desk().keep(callId, call), true);
    const sealed = await store.findHandover(callId, clock.wallMs());
    assert.match(sealed ?? '', /^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/);
    const plain = Buffer.from(sealed?.split('.')[3] ?? '', 'base64url').toString('latin1');
    assert.equal(plain.includes('1234') || plain.includes('secret plan'), false);
    const found = await desk().find(callId, OPEN_ACCESS);
    assert.deepEqual(found?.record, JSON.parse(JSON.stringify(call.record)));
    assert.equal(
      await desk('another key of thirty-two letters').find(callId, OPEN_ACCESS),
      undefined,
    );
    // What seals client secrets opens no conversation, nor the other way round.
    const secrets = new JweBox([tokenKeyOf(KEY)]);
    assert.equal(await secrets.open(sealed ?? ''), undefined);
  });

  test('[HND21] it is for who could control the call, and taken once', async () => {
    const { callId } = callIdsFromSuffix('secret');
    await desk().keep(callId, callOf('secret', 'x', 'secret_1'));
    assert.equal(await desk().find(callId, { ...OPEN_ACCESS, tokenId: 'secret_2' }), undefined);
    assert.ok(await desk().find(callId, { ...OPEN_ACCESS, tokenId: 'secret_1' }));
    assert.ok(await desk().find(callId, OPEN_ACCESS));
    const taken = await Promise.all([desk().take(callId), desk().take(callId)]);
    assert.deepEqual(taken.filter(Boolean), [true]);
    assert.equal(await desk().find(callId, OPEN_ACCESS), undefined);
  });

  test('[HND21] a record under another id is none', async () => {
    const [first, second] = [callIdsFromSuffix('first'), callIdsFromSuffix('second')];
    await desk().keep(first.callId, callOf('first', 'x'));
    const sealed = await store.findHandover(first.callId, clock.wallMs());
    await store.putHandover(second.callId, sealed ?? '', clock.wallMs() + LIFE_MS);
    assert.equal(await desk().find(second.callId, OPEN_ACCESS), undefined);
  });

  test('[HND23] after 120 s it is gone', async () => {
    const { callId } = callIdsFromSuffix('old');
    await desk().keep(callId, callOf('old', 'x'));
    clock.advance(LIFE_MS - 1);
    assert.ok(await desk().find(callId, OPEN_ACCESS));
    clock.advance(1);
    assert.equal(await desk().find(callId, OPEN_ACCESS), undefined);
    assert.equal(await desk().take(callId), false);
    assert.deepEqual(failures, []);
  });

  test('[DRN7] a store that fails is told of, and keeps nothing', async () => {
    const told: unknown[] = [];
    const { callId } = callIdsFromSuffix('failing');
    const broken = {
      putHandover: () => Promise.reject(new Error('full')),
      findHandover: () => Promise.reject(new Error('full')),
      takeHandover: () => Promise.reject(new Error('full')),
    };
    const seal = new JweBox([handoverKeyOf(KEY)]);
    const failed = (error: unknown): number => told.push(error);
    const failing = new HandoverDesk({ clock, store: broken, seal, failed });
    assert.equal(await failing.keep(callId, callOf('failing', 'x')), false);
    assert.equal(await failing.find(callId, OPEN_ACCESS), undefined);
    assert.equal(await failing.take(callId), false);
    assert.equal(told.length, 3);
  });
});
