import { z } from 'zod';

/** The scenario file's shape. `docs/guides/scenarios.md` explains each field. */

const templates = z.union([z.string(), z.array(z.string()).min(1)]);
const name = z.string().regex(/^[a-z][a-z0-9_]*$/, 'must be lower case letters, digits and _');
const slotValueSchema = z.union([
  z.string(),
  z.number().transform(String),
  z.boolean().transform(String),
]);

/** `[red, blue]`, or `{ red: [crimson, scarlet], blue: [] }` with other ways to say each. */
const listedValues = z.union([
  z
    .array(slotValueSchema)
    .min(1)
    .max(500)
    .transform((values) => values.map((value) => ({ value, others: [] as readonly string[] }))),
  z
    .record(z.string(), z.array(z.string()))
    .transform((values) => Object.entries(values).map(([value, others]) => ({ value, others }))),
]);

const slotSchema = z.union([
  z
    .strictObject({ values: listedValues, open: z.boolean().optional() })
    .transform(({ values, open }) => ({ values, isOpen: open === true })),
  listedValues.transform((values) => ({ values, isOpen: false })),
]);

const actionSchema = z.union([
  z.strictObject({ add: z.string(), to: name }),
  z.strictObject({ remove: z.string(), from: name }),
  z.strictObject({ clear: name }),
  z.strictObject({ set: name, value: z.string() }),
  z.strictObject({ compute: name, left: z.string(), operator: z.string(), right: z.string() }),
  z.strictObject({ remind: z.string(), after: z.string() }),
  z.strictObject({ forget_reminders: z.literal(true) }),
  z.strictObject({ pace: z.enum(['slower', 'faster', 'normal']) }),
]);

const conditionSchema = z.strictObject({
  empty: name.optional(),
  listed: z.strictObject({ item: z.string(), in: name }).optional(),
  unset: name.optional(),
  reminders: z.enum(['none', 'some']).optional(),
});

const intentSchema = z.strictObject({
  id: name,
  say: z.union([z.string(), z.array(z.string()).min(1).max(200)]),
  /** Phrases for the keyboard alone. */
  type: z.union([z.string(), z.array(z.string()).min(1).max(200)]).optional(),
  keywords: z.array(z.string()).optional(),
  do: z.array(actionSchema).optional(),
  cases: z
    .array(
      z.strictObject({ when: conditionSchema, reply: templates, acts: z.boolean().optional() }),
    )
    .optional(),
  reply: templates.optional(),
  tool: z
    .strictObject({
      name: z.string().min(1),
      args: z.record(z.string(), z.unknown()).optional(),
    })
    .optional(),
  after: templates.optional(),
  after_failed: templates.optional(),
  meanwhile: templates.optional(),
  expect: z.strictObject({ yes: name.optional(), no: name.optional() }).optional(),
});

export const scenarioSchema = z.strictObject({
  version: z.literal(1),
  name: z.string().min(1),
  greeting: templates,
  nudge: templates.optional(),
  idle: templates.optional(),
  fallback: z
    .strictObject({
      unknown: templates.optional(),
      unsure: templates.optional(),
      unheard: templates.optional(),
      unasked: templates.optional(),
    })
    .optional(),
  slots: z.record(name, slotSchema).optional(),
  pronounce: z.record(z.string(), z.string()).optional(),
  intents: z.array(intentSchema).min(1).max(1_000),
});

export type ScenarioFile = z.infer<typeof scenarioSchema>;
export type IntentFile = z.infer<typeof intentSchema>;
export type ActionFile = z.infer<typeof actionSchema>;
