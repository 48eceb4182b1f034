import { BUDGET_SCOPES, type Budget, type PriceInUsd } from '@prism/core';
import { z } from 'zod';
import { define, structured } from './define-setting.ts';

const MICRO_USD_PER_USD = 1_000_000;

const amount = z.coerce.number().min(0).max(1e9);
const optionalCount = z.coerce.number().int().min(1).max(1e12).optional();
const optionalSeconds = z.coerce.number().int().min(1).max(86_400_000).optional();

const budgetSchema = z
  .strictObject({
    scope: z.enum(BUDGET_SCOPES),
    match: z.string().min(1).optional(),
    period: z.enum(['day', 'month', 'total']).default('total'),
    costUsd: amount.optional(),
    tokens: amount.optional(),
    audioMinutes: amount.optional(),
    sessionsAtOnce: z.int().min(1).optional(),
  })
  .refine(
    ({ costUsd, tokens, audioMinutes, sessionsAtOnce }) =>
      [costUsd, tokens, audioMinutes, sessionsAtOnce].some((max) => max !== undefined),
    { message: 'a budget limits costUsd, tokens, audioMinutes or sessionsAtOnce' },
  )
  .refine(({ scope, match }) => scope !== 'server' || match === undefined, {
    message: 'the budget of the server matches everybody',
  })
  .transform(({ scope, match, period, costUsd, tokens, audioMinutes, sessionsAtOnce }): Budget => {
    const max = {
      ...(costUsd === undefined ? {} : { costMicroUsd: Math.round(costUsd * MICRO_USD_PER_USD) }),
      ...(tokens === undefined ? {} : { tokens: Math.floor(tokens) }),
      ...(audioMinutes === undefined ? {} : { audioMs: Math.round(audioMinutes * 60_000) }),
    };
    return { scope, match, period, max, sessionCountMax: sessionsAtOnce };
  });

const tokenPrice = amount.default(0);
const priceSchema = z
  .strictObject({
    textIn: tokenPrice,
    textCachedIn: tokenPrice,
    textOut: tokenPrice,
    audioIn: tokenPrice,
    audioCachedIn: tokenPrice,
    audioOut: tokenPrice,
    imageIn: tokenPrice,
    imageCachedIn: tokenPrice,
    perMinute: amount.optional(),
  })
  .transform(({ perMinute, ...perMillionTokens }): PriceInUsd => ({ perMillionTokens, perMinute }));

/** The settings of limits, budgets, prices and the ledger. */
export const SPENDING_SETTINGS = {
  limitSessionS: define<number | undefined>({
    key: 'limits.sessionS',
    schema: optionalSeconds,
    defaultValue: undefined,
    unit: 's',
    doc: 'How long a session may last. As with all limits of a session, the tighter of this one and its own holds.',
    env: 'PRISM_LIMIT_SESSION_S',
  }),
  limitIdleS: define<number | undefined>({
    key: 'limits.idleS',
    schema: optionalSeconds,
    defaultValue: undefined,
    unit: 's',
    doc: 'How long neither user nor model may speak in a session.',
    env: 'PRISM_LIMIT_IDLE_S',
  }),
  limitTokens: define<number | undefined>({
    key: 'limits.tokens',
    schema: optionalCount,
    defaultValue: undefined,
    unit: 'tokens',
    doc: 'Tokens that a session may use, in and out.',
    env: 'PRISM_LIMIT_TOKENS',
  }),
  limitAudioS: define<number | undefined>({
    key: 'limits.audioS',
    schema: optionalSeconds,
    defaultValue: undefined,
    unit: 's',
    doc: 'Audio that a session may move, of user and model together.',
    env: 'PRISM_LIMIT_AUDIO_S',
  }),
  limitCostUsd: define<number | undefined>({
    key: 'limits.costUsd',
    schema: amount.optional(),
    defaultValue: undefined,
    unit: 'USD',
    doc: 'Money that a session may spend, by the price table.',
    env: 'PRISM_LIMIT_COST_USD',
  }),
  limitEnding: define<'silent' | 'spoken'>({
    key: 'limits.ending',
    schema: z.enum(['silent', 'spoken']),
    defaultValue: 'silent',
    doc: 'Whether a session that reaches a limit just ends (silent), or the model says goodbye first (spoken).',
    env: 'PRISM_LIMIT_ENDING',
  }),
  farewell: define<string | undefined>({
    key: 'limits.farewell',
    schema: z.string().min(1).max(4_000).optional(),
    defaultValue: undefined,
    doc: 'What the model is told when it is to say goodbye, in place of what Prism tells it.',
    env: 'PRISM_FAREWELL',
  }),
  budgets: define<readonly Budget[]>({
    key: 'budgets',
    schema: structured(z.array(budgetSchema).max(64)),
    defaultValue: [],
    doc: 'What keys, users or all together may spend in a period; see the guide on budgets. In the environment as JSON.',
    env: 'PRISM_BUDGETS',
  }),
  turnCostUsd: define({
    key: 'budgetTurn.costUsd',
    schema: amount,
    defaultValue: 0.1,
    unit: 'USD',
    doc: 'What a turn may cost: reserved of every budget before a session begins, and again before each turn.',
    env: 'PRISM_BUDGET_TURN_COST_USD',
  }),
  turnTokens: define({
    key: 'budgetTurn.tokens',
    schema: z.coerce.number().int().min(0).max(1e9),
    defaultValue: 4_000,
    unit: 'tokens',
    doc: 'Tokens that a turn may use, reserved likewise.',
    env: 'PRISM_BUDGET_TURN_TOKENS',
  }),
  turnAudioS: define({
    key: 'budgetTurn.audioS',
    schema: z.coerce.number().int().min(0).max(86_400),
    defaultValue: 30,
    unit: 's',
    doc: 'Audio that a turn may move, reserved likewise.',
    env: 'PRISM_BUDGET_TURN_AUDIO_S',
  }),
  prices: define<Readonly<Record<string, PriceInUsd>>>({
    key: 'prices',
    schema: structured(z.record(z.string().min(1), priceSchema)),
    defaultValue: {},
    doc: "Prices by the beginning of a model's name, over those that Prism comes with; see the guide on budgets. In the environment as JSON.",
    env: 'PRISM_PRICES',
  }),
  storagePath: define<string | undefined>({
    key: 'storage.path',
    schema: z.string().min(1).optional(),
    defaultValue: undefined,
    doc: "SQLite file with the usage ledger; prism/prism.sqlite in the user's data folder if absent, kept nowhere if :memory:.",
    env: 'PRISM_STORAGE_PATH',
  }),
  usageRetentionDays: define({
    key: 'storage.usageDays',
    schema: z.coerce.number().int().min(32).max(36_500),
    defaultValue: 400,
    unit: 'days',
    doc: 'How long usage is kept. Budgets with the period total count what is kept.',
    env: 'PRISM_USAGE_DAYS',
  }),
  sessionRetentionDays: define({
    key: 'storage.sessionDays',
    schema: z.coerce.number().int().min(0).max(36_500),
    defaultValue: 30,
    unit: 'days',
    doc: 'How long sessions that are over are kept with their timelines; 0 keeps none.',
    env: 'PRISM_SESSION_DAYS',
  }),
  sessionStorageMb: define({
    key: 'storage.sessionMb',
    schema: z.coerce.number().int().min(1).max(1_000_000),
    defaultValue: 500,
    unit: 'MB',
    doc: 'How much the kept sessions may take; of more the oldest are forgotten.',
    env: 'PRISM_SESSION_MB',
  }),
} as const;
