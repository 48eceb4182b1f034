import type { OtherServerEvent } from '@prism/protocol';
import type { ConversationRecord } from '../handover/conversation-record.ts';
import { GO_ON_NOTE, type SeedItem, seedItemsOf } from '../handover/seed-items.ts';
import type { SessionTool } from '../tools/session-tool.ts';
import type { EventMaker } from './event-maker.ts';
import type { EventRelay } from './event-relay.ts';
import type { ResponseSequencer } from './response-sequencer.ts';

export interface SeedingParts {
  readonly events: EventMaker;
  readonly relay: EventRelay;
  readonly sequencer: ResponseSequencer;
  readonly tools: readonly SessionTool[];
}

/** What the upstream says of items that are made. */
const ECHOES: ReadonlySet<string> = new Set([
  'conversation.item.created',
  'conversation.item.added',
  'conversation.item.done',
]);

/**
 * Puts a conversation from another process into this one's upstream, before anybody says anything. The client knows
 * it: what the upstream tells of these items goes to nobody.
 */
export class Seeding {
  readonly #parts: SeedingParts;
  readonly #record: ConversationRecord;
  readonly #itemIds = new Set<string>();
  readonly #eventIds = new Set<string>();
  #refusedCount = 0;

  constructor(record: ConversationRecord, parts: SeedingParts) {
    this.#record = record;
    this.#parts = parts;
  }

  /** Items that the upstream didn't take. */
  get refusedCount(): number {
    return this.#refusedCount;
  }

  /** The upstream is there, and configured. */
  begin(): void {
    const { tools, sequencer } = this.#parts;
    const serverTools = tools.filter(({ runsAt }) => runsAt === 'server').map(({ name }) => name);
    for (const item of seedItemsOf(this.#record, new Set(serverTools))) this.#send(item);
    if (!this.#record.isAnswerDue) return;
    const lastSaid = this.#record.entries.findLast(({ role }) => role !== 'other');
    if (lastSaid?.role === 'assistant' && lastSaid.status === 'cut') {
      const content = [{ type: 'input_text', text: GO_ON_NOTE }];
      this.#send({ id: 'prism_go_on', type: 'message', role: 'system', content });
    }
    sequencer.requestOwn();
  }

  /** Whether an event of the upstream is about these items alone. */
  keeps(event: OtherServerEvent): boolean {
    if (this.#itemIds.size === 0 && this.#eventIds.size === 0) return false;
    if (ECHOES.has(event.type)) {
      const id = memberOf(event['item'], 'id');
      if (id === undefined || !this.#itemIds.has(id)) return false;
      if (event.type !== 'conversation.item.added') this.#itemIds.delete(id);
      return true;
    }
    if (event.type !== 'error') return false;
    const eventId = memberOf(event['error'], 'event_id');
    if (eventId === undefined || !this.#eventIds.delete(eventId)) return false;
    this.#refusedCount += 1;
    return true;
  }

  #send(item: SeedItem): void {
    const { events, relay } = this.#parts;
    const eventId = events.nextId();
    this.#itemIds.add(item.id);
    this.#eventIds.add(eventId);
    const event = { type: 'conversation.item.create', event_id: eventId, item };
    relay.toUpstream(JSON.stringify(event));
  }
}

function memberOf(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const member: unknown = Reflect.get(value, name);
  return typeof member === 'string' ? member : undefined;
}
