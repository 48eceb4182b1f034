import type { z } from 'zod';
import type { PrismErrorInfo } from '../codes/error-codes.ts';
import { type ContextUpdate, contextUpdateSchema } from './context-update.ts';
import { type EarlyAudioPiece, earlyAudioSchema } from './early-audio.ts';
import { type Ping, pingSchema } from './ping.ts';
import { type PlayoutReport, playoutReportSchema } from './playout-report.ts';
import { type SessionKeep, sessionKeepSchema } from './session-keep.ts';
import { type SessionMoveRequest, sessionMoveSchema } from './session-move.ts';
import { type PrismToolEvent, toolDecisionSchema, toolSubscriptionSchema } from './tool-events.ts';
import {
  type TranscriptSubscription,
  transcriptSubscriptionSchema,
} from './transcript-subscription.ts';
import {
  type InputMute,
  inputMuteSchema,
  type OutputHold,
  outputHoldSchema,
} from './turn-controls.ts';

/** Events that clients send to Prism itself. None of them goes upstream. */
export type PrismClientEvent =
  | Ping
  | PlayoutReport
  | TranscriptSubscription
  | EarlyAudioPiece
  | InputMute
  | OutputHold
  | SessionKeep
  | ContextUpdate
  | SessionMoveRequest
  | PrismToolEvent;

/** What a client event of Prism's own name space is. */
export type ReadPrismEvent =
  | { readonly isValid: true; readonly event: PrismClientEvent }
  | { readonly isValid: false; readonly error: PrismErrorInfo };

const PREFIX = 'prism.';

/** By the type of the event. */
const SCHEMAS: ReadonlyMap<string, z.ZodType<PrismClientEvent>> = new Map<
  string,
  z.ZodType<PrismClientEvent>
>([
  ['prism.ping', pingSchema],
  ['prism.playout.report', playoutReportSchema],
  ['prism.input.early', earlyAudioSchema],
  ['prism.input.mute', inputMuteSchema],
  ['prism.output.hold', outputHoldSchema],
  ['prism.transcript.subscribe', transcriptSubscriptionSchema],
  ['prism.session.keep', sessionKeepSchema],
  ['prism.context.update', contextUpdateSchema],
  ['prism.session.move', sessionMoveSchema],
  ['prism.tool.subscribe', toolSubscriptionSchema],
  ['prism.tool.confirm', toolDecisionSchema],
]);

/** Whether a client event with this type is for Prism alone. */
export function isPrismEventType(type: string): boolean {
  return type.startsWith(PREFIX);
}

/** Reads a client event whose type {@link isPrismEventType}. An unknown type and a misshapen event are refused. */
export function readPrismEvent(value: { readonly type: string }): ReadPrismEvent {
  const schema = SCHEMAS.get(value.type);
  if (schema === undefined)
    return refuse(`Prism has no event '${value.type.slice(0, 64)}'.`, 'type');
  const parsed = schema.safeParse(value);
  if (parsed.success) return { isValid: true, event: parsed.data };
  const [issue] = parsed.error.issues;
  const field = issue?.path.join('.');
  return refuse(`Field '${field}' of ${value.type} is wrong: ${issue?.message}.`, field);
}

function refuse(message: string, param: string | undefined): ReadPrismEvent {
  return { isValid: false, error: { code: 'invalid_event', message, param } };
}
