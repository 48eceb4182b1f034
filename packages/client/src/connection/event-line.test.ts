import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { PrismClientError } from '../client-error.ts';
import { EventLine, type EventWay } from './event-line.ts';

interface Message {
  readonly type: string;
  readonly event_id: string;
  readonly last_event_id?: string;
}

/** A server as its wire is described: a way that is chosen is answered, told what followed, and the only one heard. */
class Server {
  readonly taken: string[] = [];
  readonly #told: string[] = [];
  #way: Way | undefined;

  /** The first way needs no choosing. */
  attach(way: Way): void {
    this.#way = way;
  }

  tell(): void {
    const eventId = `told_${this.#told.length + 1}`;
    this.#told.push(eventId);
    this.#way?.deliver(JSON.stringify({ type: 'x', event_id: eventId }));
  }

  receive(way: Way, text: string): void {
    const message = JSON.parse(text) as Message;
    if (message.type === 'prism.session.take_over') return this.#takeOver(way, message);
    if (way !== this.#way) return;
    if (message.type === 'prism.ping') way.deliver(this.#pong());
    else this.taken.push(message.event_id);
  }

  get told(): readonly string[] {
    return this.#told;
  }

  #takeOver(way: Way, { last_event_id: lastEventId }: Message): void {
    this.#way = way;
    const resumed = { type: 'prism.session.resumed', event_id: 'r', ...this.#last() };
    const at = lastEventId === undefined ? 0 : this.#told.indexOf(lastEventId) + 1;
    const missed = this.#told.slice(at);
    const texts = missed.map((eventId) => JSON.stringify({ type: 'x', event_id: eventId }));
    way.deliver(JSON.stringify(resumed), ...texts);
  }

  #pong(): string {
    return JSON.stringify({
      type: 'prism.pong',
      event_id: 'p',
      client_time_ms: 1,
      ...this.#last(),
    });
  }

  #last(): object {
    return { last_client_event_id: this.taken.at(-1) ?? null };
  }
}

/** A link that keeps the order and loses all that is on it when it breaks, with or without this side's knowledge. */
class Way implements EventWay {
  readonly up: string[] = [];
  readonly down: string[] = [];
  isKnownBroken = false;
  isBroken = false;

  send(text: string): void {
    if (this.isKnownBroken) throw new PrismClientError('not_connected');
    if (!this.isBroken) this.up.push(text);
  }

  deliver(...texts: readonly string[]): void {
    if (!this.isBroken) this.down.push(...texts);
  }
}

class World {
  readonly server = new Server();
  readonly heard: string[] = [];
  readonly said: string[] = [];
  #way = new Way();
  readonly line = new EventLine(() => this.heard.at(-1), {
    onMessage: (text) => {
      const { type, event_id: eventId } = JSON.parse(text) as Message;
      if (type === 'x') this.heard.push(eventId);
    },
    onTaken: () => undefined,
    onPong: () => undefined,
    onUnsendable: (error) => {
      throw error;
    },
  });

  constructor() {
    this.server.attach(this.#way);
    this.line.use(this.#way, { continues: false });
  }

  say(): void {
    const eventId = `said_${this.said.length + 1}`;
    this.said.push(eventId);
    this.line.send(JSON.stringify({ type: 'y', event_id: eventId }), eventId);
  }

  carry(count: number): void {
    const way = this.#way;
    for (const text of way.up.splice(0, count)) this.server.receive(way, text);
    for (const text of way.down.splice(0, count)) this.line.take(text);
  }

  breakDown(isKnown: boolean): void {
    this.#way.up.length = 0;
    this.#way.down.length = 0;
    this.#way.isBroken = true;
    this.#way.isKnownBroken = isKnown;
  }

  /** The way before may have been well. */
  change(): void {
    this.line.leave(this.#way);
    this.#way = new Way();
    this.line.use(this.#way, { continues: true });
  }

  settle(): void {
    this.change();
    while (this.#way.up.length + this.#way.down.length > 0) this.carry(100);
  }
}

const STEP = fc.oneof(
  { weight: 4, arbitrary: fc.constant((world: World) => world.say()) },
  { weight: 4, arbitrary: fc.constant((world: World) => world.server.tell()) },
  { weight: 1, arbitrary: fc.constant((world: World) => world.line.ping(1)) },
  { weight: 4, arbitrary: fc.nat(3).map((count) => (world: World) => world.carry(count)) },
  {
    weight: 1,
    arbitrary: fc.boolean().map((isKnown) => (world: World) => world.breakDown(isKnown)),
  },
  { weight: 1, arbitrary: fc.constant((world: World) => world.change()) },
);

/** Sends `count` events, of which nothing is heard. */
function sendUnanswered(line: EventLine, count: number, size = 0): void {
  for (let at = 0; at < count; at += 1)
    line.send(JSON.stringify({ type: 'y', padding: 'p'.repeat(size) }), `said_${at}`);
}

suite('events on changing ways', () => {
  test('[CLI64] [CLI69] each comes once and in order, in both directions, whenever ways break', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 80 }), (steps) => {
        const world = new World();
        for (const step of steps) step(world);
        world.settle();
        assert.deepEqual(world.server.taken, world.said);
        assert.deepEqual(world.heard, world.server.told);
      }),
      { seed: 20_261_126, numRuns: 500 },
    );
  });

  test('[CLI69] what waits is bounded by count and size, and a pong makes room', () => {
    const world = new World();
    sendUnanswered(world.line, 1_000);
    assert.throws(() => sendUnanswered(world.line, 1), { code: 'send_queue_full' });
    const other = new World();
    sendUnanswered(other.line, 8, 100_000);
    assert.throws(() => sendUnanswered(other.line, 1, 100_000), { code: 'send_queue_full' });
    other.line.take(
      '{"type":"prism.pong","event_id":"p","client_time_ms":1,"last_client_event_id":"said_7"}',
    );
    sendUnanswered(other.line, 8, 100_000);
  });

  test('[CLI69] before there is a way nothing is taken, and what is of the moment never waits', () => {
    const line = new EventLine(() => undefined, {
      onMessage: () => undefined,
      onTaken: () => undefined,
      onPong: () => undefined,
      onUnsendable: () => undefined,
    });
    assert.throws(() => line.send('{}', 'said_1'), { code: 'not_connected' });
    const way = new Way();
    line.use(way, { continues: false });
    line.leave(way);
    line.send('{}', 'said_1');
    assert.throws(() => line.send('{}'), { code: 'not_connected' });
  });

  test('[CLI69] an event that a new way can’t carry is told, and the next goes all the same', () => {
    const sent: string[] = [];
    const unsendable: string[] = [];
    const line = new EventLine(() => undefined, {
      onMessage: () => undefined,
      onTaken: () => undefined,
      onPong: () => undefined,
      onUnsendable: ({ code }) => unsendable.push(code),
    });
    line.use(new Way(), { continues: false });
    line.send('a long event', 'said_1');
    line.send('short', 'said_2');
    const narrow = {
      send: (text: string): void => {
        if (text === 'a long event') throw new PrismClientError('message_too_large');
        sent.push(text);
      },
    };
    line.use(narrow, { continues: true });
    line.take('{"type":"prism.session.resumed","event_id":"r","last_client_event_id":null}');
    assert.deepEqual(sent.slice(1), ['short']);
    assert.deepEqual(unsendable, ['message_too_large']);
  });
});
