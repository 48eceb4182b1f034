import type { FunctionTools } from '../function-tools.ts';
import { objectField, objectsField, type WireEvent, type WireObject } from '../wire-event.ts';
import type { OutgoingEvents } from './outgoing-events.ts';

/** What the page sets of the session: its configuration and the functions of the page. */
export class SessionSettings {
  readonly #tools: FunctionTools;
  readonly #outgoing: OutgoingEvents;
  /** Tools that the session has of others. */
  #others: readonly WireObject[] = [];

  constructor(tools: FunctionTools, outgoing: OutgoingEvents) {
    this.#tools = tools;
    this.#outgoing = outgoing;
  }

  /** The session is there: it is told what the page wants of it, if anything. */
  created(event: WireEvent, config: WireObject | undefined): void {
    this.#others = objectsField(objectField(event, 'session'), 'tools');
    if (config !== undefined || this.#tools.count > 0) this.update(config ?? {});
  }

  update(config: WireObject): void {
    if (Array.isArray(config.tools)) this.#others = objectsField(config, 'tools');
    const tools = this.#tools.count > 0 ? { tools: this.#tools.definitions(this.#others) } : {};
    this.#outgoing.trySend({
      type: 'session.update',
      session: { ...config, ...tools, type: 'realtime' },
    });
  }
}
