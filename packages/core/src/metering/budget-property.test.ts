import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Budget } from './budget.ts';
import type { BudgetAccount } from './budget-account.ts';
import { BudgetLedger } from './budget-ledger.ts';
import { NO_SPENDING, type Spending } from './spending.ts';
import { emptyEntry } from './usage-entry.ts';

const START_MS = Date.UTC(2026, 10, 26);
const TURN: Spending = { costMicroUsd: 100, tokens: 0, audioMs: 0 };
const BUDGETS: readonly Budget[] = (['server', 'key', 'user'] as const).map((scope, index) => ({
  scope,
  match: undefined,
  period: 'total',
  max: { costMicroUsd: 1_000 - index * 150 },
  sessionCountMax: undefined,
}));

/** What happens to a process with sessions, in any order. */
type Step =
  | { readonly type: 'open'; readonly user: string; readonly ending: 'spoken' | 'silent' }
  | { readonly type: 'turn'; readonly session: number; readonly costMicroUsd: number }
  | { readonly type: 'begin'; readonly session: number; readonly responseCount: number }
  | { readonly type: 'end'; readonly session: number }
  /** The process ends and another one goes on with what was written. */
  | { readonly type: 'crash' };

const session = fc.nat({ max: 11 });
function stepsOf(costMax: number): fc.Arbitrary<readonly Step[]> {
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      type: fc.constant('open' as const),
      user: fc.constantFrom('alice', 'bob', 'carol'),
      ending: fc.constantFrom('spoken', 'silent'),
    }),
    fc.record({
      type: fc.constant('turn' as const),
      session,
      costMicroUsd: fc.nat({ max: costMax }),
    }),
    fc.record({
      type: fc.constant('begin' as const),
      session,
      responseCount: fc.nat({ max: 3 }),
    }),
    fc.record({ type: fc.constant('end' as const), session }),
    fc.record({ type: fc.constant('crash' as const) }),
  );
  return fc.array(step, { maxLength: 120 });
}

/** Sessions that keep to what they are told, and what their budgets came to. */
class World {
  ledger = new BudgetLedger({ budgets: BUDGETS, turn: TURN });
  readonly #sessions: { account: BudgetAccount; user: string; isOver: boolean }[] = [];
  readonly spentBy = new Map<string, number>();
  /** What turns cost beyond what was held for them. */
  overdraft = 0;

  run(step: Step): void {
    switch (step.type) {
      case 'open':
        return this.#open(step);
      case 'turn':
        return this.#turn(step.session, step.costMicroUsd);
      case 'begin':
        return this.#begin(step.session, step.responseCount);
      case 'end': {
        const [ended] = this.#sessions.splice(step.session, 1);
        return ended?.account.close();
      }
      case 'crash':
        return this.#crash();
    }
  }

  endAll(): void {
    for (const { account } of this.#sessions.splice(0)) account.close();
  }

  #open({ user, ending }: Extract<Step, { type: 'open' }>): void {
    const opened = this.ledger.open({ keyId: 'key', user, ending }, START_MS);
    if (opened.isOpened) this.#sessions.push({ account: opened.account, user, isOver: false });
  }

  #turn(index: number, costMicroUsd: number): void {
    const live = this.#sessions[index];
    if (live === undefined || live.isOver) return;
    this.overdraft += Math.max(0, costMicroUsd - live.account.held.costMicroUsd);
    for (const subject of ['', 'key', live.user])
      this.spentBy.set(subject, (this.spentBy.get(subject) ?? 0) + costMicroUsd);
    const entry = { ...emptyEntry('response', 'm'), costMicroUsd };
    const news = live.account.take({ type: 'used', entry }, START_MS);
    if (news?.type === 'reached') live.isOver = true;
  }

  #begin(index: number, responseCount: number): void {
    const live = this.#sessions[index];
    if (live === undefined || live.isOver) return;
    const report = { type: 'pending', responseCount, known: NO_SPENDING } as const;
    if (live.account.take(report, START_MS)?.type === 'reached') live.isOver = true;
  }

  #crash(): void {
    this.#sessions.length = 0;
    this.ledger = new BudgetLedger({ budgets: BUDGETS, turn: TURN });
    for (const budget of BUDGETS) {
      const subjects = { server: [''], key: ['key'], user: ['alice', 'bob', 'carol'] };
      for (const subject of subjects[budget.scope]) {
        const costMicroUsd = this.spentBy.get(subject) ?? 0;
        const spending = { ...NO_SPENDING, costMicroUsd };
        this.ledger.restore(budget, { subject, spending }, START_MS);
      }
    }
  }
}

function lines(world: World): { spent: number; reserved: number; max: number }[] {
  return BUDGETS.flatMap((budget) =>
    ['alice', 'bob', 'carol'].flatMap((user) => {
      const line = world.ledger.lineOf(budget, { keyId: 'key', user });
      if (line === undefined) return [];
      const max = budget.max.costMicroUsd ?? 0;
      return [{ spent: line.spent.costMicroUsd, reserved: line.reserved.costMicroUsd, max }];
    }),
  );
}

test('[BUD11] turns no dearer than their reservation never exceed a budget, in any order, over any crash', () => {
  fc.assert(
    fc.property(stepsOf(TURN.costMicroUsd), (steps) => {
      const world = new World();
      for (const step of steps) {
        world.run(step);
        for (const { spent, reserved, max } of lines(world)) assert.ok(spent + reserved <= max);
      }
    }),
    { seed: 20_261_126, numRuns: 400 },
  );
});

test('[BUD11] dearer turns exceed it by what was not reserved for them, and no more', () => {
  let overdraftMax = 0;
  fc.assert(
    fc.property(stepsOf(4 * TURN.costMicroUsd), (steps) => {
      const world = new World();
      for (const step of steps) {
        world.run(step);
        for (const { spent, reserved, max } of lines(world))
          assert.ok(spent + reserved <= max + world.overdraft);
      }
      overdraftMax = Math.max(overdraftMax, world.overdraft);
    }),
    { seed: 20_261_126, numRuns: 400 },
  );
  assert.ok(overdraftMax > 0, 'some turns were dearer');
});

test('[BUD14] when all sessions have ended nothing is reserved', () => {
  fc.assert(
    fc.property(stepsOf(3 * TURN.costMicroUsd), (steps) => {
      const world = new World();
      for (const step of steps) world.run(step);
      world.endAll();
      for (const { reserved } of lines(world)) assert.equal(reserved, 0);
      for (const [subject, spent] of world.spentBy) {
        const scope = subject === '' ? 'server' : subject === 'key' ? 'key' : 'user';
        const budget = BUDGETS.find((each) => each.scope === scope);
        assert.ok(budget !== undefined);
        const line = world.ledger.lineOf(budget, { keyId: 'key', user: subject });
        assert.equal(line?.spent.costMicroUsd, spent);
      }
    }),
    { seed: 20_261_126, numRuns: 300 },
  );
});
