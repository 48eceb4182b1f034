import { z } from 'zod';
import { DURATION_MS_MAX, distributionSchema } from './distribution.ts';

/** What goes wrong on a simulated session's socket, and when. `docs/guides/simulator.md` explains each field. */

const count = z.int().min(1).max(1_000_000);
const durationMs = z.number().min(0).max(DURATION_MS_MAX);

/** An event type, or `*` for all. */
const eventName = z.string().min(1).max(100);

const triggerSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('connect') }),
  z.strictObject({ type: z.literal('time'), after_ms: z.number().min(0).max(3_600_000) }),
  z.strictObject({ type: z.literal('sends'), event: eventName, nth: count.optional() }),
  z.strictObject({ type: z.literal('receives'), event: eventName, nth: count.optional() }),
]);

/** Codes that a close frame may carry (RFC 6455, section 7.4). */
const closeCode = z.union([
  z.int().min(3_000).max(4_999),
  z.int().refine((code) => [1000, 1001, 1002, 1003, 1007, 1008, 1009].includes(code)),
  z.int().min(1_011).max(1_014),
]);

const handshakeActionSchemas = [
  z.strictObject({
    type: z.literal('refuse'),
    status: z.int().min(400).max(599),
    code: z.string().default('simulated_refusal'),
    message: z.string().default('The simulator was told to refuse this connection.'),
    headers: z
      .record(z.string().regex(/^[a-z0-9-]+$/i), z.string().regex(/^[\x20-\x7e]*$/))
      .default({}),
  }),
  z.strictObject({ type: z.literal('ignore_handshake') }),
] as const;

const socketActionSchemas = [
  z.strictObject({
    type: z.literal('close'),
    code: closeCode,
    reason: z.string().max(100).default(''),
  }),
  z.strictObject({ type: z.literal('terminate') }),
  z.strictObject({ type: z.literal('hang') }),
  z.strictObject({ type: z.literal('half_open') }),
  z.strictObject({ type: z.literal('stall'), ms: durationMs }),
  z.strictObject({
    type: z.literal('error'),
    error_type: z
      .enum(['invalid_request_error', 'server_error', 'rate_limit_error'])
      .default('server_error'),
    code: z.string(),
    message: z.string().default('The simulator was told to send this error.'),
  }),
  z.strictObject({ type: z.literal('text'), text: z.string().max(65_536) }),
  z.strictObject({ type: z.literal('binary'), size_bytes: z.int().min(0).max(1_048_576) }),
] as const;

const messageActionSchemas = [
  z.strictObject({ type: z.literal('drop') }),
  z.strictObject({ type: z.literal('delay'), ms: distributionSchema }),
  z.strictObject({ type: z.literal('duplicate'), count: z.int().min(1).max(100).default(1) }),
  z.strictObject({ type: z.literal('merge'), patch: z.record(z.string(), z.json()) }),
] as const;

const actionSchema = z.discriminatedUnion('type', [
  ...handshakeActionSchemas,
  ...socketActionSchemas,
  ...messageActionSchemas,
]);

const ALLOWED_ACTIONS: Readonly<Record<FaultTrigger['type'], readonly string[]>> = (() => {
  const namesOf = (schemas: readonly { shape: { type: { value: string } } }[]): string[] =>
    schemas.map(({ shape }) => shape.type.value);
  const onSocket = namesOf(socketActionSchemas);
  return {
    connect: [...namesOf(handshakeActionSchemas), ...onSocket],
    time: onSocket,
    sends: [...onSocket, ...namesOf(messageActionSchemas)],
    receives: [...onSocket, 'drop', 'delay', 'duplicate'],
  };
})();

export type FaultTrigger = z.infer<typeof triggerSchema>;
export type FaultAction = z.infer<typeof actionSchema>;
export type FaultActionType = FaultAction['type'];

/** One fault: when, how likely, and what happens. */
export const faultSchema = z
  .strictObject({
    at: triggerSchema,
    probability: z.number().min(0).max(1).default(1),
    do: z.union([
      actionSchema.transform((action) => [action]),
      z.array(actionSchema).min(1).max(16),
    ]),
  })
  .superRefine((fault, context) => {
    for (const action of fault.do) {
      if (!ALLOWED_ACTIONS[fault.at.type].includes(action.type)) {
        const message = `'${action.type}' can't happen at '${fault.at.type}'`;
        context.addIssue({ code: 'custom', path: ['do'], message });
      }
    }
  });

export type Fault = z.infer<typeof faultSchema>;
