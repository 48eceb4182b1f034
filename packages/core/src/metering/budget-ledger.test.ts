import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Budget, Spender } from './budget.ts';
import type { BudgetAccount, BudgetNews } from './budget-account.ts';
import { BudgetLedger } from './budget-ledger.ts';
import { NO_SPENDING, type Spending } from './spending.ts';
import { emptyEntry } from './usage-entry.ts';

const NOON_MS = Date.UTC(2026, 10, 26, 12);
const MIDNIGHT_MS = Date.UTC(2026, 10, 27);
const TURN: Spending = { costMicroUsd: 100, tokens: 10, audioMs: 0 };
const ALICE: Spender = { keyId: 'key_1', user: 'alice' };
const BOB: Spender = { keyId: 'key_1', user: 'bob' };

function budgetOf(budget: Partial<Budget>): Budget {
  return {
    scope: 'server',
    match: undefined,
    period: 'day',
    max: {},
    sessionCountMax: undefined,
    ...budget,
  };
}

function open(
  ledger: BudgetLedger,
  spender: Spender,
  { wallMs = NOON_MS, ending = 'silent' }: { wallMs?: number; ending?: 'silent' | 'spoken' } = {},
): BudgetAccount {
  const opened = ledger.open({ ...spender, ending }, wallMs);
  assert.ok(opened.isOpened);
  return opened.account;
}

function spend(
  account: BudgetAccount,
  costMicroUsd: number,
  wallMs = NOON_MS,
): BudgetNews | undefined {
  const entry = { ...emptyEntry('response', 'm'), costMicroUsd };
  return account.take({ type: 'used', entry }, wallMs);
}

function refusalKind(ledger: BudgetLedger, spender: Spender, wallMs = NOON_MS): string | undefined {
  return ledger.refusal({ ...spender, ending: 'silent' }, wallMs)?.kind;
}

test('[BUD10] a session reserves a turn, and one more to say goodbye; without room it is refused until the period ends', () => {
  const budget = budgetOf({ max: { costMicroUsd: 350 } });
  const ledger = new BudgetLedger({ budgets: [budget], turn: TURN });
  open(ledger, ALICE, { ending: 'spoken' });
  assert.equal(ledger.lineOf(budget, ALICE)?.reserved.costMicroUsd, 200);
  open(ledger, BOB);
  const refused = ledger.open({ ...BOB, ending: 'silent' }, NOON_MS);
  assert.deepEqual(refused, {
    isOpened: false,
    shortage: { kind: 'costMicroUsd', scope: 'server', period: 'day', untilMs: MIDNIGHT_MS },
  });
  assert.equal(ledger.lineOf(budget, ALICE)?.reserved.costMicroUsd, 300);
});

test('[BUD10] of several budgets all are reserved or none', () => {
  const wide = budgetOf({ max: { costMicroUsd: 1_000 } });
  const narrow = budgetOf({ scope: 'user', max: { tokens: 9 } });
  const ledger = new BudgetLedger({ budgets: [wide, narrow], turn: TURN });
  assert.equal(refusalKind(ledger, ALICE), 'tokens');
  assert.equal(ledger.open({ ...ALICE, ending: 'silent' }, NOON_MS).isOpened, false);
  assert.equal(ledger.lineOf(wide, ALICE)?.reserved.costMicroUsd, 0);
});

test('[BUD12] spending comes out of the reservation and is filled up, until it can not be', () => {
  const budget = budgetOf({ max: { costMicroUsd: 250 } });
  const ledger = new BudgetLedger({ budgets: [budget], turn: TURN });
  const account = open(ledger, ALICE);
  assert.equal(spend(account, 90), undefined);
  assert.deepEqual(ledger.lineOf(budget, ALICE)?.spent, { ...NO_SPENDING, costMicroUsd: 90 });
  assert.equal(account.held.costMicroUsd, 100);
  const news = spend(account, 70);
  assert.ok(news?.type === 'reached');
  assert.equal(news.shortage.kind, 'costMicroUsd');
  assert.equal(account.held.costMicroUsd, 30);
  assert.equal(spend(account, 30), undefined, 'it is told once');
});

test('[BUD13] each response at the same time has a turn, and a turn is as dear as the dearest', () => {
  const budget = budgetOf({ max: { costMicroUsd: 1_000 } });
  const ledger = new BudgetLedger({ budgets: [budget], turn: TURN });
  const account = open(ledger, ALICE);
  account.take({ type: 'pending', responseCount: 3, known: NO_SPENDING }, NOON_MS);
  assert.equal(account.held.costMicroUsd, 300);
  spend(account, 150);
  account.take({ type: 'pending', responseCount: 1, known: NO_SPENDING }, NOON_MS);
  assert.equal(account.held.costMicroUsd, 450, 'what is held is kept for the next ones');
  const known = { ...NO_SPENDING, costMicroUsd: 700 };
  account.take({ type: 'pending', responseCount: 1, known }, NOON_MS);
  assert.equal(account.held.costMicroUsd, 700);
  const news = account.take(
    { type: 'pending', responseCount: 1, known: { ...known, costMicroUsd: 900 } },
    NOON_MS,
  );
  assert.equal(news?.type, 'reached');
});

