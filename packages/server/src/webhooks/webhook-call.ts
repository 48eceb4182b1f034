import { after, type Clock, type ToolOutcome } from '@prism/core';
import type { ToolCall, ToolRequest } from '../runtime/ports/tools.ts';
import { boundedText } from './bounded-text.ts';
import { webhookSignature } from './webhook-signature.ts';

/** Attempts at one call, all within the tool's time. */
const ATTEMPT_COUNT_MAX = 3;
/** Before the second attempt; twice that before the third. */
const RETRY_WAIT_MS = 250;
/** Of a `Retry-After` that is longer nobody waits for the end. */
const RETRY_AFTER_MS_MAX = 60_000;

export interface WebhookOptions {
  /** From the operator alone. */
  readonly url: string;
  /** Requests are signed with it; unsigned if undefined. */
  readonly secret: string | undefined;
  /** UTF-8; no more of an answer is read. */
  readonly resultBytesMax: number;
  readonly clock: Clock;
  /** Is told of every attempt that failed, for the log; nothing of it reaches the model. */
  readonly failed: (failure: WebhookFailure) => void;
}

export interface WebhookFailure {
  readonly tool: string;
  readonly attempt: number;
  /** `HTTP 503`, or what the network said. */
  readonly reason: string;
}

/** What one attempt came to. */
type Attempt =
  | { readonly type: 'done'; readonly outcome: ToolOutcome }
  /** Another one may do. */
  | { readonly type: 'again'; readonly reason: string; readonly waitMs: number | undefined }
  | { readonly type: 'refused'; readonly reason: string };

/**
 * Calls a tool by HTTP: a POST with JSON, signed. Answers of 429 and 5xx and failures of the network are tried again
 * with the same `Idempotency-Key`. Redirects are not followed: a signed call is for its URL and no other.
 */
export function webhookCall(options: WebhookOptions): ToolCall {
  return async (request, signal) => {
    const body = bodyOf(request);
    for (let attempt = 1; ; attempt += 1) {
      const made = await attemptCall({ options, request, body }, signal);
      if (made.type === 'done') return made.outcome;
      if (signal.aborted) return failure(request, 'was stopped');
      options.failed({ tool: request.tool, attempt, reason: made.reason });
      const wait =
        made.type === 'again' ? (made.waitMs ?? RETRY_WAIT_MS * 2 ** (attempt - 1)) : undefined;
      const againAtMs = wait === undefined ? undefined : after(options.clock.nowMs(), wait);
      const isLast =
        againAtMs === undefined ||
        attempt >= ATTEMPT_COUNT_MAX ||
        againAtMs >= request.deadlineAtMs;
      if (isLast) return failure(request, 'could not be carried out');
      await sleep(options.clock, againAtMs, signal);
    }
  };
}

function bodyOf({ tool, callId, args, caller }: ToolRequest): string {
  return JSON.stringify({
    tool,
    call_id: callId,
    arguments: args,
    session_id: caller.sessionId,
    agent: caller.agent ?? null,
    user: caller.user ?? null,
  });
}

async function attemptCall(
  {
    options,
    request,
    body,
  }: { readonly options: WebhookOptions; readonly request: ToolRequest; readonly body: string },
  signal: AbortSignal,
): Promise<Attempt> {
  const { url, secret, clock, resultBytesMax } = options;
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      signal,
      body,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json, text/plain',
        'user-agent': 'Prism',
        'idempotency-key': request.idempotencyKey,
        ...(request.traceParent === undefined ? {} : { traceparent: request.traceParent }),
        ...(secret === undefined
          ? {}
          : { 'prism-signature': webhookSignature(secret, { body, wallMs: clock.wallMs() }) }),
      },
    });
    const problem = problemOf(response, clock.wallMs());
    if (problem !== undefined) {
      await response.body?.cancel();
      return problem;
    }
    const text = await boundedText(response.body, resultBytesMax);
    return {
      type: 'done',
      outcome: { type: 'result', text: text === '' ? '{"status":"done"}' : text },
    };
  } catch (error) {
    return { type: 'again', reason: reasonOf(error), waitMs: undefined };
  }
}

/** Why an answer is no result; `undefined` if it is one. */
function problemOf({ status, headers }: Response, wallMs: number): Attempt | undefined {
  const reason = `HTTP ${status}`;
  if (status === 429 || status >= 500)
    return { type: 'again', reason, waitMs: retryAfterMs(headers.get('retry-after'), wallMs) };
  if (status < 200 || status > 299) return { type: 'refused', reason };
  const contentType = headers.get('content-type');
  if (contentType === null || /^(text\/|application\/([\w.-]+\+)?json\b)/i.test(contentType))
    return undefined;
  return { type: 'refused', reason: `${contentType.slice(0, 100)} is neither JSON nor text` };
}

/** `Retry-After` as seconds or as a date (RFC 9110, section 10.2.3). */
function retryAfterMs(value: string | null, wallMs: number): number | undefined {
  if (value === null) return undefined;
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - wallMs;
  return Number.isFinite(waitMs) ? Math.min(Math.max(waitMs, 0), RETRY_AFTER_MS_MAX) : undefined;
}

/** `fetch failed` says nothing; its cause does. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function failure({ tool }: ToolRequest, what: string): ToolOutcome {
  return { type: 'failed', code: 'tool_failed', message: `${tool} ${what}.` };
}

async function sleep(clock: Clock, untilMs: ReturnType<Clock['nowMs']>, signal: AbortSignal) {
  await new Promise<void>((resolve) => {
    if (signal.aborted) return resolve();
    const wake = (): void => {
      timer.cancel();
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = clock.setTimer(untilMs, wake);
    signal.addEventListener('abort', wake);
  });
}
