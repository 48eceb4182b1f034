import type { Brain, BrainReply, Exchange } from '../ports/brain.ts';
import type { ResponseParams } from '../wire/client-event.ts';
import { invalidRequest, type WireError } from '../wire/wire-error.ts';
import { exchangesOfItems, functionToolsOf } from './exchanges.ts';
import type { Hearings } from './hearings.ts';
import type { IdSource } from './id-source.ts';
import type { Item } from './item.ts';
import type { ItemDesk } from './item-desk.ts';
import { makeItem } from './make-item.ts';
import type { Outbox } from './outbox.ts';
import { Reminders } from './reminders.ts';
import type { Response } from './response.ts';
import { planResponse, type ResponsePlan, speechRequestOf } from './response-plan.ts';
import { Responses } from './responses.ts';
import type { SessionState } from './session-state.ts';

export interface ResponseDeskOptions {
  readonly outbox: Outbox;
  readonly ids: IdSource;
  readonly session: SessionState;
  readonly hearings: Hearings;
  readonly desk: ItemDesk;
  readonly brain: Brain;
  readonly canHear: boolean;
  readonly canSpeak: boolean;
  readonly wallMsAt: (nowMs: number) => number;
  readonly utcOffsetMinutes: number;
  readonly outputPaceRatio: number | undefined;
  readonly onDone: (response: Response, nowMs: number) => void;
}

type InputItems =
  | { readonly ok: true; readonly items: readonly Item[] | undefined }
  | { readonly ok: false; readonly error: WireError };

/** Starts responses, for the client and by itself, asks the brain for them, and keeps its reminders. */
export class ResponseDesk {
  readonly responses: Responses;
  readonly #options: ResponseDeskOptions;
  readonly #reminders = new Reminders();

  constructor(options: ResponseDeskOptions) {
    this.#options = options;
    const { outbox, ids, desk, outputPaceRatio, onDone } = options;
    this.responses = new Responses({
      outbox,
      ids,
      conversationId: ids.next('conv'),
      items: desk.items,
      outputPaceRatio,
      reply: (plan, input, nowMs) => this.#reply(plan, input, nowMs),
      onItem: () => desk.keepBounds(),
      onDone,
    });
  }

  get reminderCount(): number {
    return this.#reminders.count;
  }

  get nextReminderMs(): number | undefined {
    return this.#reminders.nextDueMs;
  }

  /** Serves `response.create`. */
  create(params: ResponseParams, nowMs: number): WireError | undefined {
    if (this.#options.session.realtime === undefined) {
      const message = 'A transcription session has no responses.';
      return invalidRequest('invalid_event', message, 'type');
    }
    const input = this.#inputItems(params, nowMs);
    return input.ok ? this.start(params, nowMs, input.items) : input.error;
  }

  /** Starts a response; in a transcription session nothing happens. */
  start(
    params: ResponseParams,
    nowMs: number,
    inputItems?: readonly Item[],
  ): WireError | undefined {
    const { session, canSpeak } = this.#options;
    return session.realtime === undefined
      ? undefined
      : this.responses.create(
          planResponse(session.realtime, params, { inputItems, canSpeak }),
          nowMs,
        );
  }

  /** Speaks the reminders that are due. */
  remind(nowMs: number): void {
    const text = this.#reminders.takeDue(nowMs);
    if (text !== undefined) {
      this.start({ instructions: `say: ${text}`, tool_choice: 'none' }, nowMs);
    }
  }

  /** Tells the voice what it will say if the user has said this and no more. */
  announce(text: string, nowMs: number): void {
    const { session, canSpeak, desk, outbox } = this.#options;
    if (session.realtime === undefined) {
      return;
    }
    const plan = planResponse(session.realtime, {}, { inputItems: undefined, canSpeak });
    if (plan.modality !== 'audio') {
      return;
    }
    const exchanges: Exchange[] = [
      ...exchangesOfItems(desk.items.all),
      { role: 'user', text, wasUnderstood: true, isSilence: false },
    ];
    const reply = this.#ask(plan, exchanges, nowMs);
    if (reply.text !== '') {
      outbox.push({ type: 'voice_announce', request: speechRequestOf(plan, reply) });
    }
  }

  #inputItems(params: ResponseParams, nowMs: number): InputItems {
    if (params.input === undefined) {
      return { ok: true, items: undefined };
    }
    const { ids, session, desk, hearings } = this.#options;
    const { format } = session.object.audio.input;
    const items: Item[] = [];
    for (const [index, from] of params.input.entries()) {
      const param = `response.input[${index}]`;
      if (from.type === 'item_reference') {
        const item = desk.items.find(from.id);
        if (item === undefined) {
          const message = `The item with id '${from.id}' does not exist.`;
          return { ok: false, error: invalidRequest('invalid_value', message, `${param}.id`) };
        }
        items.push(item);
        continue;
      }
      const made = makeItem(from, { ids, format, param });
      if (!made.ok) {
        return made;
      }
      for (const recording of made.recordings) {
        hearings.hearClip({ itemId: made.item.id, ...recording, isTold: false, nowMs });
      }
      items.push(made.item);
    }
    return { ok: true, items };
  }

  #reply(plan: ResponsePlan, input: readonly Item[], nowMs: number): BrainReply {
    const reply = this.#ask(plan, exchangesOfItems(input), nowMs);
    if (reply.forgetsReminders) {
      this.#reminders.forgetAll();
    }
    for (const reminder of reply.reminders) {
      this.#reminders.add(reminder, nowMs);
    }
    return plan.callsInParallel ? reply : { ...reply, calls: reply.calls.slice(0, 1) };
  }

  #ask(plan: ResponsePlan, exchanges: readonly Exchange[], nowMs: number): BrainReply {
    const { brain, canHear, utcOffsetMinutes, wallMsAt } = this.#options;
    return brain.respond({
      instructions: plan.instructions,
      tools: functionToolsOf(plan.tools),
      toolChoice: plan.toolChoice,
      exchanges,
      pendingReminders: this.#reminders.pending(nowMs),
      canHear,
      wallMs: wallMsAt(nowMs),
      utcOffsetMinutes,
    });
  }
}
