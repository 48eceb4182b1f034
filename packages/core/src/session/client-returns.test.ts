import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount } from '@prism/protocol';
import fc from 'fast-check';
import { SessionBench, serverEvent } from '../testing/index.ts';

interface Sent {
  readonly type: string;
  readonly event_id: string;
}

/** What is about the way itself is not told again. */
const OF_THE_WAY = new Set(['prism.pong', 'prism.session.resumed']);

/**
 * A client of a session whose ways break at any moment: what is on a way then is lost, in both directions. It says what
 * it had last, is told what the session had last, and only then sends, first what is missing.
 */
class ReturningClient {
  readonly bench = SessionBench.live();
  readonly heard: string[] = [];
  /** Of its own events, those that it was told to be wrong. */
  readonly refused: string[] = [];
  #lastEventId: string | undefined;
  /** What the session may not have had, oldest first. */
  readonly #unacknowledged: Sent[] = [];
  #up: Sent[] = [];
  #down: string[] = [];
  #ways = 1;
  #isResumed = true;
  #saidCount = 0;
  #toldCount = 0;
  #wrongCount = 0;

  say(): void {
    this.#saidCount += 1;
    this.#send({ type: 'some.new_event', event_id: `said_${this.#saidCount}` });
  }

  #send(event: Sent): void {
    this.#unacknowledged.push(event);
    // Until it knows what the session has had it doesn't know what comes before this.
    if (this.#isResumed) this.#up.push(event);
  }

  /** What no session takes is answered with an error. */
  sayWrong(): void {
    this.#wrongCount += 1;
    this.#send({ type: 'prism.nonsense', event_id: `wrong_${this.#wrongCount}` });
  }

  tell(): void {
    this.#toldCount += 1;
    const eventId = `told_${this.#toldCount}`;
    this.bench.post(serverEvent({ type: 'rate_limits.updated', event_id: eventId }));
    this.#collect();
  }

  ping(): void {
    this.bench.client({ type: 'prism.ping', client_time_ms: 1 }, this.#id);
    this.#collect();
  }

  /** So many events of each direction arrive. */
  carry(count: number): void {
    for (const event of this.#up.splice(0, count)) this.bench.client(event, this.#id);
    this.#collect();
    for (const text of this.#down.splice(0, count)) this.#hear(text);
  }

  breakDown(isNoticed: boolean): void {
    this.#up = [];
    this.#down = [];
    if (isNoticed) this.bench.post({ type: 'media.lost' });
  }

  comeBack(): void {
    this.breakDown(false);
    this.bench.post({ type: 'controller.closed', controllerId: this.#id });
    this.bench.post({ type: 'media.replaced', isChannelComing: true });
    this.bench.post({ type: 'media.connected' });
    this.#ways += 1;
    this.#isResumed = false;
    this.bench.effects.length = 0;
    const lastEventId = this.#lastEventId;
    const controllerId = this.#id;
    const opened = { type: 'controller.opened', controllerId, role: 'client' } as const;
    this.bench.post({ ...opened, lastEventId, isResuming: true });
    this.#collect();
  }

  /** Everything arrives, and nothing breaks any more. */
  settle(): void {
    this.comeBack();
    while (this.#up.length + this.#down.length > 0) this.carry(100);
  }

  get said(): readonly string[] {
    return Array.from({ length: this.#saidCount }, (_, at) => `said_${at + 1}`);
  }

  get wrong(): readonly string[] {
    return Array.from({ length: this.#wrongCount }, (_, at) => `wrong_${at + 1}`);
  }

  get told(): readonly string[] {
    return Array.from({ length: this.#toldCount }, (_, at) => `told_${at + 1}`);
  }

  get #id(): ReturnType<typeof controllerIdFromCount> {
    return controllerIdFromCount(this.#ways);
  }

  readonly taken: string[] = [];

  /** Takes what the session did since the last time. */
  #collect(): void {
    for (const effect of this.bench.effects.splice(0)) {
      if (effect.type === 'upstream.send')
        this.taken.push((JSON.parse(effect.text) as Sent).event_id);
      if (effect.type === 'controller.send' && effect.controllerId === this.#id)
        this.#down.push(effect.text);
    }
  }

  #hear(text: string): void {
    const event = JSON.parse(text) as Sent & {
      readonly last_client_event_id?: string | null;
      readonly is_complete?: boolean;
      readonly error?: { readonly event_id: string };
    };
    if (event.type === 'rate_limits.updated') this.heard.push(event.event_id);
    if (event.error !== undefined) this.refused.push(event.error.event_id);
    if (!OF_THE_WAY.has(event.type)) this.#lastEventId = event.event_id;
    const { last_client_event_id: lastId } = event;
    if (lastId !== undefined) {
      const at = this.#unacknowledged.findIndex(({ event_id: id }) => id === lastId);
      this.#unacknowledged.splice(0, at + 1);
    }
    if (event.type !== 'prism.session.resumed') return;
    assert.equal(event.is_complete, true);
    this.#isResumed = true;
    this.#up.push(...this.#unacknowledged);
  }
}

const STEP = fc.oneof(
  { weight: 4, arbitrary: fc.constant((client: ReturningClient) => client.say()) },
  { weight: 4, arbitrary: fc.constant((client: ReturningClient) => client.tell()) },
  { weight: 1, arbitrary: fc.constant((client: ReturningClient) => client.ping()) },
  { weight: 1, arbitrary: fc.constant((client: ReturningClient) => client.sayWrong()) },
  {
    weight: 4,
    arbitrary: fc.nat(4).map((count) => (client: ReturningClient) => client.carry(count)),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map((noticed) => (client: ReturningClient) => {
      client.breakDown(noticed);
      client.comeBack();
    }),
  },
  { weight: 1, arbitrary: fc.constant((client: ReturningClient) => client.comeBack()) },
);

suite('a client that comes back', () => {
  test('[MWS15] loses no event and hears none twice, in either direction, whenever its ways break', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 80 }), (steps) => {
        const client = new ReturningClient();
        for (const step of steps) step(client);
        client.settle();
        assert.deepEqual(client.taken, client.said);
        assert.deepEqual(client.heard, client.told);
        assert.deepEqual(client.refused, client.wrong);
      }),
      { seed: 20_261_126, numRuns: 400 },
    );
  });

  test('[MWS15] is told with every pong what of its own has come, a sideband is not', () => {
    const bench = SessionBench.live();
    const sideband = controllerIdFromCount(2);
    bench.post({ type: 'controller.opened', controllerId: sideband, role: 'sideband' });
    const ping = { type: 'prism.ping', client_time_ms: 1 };
    const lastOf = (): unknown => bench.toController.at(-1)?.['last_client_event_id'];
    bench.client(ping);
    assert.equal(lastOf(), null);
    bench.client({ type: 'response.create', event_id: 'mine_1' });
    bench.client({ type: 'response.create', event_id: 'theirs' }, sideband);
    // Refused, and had all the same.
    bench.client({ type: 'session.update', event_id: 'mine_2', session: 7 });
    bench.client(ping);
    assert.equal(lastOf(), 'mine_2');
    bench.client(ping, sideband);
    assert.equal(lastOf(), undefined);
  });

  test('[MWS14] without an event it had is told everything since the beginning', () => {
    const client = new ReturningClient();
    client.tell();
    client.tell();
    client.settle();
    assert.deepEqual(client.heard, ['told_1', 'told_2']);
  });
});
