import type { Fault, FaultAction, FaultTrigger } from './fault-schema.ts';
import type { SeededRandom } from './seeded-random.ts';

type Occasion =
  | { readonly type: 'connect' | 'time' }
  | { readonly type: 'sends' | 'receives'; readonly event: string };

type HandshakeAction = Extract<FaultAction, { type: 'refuse' | 'ignore_handshake' }>;

function isHandshakeAction(action: FaultAction): action is HandshakeAction {
  return action.type === 'refuse' || action.type === 'ignore_handshake';
}

interface ArmedFault {
  readonly fault: Fault;
  seenCount: number;
}

function concerns(trigger: FaultTrigger, occasion: Occasion): boolean {
  switch (trigger.type) {
    case 'connect':
    case 'time':
      return trigger.type === occasion.type;
    case 'sends':
    case 'receives':
      return (
        (occasion.type === 'sends' || occasion.type === 'receives') &&
        trigger.type === occasion.type &&
        (trigger.event === '*' || trigger.event === occasion.event)
      );
  }
}

/** The faults of one session: they count the occasions that they wait for, and throw their dice. */
export class ArmedFaults {
  readonly #faults: readonly ArmedFault[];
  readonly #random: SeededRandom;
  /** The dice of `connect` are thrown once. */
  #atConnect: readonly FaultAction[] | undefined;
  /** Whether anything depends on what the client sends; if not, nobody needs to read it twice. */
  readonly readsClient: boolean;

  constructor(faults: readonly Fault[], random: SeededRandom) {
    this.#faults = faults.map((fault) => ({ fault, seenCount: 0 }));
    this.#random = random;
    this.readsClient = faults.some(({ at }) => at.type === 'receives');
  }

  /** What is done instead of answering the handshake; asked once, before {@link atConnect}. */
  atHandshake(): readonly HandshakeAction[] {
    this.#atConnect = this.#due({ type: 'connect' });
    return this.#atConnect.filter(isHandshakeAction);
  }

  /** What happens as soon as the socket is open. */
  atConnect(): readonly FaultAction[] {
    this.#atConnect ??= this.#due({ type: 'connect' });
    return this.#atConnect.filter((action) => !isHandshakeAction(action));
  }

  /** What happens with one event on its way out or in. */
  atEvent(type: 'sends' | 'receives', event: string): readonly FaultAction[] {
    return this.#faults.length === 0 ? [] : this.#due({ type, event });
  }

  /** What happens by itself, with the time after the opening. */
  atTimes(): readonly { readonly afterMs: number; readonly actions: readonly FaultAction[] }[] {
    return this.#faults.flatMap(({ fault }) =>
      fault.at.type === 'time' && this.#happens(fault)
        ? [{ afterMs: fault.at.after_ms, actions: fault.do }]
        : [],
    );
  }

  #due(occasion: Occasion): readonly FaultAction[] {
    return this.#faults.flatMap((armed) => {
      const { at } = armed.fault;
      if (!concerns(at, occasion)) {
        return [];
      }
      armed.seenCount += 1;
      const nth = at.type === 'sends' || at.type === 'receives' ? at.nth : undefined;
      const isDue = nth === undefined || nth === armed.seenCount;
      return isDue && this.#happens(armed.fault) ? armed.fault.do : [];
    });
  }

  #happens(fault: Fault): boolean {
    return fault.probability >= 1 || this.#random.next() < fault.probability;
  }
}
