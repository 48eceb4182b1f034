import type { BrainReply } from '../ports/brain.ts';
import type { SpeechChunk } from '../ports/voice.ts';
import type { RateLimit } from '../wire/server-event.ts';
import { invalidRequest, type WireError } from '../wire/wire-error.ts';
import type { IdSource } from './id-source.ts';
import type { Item } from './item.ts';
import type { ItemList } from './item-list.ts';
import type { Outbox } from './outbox.ts';
import { Response } from './response.ts';
import type { ResponsePlan } from './response-plan.ts';
import { ResponseWriter } from './response-writer.ts';

/** Responses outside the conversation that may be in progress at the same time. */
export const OUT_OF_BAND_RESPONSE_COUNT_MAX = 8;

/** What `rate_limits.updated` claims. The engine has no rate limit; clients expect the event. */
const RATE_LIMIT_TOKENS = 1_000_000;

export interface ResponsesOptions {
  readonly outbox: Outbox;
  readonly ids: IdSource;
  readonly conversationId: string;
  readonly items: ItemList;
  readonly outputPaceRatio: number | undefined;
  /** Asks the brain. */
  readonly reply: (plan: ResponsePlan, input: readonly Item[], nowMs: number) => BrainReply;
  readonly onItem: (item: Item) => void;
  readonly onDone: (response: Response, nowMs: number) => void;
}

function isHeard(item: Item): boolean {
  return (
    item.type !== 'message' ||
    item.content.every(
      (content) => content.type !== 'input_audio' || content.hearing.state !== 'pending',
    )
  );
}

/** The responses in progress: at most one in the conversation, and a few outside of it. */
export class Responses {
  readonly #options: ResponsesOptions;
  /** By response id, oldest first. Finished ones are taken out as soon as they are. */
  readonly #open = new Map<string, Response>();

  constructor(options: ResponsesOptions) {
    this.#options = options;
  }

  /** The conversation's response in progress. */
  get active(): Response | undefined {
    return [...this.#open.values()].find((response) => !response.plan.isOutOfBand);
  }

  get count(): number {
    return this.#open.size;
  }

  /** Starts a response, or says why it can't. */
  create(plan: ResponsePlan, nowMs: number): WireError | undefined {
    const { active } = this;
    if (!plan.isOutOfBand && active !== undefined) {
      return invalidRequest(
        'conversation_already_has_active_response',
        `Conversation already has an active response in progress: ${active.id}. Wait until the response is finished before creating a new one.`,
      );
    }
    if (this.#open.size >= OUT_OF_BAND_RESPONSE_COUNT_MAX) {
      const message = `At most ${OUT_OF_BAND_RESPONSE_COUNT_MAX} responses may be in progress.`;
      return invalidRequest('rate_limit_exceeded', message);
    }
    const { outbox, ids, items, conversationId } = this.#options;
    const writer = new ResponseWriter({
      outbox,
      ids,
      plan,
      conversation: plan.isOutOfBand ? undefined : { id: conversationId, items },
      onItem: this.#options.onItem,
    });
    const response = new Response({
      plan,
      writer,
      outbox,
      outputPaceRatio: this.#options.outputPaceRatio,
    });
    this.#open.set(response.id, response);
    this.advance(nowMs);
    return undefined;
  }

  /** Cancels one response, or the conversation's; an error if it isn't in progress. */
  cancel(
    responseId: string | undefined,
    reason: 'turn_detected' | 'client_cancelled',
    nowMs: number,
  ): WireError | undefined {
    const response = responseId === undefined ? this.active : this.#open.get(responseId);
    if (response === undefined) {
      const message = 'Cancellation failed: no active response found';
      return invalidRequest('response_cancel_not_active', message);
    }
    response.cancel(reason);
    this.#settle(response, nowMs);
    return undefined;
  }

  chunk(responseId: string, chunk: SpeechChunk, nowMs: number): void {
    this.#on(responseId, nowMs, (response) => {
      response.chunk(chunk, nowMs);
    });
  }

  finished(responseId: string, nowMs: number): void {
    this.#on(responseId, nowMs, (response) => {
      response.finished(nowMs);
    });
  }

  failed(responseId: string, reason: string, nowMs: number): void {
    this.#on(responseId, nowMs, (response) => {
      response.failed(reason);
    });
  }

  /** Begins the responses whose input has been heard meanwhile, and sends the audio that is due. */
  advance(nowMs: number): void {
    for (const response of this.#open.values()) {
      const input = response.plan.inputItems ?? this.#options.items.all;
      if (response.isWaiting && input.every(isHeard)) {
        // A copy: the answer's own items join the conversation and aren't part of what it answers.
        const answered = [...input];
        response.begin(this.#options.reply(response.plan, answered, nowMs), answered, nowMs);
      } else {
        response.release(nowMs);
      }
      this.#settle(response, nowMs);
    }
  }

  get nextReleaseMs(): number | undefined {
    const times = [...this.#open.values()].flatMap(({ nextReleaseMs }) => nextReleaseMs ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  #on(responseId: string, nowMs: number, act: (response: Response) => void): void {
    const response = this.#open.get(responseId);
    if (response !== undefined) {
      act(response);
      this.#settle(response, nowMs);
    }
  }

  #settle(response: Response, nowMs: number): void {
    if (response.isDone && this.#open.delete(response.id)) {
      this.#options.outbox.send({
        type: 'rate_limits.updated',
        rate_limits: [rateLimitAfter(response.totalTokens)],
      });
      this.#options.onDone(response, nowMs);
    }
  }
}

function rateLimitAfter(usedTokens: number): RateLimit {
  return {
    name: 'tokens',
    limit: RATE_LIMIT_TOKENS,
    remaining: Math.max(0, RATE_LIMIT_TOKENS - usedTokens),
    reset_seconds: (usedTokens / RATE_LIMIT_TOKENS) * 60,
  };
}
