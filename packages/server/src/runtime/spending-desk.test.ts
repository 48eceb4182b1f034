import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type Budget, BudgetLedger, emptyEntry, priceTableWith } from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import { NO_LIMITS, OPEN_ACCESS, type SessionAccess, type SessionLimits } from '@prism/protocol';
import type { UsageRecord } from './ports/usage-store.ts';
import { SpendingDesk } from './spending-desk.ts';

const BUDGET: Budget = {
  scope: 'user',
  match: undefined,
  period: 'day',
  max: { costMicroUsd: 150 },
  sessionCountMax: undefined,
};

interface Bench {
  readonly desk: SpendingDesk;
  readonly clock: ManualClock;
  readonly records: UsageRecord[];
  isFull: boolean;
}

function bench(budgets: readonly Budget[], limits: Partial<SessionLimits> = {}): Bench {
  const clock = new ManualClock();
  const records: UsageRecord[] = [];
  const test_ = { clock, records, isFull: false };
  const desk = new SpendingDesk({
    clock,
    ledger: new BudgetLedger({ budgets, turn: { costMicroUsd: 100, tokens: 0, audioMs: 0 } }),
    prices: priceTableWith({}),
    writer: {
      add: (record) => records.push(record),
      get isFull() {
        return test_.isFull;
      },
    },
    limits: { ...NO_LIMITS, ...limits },
    farewell: 'Bye.',
    defaultModel: 'gpt-realtime-2.1',
  });
  return Object.assign(test_, { desk });
}

function accessOf(access: Partial<SessionAccess>): SessionAccess {
  return { ...OPEN_ACCESS, keyId: 'key_1', user: 'alice', agent: 'helper', ...access };
}

suite('spending desk', () => {
  test('[BUD10] without room a session is refused until the period ends, to the second', () => {
    const { desk, clock } = bench([BUDGET]);
    const request = { access: accessOf({}), model: undefined, intent: 'realtime' } as const;
    assert.equal(desk.open('s1', request).isOpened, true);
    const refused = desk.open('s2', request);
    assert.ok(!refused.isOpened);
    const { code, message, retryAfterS } = refused.error;
    assert.equal(code, 'budget_exceeded');
    assert.equal(message, 'The daily cost budget of this user has no room left.');
    const dayMs = 86_400_000;
    const leftMs = dayMs - (clock.wallMs() % dayMs);
    assert.equal(retryAfterS, Math.ceil(leftMs / 1_000));
    assert.deepEqual(desk.refusal(request), refused.error);
    assert.equal(desk.refusal({ ...request, access: accessOf({ user: 'bob' }) }), undefined);
  });

  test('[BUD14] what a session used is kept under its names, and what it held is free at its end', () => {
    const { desk, records } = bench([BUDGET]);
    const request = { access: accessOf({}), model: 'm', intent: 'realtime' } as const;
    const priced = { ...request, model: 'gpt-realtime-2.1' };
    const opened = desk.open('s1', priced);
    assert.ok(opened.isOpened);
    const entry = { ...emptyEntry('response', 'm'), costMicroUsd: 20 };
    assert.equal(opened.spending.take({ type: 'used', entry }), undefined);
    const [record] = records;
    assert.deepEqual(
      [record?.sessionId, record?.keyId, record?.user, record?.agent, record?.entry],
      ['s1', 'key_1', 'alice', 'helper', entry],
    );
    assert.equal(desk.refusal(priced)?.code, 'budget_exceeded');
    opened.spending.close();
    assert.equal(desk.refusal(priced), undefined);
  });

  test('[BUD18] a limit of cost needs a price: of the model, by budget or by limit', () => {
    const limited = accessOf({ limits: { ...NO_LIMITS, costMicroUsd: 5 } });
    const request = { access: limited, model: 'unheard-of', intent: 'realtime' } as const;
    const { desk } = bench([]);
    assert.equal(desk.refusal(request)?.code, 'price_unknown');
    assert.equal(desk.refusal({ ...request, model: 'gpt-realtime-2.1-mini' }), undefined);
    assert.equal(desk.refusal({ ...request, intent: 'transcription' }), undefined);
    assert.equal(desk.refusal({ ...request, access: accessOf({}) }), undefined);
    const budgeted = bench([BUDGET]).desk;
    assert.equal(budgeted.refusal({ ...request, access: accessOf({}) })?.code, 'price_unknown');
    const everybody = bench([], { costMicroUsd: 5 }).desk;
    assert.equal(everybody.refusal({ ...request, access: accessOf({}) })?.code, 'price_unknown');
  });

  test('[BUD9] of two limits the tighter one holds', () => {
    const { desk } = bench([], { sessionMs: 5_000, tokens: 10, idleMs: 3, ending: 'silent' });
    const limits: SessionLimits = {
      ...NO_LIMITS,
      sessionMs: 4_000,
      tokens: 20,
      audioMs: 7,
      ending: 'spoken',
    };
    const opened = desk.open('s1', {
      access: accessOf({ limits }),
      model: undefined,
      intent: 'realtime',
    });
    assert.ok(opened.isOpened);
    assert.deepEqual(opened.spending.limits, {
      sessionMs: 4_000,
      idleMs: 3,
      tokens: 10,
      audioMs: 7,
      costMicroUsd: undefined,
      ending: 'spoken',
    });
  });

  test('[USE12] while too much usage waits, nobody new is let in', () => {
    const test_ = bench([]);
    test_.isFull = true;
    const request = { access: accessOf({}), model: undefined, intent: 'realtime' } as const;
    const opened = test_.desk.open('s1', request);
    assert.ok(!opened.isOpened);
    assert.equal(opened.error.code, 'storage_unavailable');
  });
});
