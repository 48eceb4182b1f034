import type { ServerEventBody } from '../wire/server-event.ts';
import type { WireError } from '../wire/wire-error.ts';
import type { Effect } from './effect.ts';
import type { IdSource } from './id-source.ts';

/** The longest message and parameter name of an error. */
const MESSAGE_CHARS_MAX = 1_024;
const PARAM_CHARS_MAX = 256;

function shortened(text: string, charsMax: number): string {
  return text.length > charsMax ? `${text.slice(0, charsMax - 1)}…` : text;
}

/** The effects that wait to be taken, oldest first. It is emptied after every input, which bounds it. */
export class Outbox {
  readonly #effects: Effect[] = [];
  readonly #ids: IdSource;
  #takenCount = 0;

  constructor(ids: IdSource) {
    this.#ids = ids;
  }

  push(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** Queues a server event and gives it its id. */
  send(body: ServerEventBody): void {
    const { type, ...rest } = body;
    const event = { type, event_id: this.#ids.next('event'), ...rest } as const;
    this.push({ type: 'send', event: event as Extract<Effect, { type: 'send' }>['event'] });
  }

  /** Tells an error, shortened: it may quote what the client sent, at any length. */
  sendError(error: WireError): void {
    const { message, param } = error;
    const shortParam = param === null ? null : shortened(param, PARAM_CHARS_MAX);
    this.send({
      type: 'error',
      error: { ...error, message: shortened(message, MESSAGE_CHARS_MAX), param: shortParam },
    });
  }

  poll(): Effect | undefined {
    const effect = this.#effects[this.#takenCount];
    if (effect === undefined) {
      this.#effects.length = 0;
      this.#takenCount = 0;
      return undefined;
    }
    this.#takenCount += 1;
    return effect;
  }
}