test('[BUD14] a session that ends gives back what it held, once', () => {
  const budget = budgetOf({ max: { costMicroUsd: 100 }, sessionCountMax: 1 });
  const ledger = new BudgetLedger({ budgets: [budget], turn: TURN });
  const account = open(ledger, ALICE);
  assert.equal(refusalKind(ledger, ALICE), 'sessions');
  account.close();
  account.close();
  assert.equal(spend(account, 50), undefined);
  assert.deepEqual(ledger.lineOf(budget, ALICE)?.reserved, NO_SPENDING);
  assert.equal(refusalKind(ledger, ALICE), undefined);
});

test('[BUD15] budgets are of each user, each key, one of them, or all', () => {
  const perUser = budgetOf({ scope: 'user', max: { costMicroUsd: 100 } });
  const ofBob = budgetOf({ scope: 'user', match: 'bob', max: { costMicroUsd: 50 } });
  const ledger = new BudgetLedger({ budgets: [perUser, ofBob], turn: TURN });
  open(ledger, ALICE);
  assert.equal(refusalKind(ledger, ALICE), 'costMicroUsd');
  assert.equal(refusalKind(ledger, BOB), 'costMicroUsd');
  assert.equal(refusalKind(ledger, { keyId: 'key_1', user: 'carol' }), undefined);
  open(ledger, { keyId: 'key_1', user: undefined });
  assert.equal(refusalKind(ledger, { keyId: 'key_2', user: undefined }), 'costMicroUsd');
});

test('[BUD16] a new day begins with nothing spent, and with what is reserved', () => {
  const budget = budgetOf({ max: { costMicroUsd: 300 } });
  const ledger = new BudgetLedger({ budgets: [budget], turn: TURN });
  const account = open(ledger, ALICE);
  spend(account, 100);
  assert.equal(refusalKind(ledger, BOB, NOON_MS), undefined);
  open(ledger, BOB);
  assert.equal(refusalKind(ledger, BOB, MIDNIGHT_MS - 1), 'costMicroUsd');
  assert.equal(refusalKind(ledger, BOB, MIDNIGHT_MS), undefined);
  assert.equal(ledger.lineOf(budget, BOB)?.reserved.costMicroUsd, 200);
});

test('[BUD17] so many sessions and no more', () => {
  const budget = budgetOf({ scope: 'key', sessionCountMax: 2 });
  const ledger = new BudgetLedger({ budgets: [budget], turn: TURN });
  const first = open(ledger, ALICE);
  open(ledger, BOB);
  assert.equal(refusalKind(ledger, ALICE), 'sessions');
  first.close();
  assert.equal(refusalKind(ledger, ALICE), undefined);
});

test('[USE9] what was spent before counts', () => {
  const budget = budgetOf({ scope: 'user', max: { tokens: 100 } });
  const ledger = new BudgetLedger({ budgets: [budget], turn: TURN });
  const spending = { ...NO_SPENDING, tokens: 95 };
  ledger.restore(budget, { subject: 'alice', spending }, NOON_MS);
  assert.equal(refusalKind(ledger, ALICE), 'tokens');
  assert.equal(refusalKind(ledger, BOB), undefined);
});

test('[BUD3] a budget of which 80 % is spent is told once', () => {
  const budget = budgetOf({ max: { costMicroUsd: 1_000 } });
  const ledger = new BudgetLedger({ budgets: [budget], turn: TURN });
  const account = open(ledger, ALICE);
  for (const costMicroUsd of [100, 100, 100, 100, 100, 100, 100, 90])
    assert.equal(spend(account, costMicroUsd), undefined);
  account.close();
  const next = open(ledger, ALICE);
  assert.deepEqual(spend(next, 10), { type: 'warning' });
  assert.equal(spend(next, 10), undefined);
});

test('[BUD10] a turn that nothing is known of is refused once all is spent', () => {
  const budget = budgetOf({ max: { audioMs: 1_000 } });
  const ledger = new BudgetLedger({ budgets: [budget], turn: NO_SPENDING });
  const spending = { ...NO_SPENDING, audioMs: 1_000 };
  ledger.restore(budget, { subject: '', spending }, NOON_MS);
  assert.equal(refusalKind(ledger, ALICE), 'audioMs');
});
