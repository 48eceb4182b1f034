import type { ActionRunner } from '../actions/action-runner.ts';
import {
  objectField,
  objectsField,
  textField,
  type WireEvent,
  type WireObject,
} from '../wire-event.ts';
import type { OutgoingEvents } from './outgoing-events.ts';

/** Tools that a session has. */
export interface OfferedTools {
  /** Of others than the page. */
  readonly others: readonly WireObject[];
  /** The page's own, as JSON. */
  readonly offered: string;
}

/** What the page sets of the session: its configuration and the actions that it offers. */
export class SessionSettings {
  readonly #actions: Pick<ActionRunner, 'offers'>;
  readonly #outgoing: OutgoingEvents;
  /** Tools that the session has of others. */
  #others: readonly WireObject[] = [];
  /** What was offered last, as JSON; undefined until the session is there. */
  #offered: string | undefined;
  #isUpdateDue = false;

  constructor(actions: Pick<ActionRunner, 'offers'>, outgoing: OutgoingEvents) {
    this.#actions = actions;
    this.#outgoing = outgoing;
  }

  /** The session is there: it is told what the page wants of it, if anything. */
  created(event: WireEvent, config: WireObject | undefined): void {
    this.#others = objectsField(objectField(event, 'session'), 'tools');
    this.#offered = '[]';
    if (config !== undefined || this.#actions.offers().length > 0) this.#update(config ?? {});
  }

  /** The session is the one of before the page was loaded anew: it is told what the page offers now. */
  resumed({ others, offered }: OfferedTools): void {
    this.#others = others;
    this.#offered = offered;
    this.actionsChanged();
  }

  /** What the session has of tools. */
  get tools(): OfferedTools {
    return { others: this.#others, offered: this.#offered ?? '[]' };
  }

  /** Offers what has changed, once for all that changes in one go: a component may take an action back and set it anew. */
  actionsChanged(): void {
    if (this.#offered === undefined || this.#isUpdateDue) return;
    this.#isUpdateDue = true;
    void Promise.resolve().then(() => {
      this.#isUpdateDue = false;
      if (JSON.stringify(this.#actions.offers()) !== this.#offered) this.#update({});
    });
  }

  #update(config: WireObject): void {
    if (Array.isArray(config.tools)) this.#others = objectsField(config, 'tools');
    const offers = this.#actions.offers();
    const hadOffers = this.#offered !== '[]';
    this.#offered = JSON.stringify(offers);
    const kept = this.#others.filter(
      (tool) => !offers.some((offer) => offer.name === textField(tool, 'name')),
    );
    const tools = offers.length > 0 || hadOffers ? { tools: [...kept, ...offers] } : {};
    this.#outgoing.trySend({
      type: 'session.update',
      session: { ...config, ...tools, type: 'realtime' },
    });
  }
}
