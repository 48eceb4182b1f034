import type { Incoming, WireEvent } from './conformance-transport.ts';

/** Keeps what arrives until it is asked for. Bounded by the life of one connection of a few hundred events. */
export class IncomingQueue {
  readonly #waiting: Incoming[] = [];
  readonly #readers: ((incoming: Incoming) => void)[] = [];

  push(incoming: Incoming): void {
    const reader = this.#readers.shift();
    if (reader === undefined) this.#waiting.push(incoming);
    else reader(incoming);
  }

  /** Takes one message of the wire, which has to be a JSON object with a type. */
  pushText(text: string): void {
    this.push(readMessage(text));
  }

  next(): Promise<Incoming> {
    const incoming = this.#waiting.shift();
    return incoming === undefined
      ? new Promise((resolve) => this.#readers.push(resolve))
      : Promise.resolve(incoming);
  }
}

function readMessage(text: string): Incoming {
  let root: unknown;
  try {
    root = JSON.parse(text);
  } catch {
    return { type: 'malformed', reason: `not JSON: ${text.slice(0, 80)}` };
  }
  return isWireEvent(root)
    ? { type: 'event', event: root }
    : { type: 'malformed', reason: `not an object with a type: ${text.slice(0, 80)}` };
}

function isWireEvent(root: unknown): root is WireEvent {
  return (
    typeof root === 'object' && root !== null && 'type' in root && typeof root.type === 'string'
  );
}
