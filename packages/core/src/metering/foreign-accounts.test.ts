import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Budget } from './budget.ts';
import { BudgetLedger } from './budget-ledger.ts';
import { type AccountNote, ForeignAccounts } from './foreign-accounts.ts';
import { NO_SPENDING, type Spending } from './spending.ts';

const NOON_MS = Date.UTC(2026, 10, 26, 12);
const BUDGET: Budget = {
  scope: 'user',
  match: undefined,
  period: 'day',
  max: { costMicroUsd: 1_000 },
  sessionCountMax: 3,
};
const ALICE = { keyId: undefined, user: 'alice', ending: 'silent' } as const;

function cost(costMicroUsd: number): Spending {
  return { ...NO_SPENDING, costMicroUsd };
}

function note(change: Partial<AccountNote>): AccountNote {
  return {
    keyId: undefined,
    user: 'alice',
    sessionId: 's1',
    spent: NO_SPENDING,
    held: cost(100),
    ...change,
  };
}

suite('budgets of several workers', () => {
  function ledger(): { ledger: BudgetLedger; foreign: ForeignAccounts } {
    const made = new BudgetLedger({ budgets: [BUDGET], turn: cost(100) });
    return { ledger: made, foreign: new ForeignAccounts(made) };
  }

  test('[WRK6] what sessions of other workers spend and hold is gone here too', () => {
    const { ledger: own, foreign } = ledger();
    foreign.take(1, note({ held: cost(850) }), NOON_MS);
    assert.equal(own.refusal(ALICE, NOON_MS), undefined);
    foreign.take(1, note({ held: cost(950) }), NOON_MS);
    assert.equal(own.refusal(ALICE, NOON_MS)?.kind, 'costMicroUsd');
    assert.equal(own.refusal({ ...ALICE, user: 'bob' }, NOON_MS), undefined);
    foreign.take(1, note({ spent: cost(600), held: cost(350) }), NOON_MS);
    foreign.take(1, note({ held: undefined }), NOON_MS);
    assert.equal(own.refusal(ALICE, NOON_MS), undefined);
    foreign.take(2, note({ sessionId: 's2', spent: cost(350) }), NOON_MS);
    assert.equal(own.refusal(ALICE, NOON_MS)?.kind, 'costMicroUsd');
  });

  test('[WRK6] sessions of a worker that has gone hold nothing any more, and have spent what they have', () => {
    const { ledger: own, foreign } = ledger();
    for (const sessionId of ['s1', 's2', 's3'])
      foreign.take(1, note({ sessionId, spent: cost(10) }), NOON_MS);
    assert.equal(own.refusal(ALICE, NOON_MS)?.kind, 'sessions');
    foreign.forget(1);
    assert.equal(own.refusal(ALICE, NOON_MS), undefined);
    const line = own.lineOf(BUDGET, ALICE);
    assert.deepEqual([line?.spent.costMicroUsd, line?.reserved.costMicroUsd], [30, 0]);
  });
});
