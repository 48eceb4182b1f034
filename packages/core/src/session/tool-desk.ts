import type {
  ItemObject,
  KnownServerEvent,
  OtherServerEvent,
  PrismToolEvent,
} from '@prism/protocol';
import { assertNever } from '../errors/invariant.ts';
import type { Description } from '../machine/machine.ts';
import type { MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import type { Confirmation } from '../tools/confirmations.ts';
import type { SessionTool, ToolOutcome } from '../tools/session-tool.ts';
import { besides } from '../tools/session-with-tools.ts';
import { ToolCalls } from '../tools/tool-calls.ts';
import type { ToolEffect, ToolInput } from '../tools/tool-contract.ts';
import { cutToBytes, FILLER_INSTRUCTIONS } from '../tools/tool-output.ts';
import type { AnswerPlayout } from './answer-playout.ts';
import type { EventMaker } from './event-maker.ts';
import type { EventRelay } from './event-relay.ts';
import { interruptsOnSpeech } from './interruption.ts';
import { itemsOf, MisfitCalls } from './misfit-calls.ts';
import type { Outbox } from './outbox.ts';
import type { AnyResponseCreate, ResponseSequencer } from './response-sequencer.ts';
import type { ResponseTracker } from './response-tracker.ts';
import type { OwnDeadlineReason } from './session-contract.ts';
import type { ToldEvent } from './told-event.ts';
import { ToolNames } from './tool-names.ts';
import { UnconfirmedOutputs } from './unconfirmed-outputs.ts';

/** Items made by the idle timeout that are remembered: they look like turns of the user and are none. */
const IDLE_ITEM_COUNT_MAX = 32;

/** A `conversation.item.create` in whatever shape. */
export interface AnyItemCreate {
  readonly type: string;
  readonly event_id?: unknown;
  readonly item?: unknown;
}

export interface ToolDeskParts {
  readonly tools: readonly SessionTool[];
  readonly outbox: Outbox;
  readonly events: EventMaker;
  readonly relay: EventRelay;
  readonly responses: ResponseTracker;
  readonly sequencer: ResponseSequencer;
  readonly deadlines: DeadlineTable<OwnDeadlineReason>;
  readonly playout: AnswerPlayout;
}

/** What becomes of a `function_call_output` that a controller wrote. */
export type OutputVerdict =
  | { readonly type: 'pass'; readonly text: string }
  | { readonly type: 'refuse'; readonly message: string };

/** Between the wire and the tools of a session: reads calls off the upstream's events, and writes what comes of them. */
export class ToolDesk {
  readonly #parts: ToolDeskParts;
  readonly #calls: ToolCalls;
  readonly #names = new ToolNames();
  readonly #misfits = new MisfitCalls((name) => this.#calls.toolNamed(name));
  readonly #unconfirmed = new UnconfirmedOutputs();
  readonly #idleItemIds = new Set<string>();
  #isUserSpeaking = false;
  #isInterruptedBySpeech = true;
  /** A client has answered before others have: the response that it asks for next would come too early. */
  #withholdsCreate = false;

  constructor(parts: ToolDeskParts) {
    this.#parts = parts;
    this.#calls = new ToolCalls(parts.tools, () => confirmationIdOf(parts.events.nextId()));
  }

  /** Whether the upstream has said of every output that it is in the conversation. */
  get hasResults(): boolean {
    return this.#unconfirmed.isEmpty;
  }

  /** The upstream has refused an event of anybody's. */
  refused(eventId: string): void {
    this.#unconfirmed.refused(eventId);
  }

  /** What controllers are told of an event; `undefined` if it is left out. */
  toldOf(event: KnownServerEvent, text: string): ToldEvent | undefined {
    return this.#misfits.toldOf(event, text);
  }

  /** Follows the conversation; the controllers have been told. */
  observe(event: KnownServerEvent, nowMs: MonotonicMs): void {
    switch (event.type) {
      case 'session.created':
      case 'session.updated':
        this.#names.sessionIs(event.session);
        this.#isInterruptedBySpeech = interruptsOnSpeech(event.session);
        return;
      case 'input_audio_buffer.speech_started':
        this.#isUserSpeaking = true;
        if (this.#isInterruptedBySpeech) this.interrupted('speech', nowMs);
        return;
      case 'input_audio_buffer.speech_stopped':
      case 'input_audio_buffer.committed':
      case 'input_audio_buffer.cleared':
        this.#isUserSpeaking = false;
        return;
      case 'conversation.item.added':
        return this.#itemAdded(event.item, nowMs);
      case 'response.output_item.done':
        return this.#itemDone(event.response_id, event.item, nowMs);
      case 'response.done': {
        const { id: responseId, status, output } = event.response;
        if (this.#parts.responses.isOutOfBand(responseId)) return;
        // An upstream that doesn't tell of items as they are done tells of them here.
        for (const item of itemsOf(output))
          if (this.#calls.stateOf(item.call_id ?? '') === undefined)
            this.#itemDone(responseId, item, nowMs);
        const hasFailed = status === 'failed';
        return this.#tell({ type: 'response.done', responseId, hasFailed }, nowMs);
      }
      default:
    }
  }

  /** Follows what Prism reads nothing else of. */
  observeOther(event: OtherServerEvent): void {
    if (event.type !== 'input_audio_buffer.timeout_triggered') return;
    const itemId = event['item_id'];
    if (typeof itemId === 'string') keep(this.#idleItemIds, itemId, IDLE_ITEM_COUNT_MAX);
  }

  result(callId: string, outcome: ToolOutcome, nowMs: MonotonicMs): void {
    this.#tell({ type: 'result', callId, outcome }, nowMs);
  }

  interrupted(by: 'speech' | 'client', nowMs: MonotonicMs): void {
    this.#tell({ type: 'interrupted', by }, nowMs);
  }

  due(nowMs: MonotonicMs): void {
    this.#tell({ type: 'due' }, nowMs);
  }

  /** After every input: says what waits for quiet, and keeps the deadline. */
  follow(nowMs: MonotonicMs): void {
    const { deadlines } = this.#parts;
    if (this.#calls.wantsQuiet && this.#isQuiet) this.#tell({ type: 'quiet' }, nowMs);
    const dueAtMs = this.#calls.dueAtMs;
    if (dueAtMs === undefined) deadlines.clear('tool.due');
    else deadlines.set('tool.due', dueAtMs);
  }

  end(nowMs: MonotonicMs): void {
    this.#tell({ type: 'end' }, nowMs);
  }

  /** A controller writes what came of a call: only for those that the client carries out, and once. */
  outputOf(event: AnyItemCreate, text: string, nowMs: MonotonicMs): OutputVerdict {
    const { item, event_id: eventId } = event;
    const callId = callIdOf(item);
    const state = callId === undefined ? undefined : this.#calls.stateOf(callId);
    if (callId === undefined || state === undefined) return { type: 'pass', text };
    const tool = this.#calls.openToolOf(callId);
    if (tool === undefined) return { type: 'refuse', message: `${callId} is answered already.` };
    if (tool.runsAt === 'server')
      return { type: 'refuse', message: `${callId} is answered by the server.` };
    const cut = withCutOutput(text, tool.resultBytesMax);
    if (cut === undefined) return { type: 'pass', text };
    this.#unconfirmed.sent(callId, typeof eventId === 'string' ? eventId : undefined);
    this.#tell({ type: 'client.answered', callId }, nowMs);
    return { type: 'pass', text: cut };
  }

  /** The session of a controller's `session.update`: it may bring tools, and doesn't take away those of Prism. */
  sessionOf(session: unknown): unknown {
    if (typeof session !== 'object' || session === null) return session;
    if (!('tools' in session) || !Array.isArray(session.tools)) return session;
    return { ...session, tools: besides(this.#parts.tools, session.tools) };
  }

  /** Whether a controller's `response.create` is left out because the one for all calls comes later. */
  withholds(event: AnyResponseCreate): boolean {
    this.#names.responseAsked(event.response);
    const isWithheld = this.#withholdsCreate && event.response === undefined;
    this.#withholdsCreate = false;
    if (isWithheld) this.#parts.outbox.report({ type: 'response.sequenced', action: 'merged' });
    return isWithheld;
  }

  /** An event of Prism's own about tools. False if it names nothing that there is. */
  prism(event: PrismToolEvent, nowMs: MonotonicMs): boolean {
    const open = this.#calls.undecided(nowMs);
    if (event.type === 'prism.tool.subscribe') {
      for (const confirmation of open) this.#tellOfConfirmation(confirmation);
      return true;
    }
    const { confirmation_id: confirmationId, approved: isApproved } = event;
    if (!open.some(({ id }) => id === confirmationId)) return false;
    this.#tell({ type: 'decided', confirmationId, isApproved }, nowMs);
    return true;
  }

  describe(): Description {
    return this.#calls.describe();
  }

  /** Whether nobody speaks, and nothing is being answered. */
  get #isQuiet(): boolean {
    const { sequencer, playout } = this.#parts;
    const isPlaying = playout.output.playingResponseId !== undefined;
    return !this.#isUserSpeaking && sequencer.isIdle && !isPlaying;
  }

  #itemAdded(item: ItemObject, nowMs: MonotonicMs): void {
    if (item.type === 'function_call_output' && item.call_id !== undefined)
      this.#unconfirmed.added(item.call_id);
    else if (item.role === 'user' && !this.#idleItemIds.has(item.id))
      this.#tell({ type: 'user.turn' }, nowMs);
  }

  #itemDone(responseId: string, item: ItemObject, nowMs: MonotonicMs): void {
    if (item.type !== 'function_call' || item.status === 'incomplete') return;
    const { call_id: callId, name, arguments: argumentsJson } = item;
    if (typeof callId !== 'string' || typeof name !== 'string') return;
    // The conversation knows nothing of such a call: nothing could be answered.
    if (this.#parts.responses.isOutOfBand(responseId)) return;
    if (this.#calls.toolNamed(name) === undefined && !this.#names.isMadeUp(name)) return;
    const written = typeof argumentsJson === 'string' ? argumentsJson : '';
    this.#tell({ type: 'call', responseId, callId, name, argumentsJson: written }, nowMs);
  }

  #tell(input: ToolInput, nowMs: MonotonicMs): void {
    this.#calls.handle(input, nowMs);
    for (let effect = this.#calls.poll(); effect !== undefined; effect = this.#calls.poll())
      this.#perform(effect);
  }

  #perform(effect: ToolEffect): void {
    const { outbox, events, relay, sequencer } = this.#parts;
    switch (effect.type) {
      case 'run': {
        const { callId, name: tool, argumentsJson, deadlineAtMs } = effect;
        return outbox.push({ type: 'tool.call', callId, tool, argumentsJson, deadlineAtMs });
      }
      case 'abort':
        return outbox.push({ type: 'tool.abort', callId: effect.callId });
      case 'output': {
        const { eventId, text } = events.functionCallOutput(effect.callId, effect.output);
        this.#unconfirmed.sent(effect.callId, eventId);
        return relay.toUpstream(text);
      }
      case 'respond':
        return sequencer.requestOwn();
      case 'filler':
        return sequencer.requestOwn({ instructions: FILLER_INSTRUCTIONS, tool_choice: 'none' });
      case 'note':
        return relay.toUpstream(events.systemMessage(effect.text));
      case 'early':
        this.#withholdsCreate = true;
        return;
      case 'confirmation.required':
        return this.#tellOfConfirmation(effect.confirmation);
      case 'called':
        return outbox.report({
          type: 'tool.called',
          tool: effect.tool,
          toolCallId: effect.callId,
        });
      case 'finished': {
        const { responseId, tool, callId: toolCallId, end: outcome, durationMs } = effect;
        const finished = { responseId, tool, toolCallId, outcome, durationMs };
        return outbox.report({ type: 'tool.finished', ...finished });
      }
      default:
        return assertNever(effect, 'tool effect');
    }
  }

  #tellOfConfirmation({ id, tool, argumentsJson }: Confirmation): void {
    this.#parts.relay.toPrismAware('prism.tool.confirmation_required', {
      confirmation_id: id,
      tool,
      arguments: JSON.parse(argumentsJson) as unknown,
    });
  }
}

/** The desk of a session with these tools; none if there are none. */
export function toolDesk(
  tools: readonly SessionTool[],
  parts: Omit<ToolDeskParts, 'tools'>,
): ToolDesk | undefined {
  return tools.length === 0 ? undefined : new ToolDesk({ ...parts, tools });
}

function confirmationIdOf(eventId: string): string {
  return `conf_${eventId.slice(eventId.indexOf('_') + 1)}`;
}

/** The call that an item answers; `undefined` if it answers none. */
function callIdOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null) return undefined;
  if (!('type' in item) || item.type !== 'function_call_output') return undefined;
  return 'call_id' in item && typeof item.call_id === 'string' ? item.call_id : undefined;
}

/** The event with its output cut; as it came if it fits, `undefined` if the output is no text. */
function withCutOutput(text: string, bytesMax: number): string | undefined {
  const event = JSON.parse(text) as { readonly item: { readonly output?: unknown } };
  const { output } = event.item;
  if (typeof output !== 'string') return undefined;
  const cut = cutToBytes(output, bytesMax);
  return cut === output ? text : JSON.stringify({ ...event, item: { ...event.item, output: cut } });
}

function keep(ids: Set<string>, id: string, countMax: number): void {
  ids.add(id);
  const [oldest] = ids;
  if (ids.size > countMax && oldest !== undefined) ids.delete(oldest);
}
