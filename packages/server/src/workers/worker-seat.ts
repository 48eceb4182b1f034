import { rmSync } from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import {
  type AccountNote,
  after,
  type Clock,
  type IdSource,
  type Timer,
  WorkerChoice,
  workerOfId,
} from '@prism/core';
import type { RateCounter, RateLimits } from '../auth/rate-limits.ts';
import { askWorker, InnerDoor, type InnerDoorParts } from './inner-door.ts';
import type { SeatFacts, WorkerStatus } from './messages.ts';
import { NoteBoard } from './note-board.ts';
import { type Concern, concernOfRequest, concernOfUpgrade } from './request-owner.ts';
import { relayRequest, relayUpgrade } from './request-relay.ts';
import type { WorkerLine } from './worker-line.ts';

/** How often a worker tells of itself, besides when its sessions change. */
const STATUS_INTERVAL_MS = 250;
/** How long requests that are being answered at the end are waited for. */
const CLOSE_MS_MAX = 1_000;

/** What a seat needs of the server that sits on it. */
export interface SeatedServer {
  readonly server: Server;
  readonly status: () => WorkerStatus;
  /** The id of a client secret that only its maker can judge; undefined for every other key. */
  readonly ownedSecretId: (key: string) => Promise<string | undefined>;
  readonly questions: InnerDoorParts['questions'];
  /** Tells a client that the worker it wants isn't there. */
  readonly refuseRequest: (response: ServerResponse) => void;
  readonly refuseUpgrade: (stream: Duplex) => void;
  readonly reloadKeys: () => void;
}

/** What the supervisor may want of the process. */
export interface SeatOrders {
  readonly drain: () => void;
  /** The supervisor has gone. */
  readonly alone: () => void;
}

export interface AccountListener {
  take(from: number, account: AccountNote): void;
  forget(from: number): void;
}

export interface WorkerSeatParts {
  readonly line: WorkerLine;
  readonly clock: Clock;
  readonly orders: SeatOrders;
}

/** A worker's place among the workers of a server: what is its own, what they share, and whose a request is. */
export class WorkerSeat {
  readonly facts: SeatFacts;
  readonly #line: WorkerLine;
  readonly #clock: Clock;
  readonly #orders: SeatOrders;
  readonly #choice: WorkerChoice;
  readonly #statuses = new Map<number, WorkerStatus>();
  readonly #notes = new NoteBoard();
  readonly #sockets = new Set<Socket>();
  #accounts: AccountListener | undefined;
  #seated: SeatedServer | undefined;
  #inner: InnerDoor | undefined;
  #timer: Timer | undefined;
  #isTelling = false;

  constructor(facts: SeatFacts, { line, clock, orders }: WorkerSeatParts) {
    this.facts = facts;
    this.#line = line;
    this.#clock = clock;
    this.#orders = orders;
    this.#choice = new WorkerChoice(facts.workerCount);
    // Of a worker that was here before, and was killed.
    for (const path of [this.ownSocketPath, this.#pathOf(facts.index)])
      rmSync(path, { force: true });
  }

  /** What the other workers told last, of those that are there. */
  get others(): ReadonlyMap<number, WorkerStatus> {
    return this.#statuses;
  }

  /** Where the server itself listens, so that its time limits run; nobody connects there. */
  get ownSocketPath(): string {
    return this.#pathOf(this.facts.index, 'own');
  }

  /** Identifiers off which this worker can be read. */
  idsOf(ids: IdSource): IdSource {
    return {
      nextCallIds: () =>
        this.#own(
          () => ids.nextCallIds(),
          ({ callId }) => callId,
        ),
      nextEventId: () => ids.nextEventId(),
    };
  }

  /** An identifier off which this worker can be read. */
  ownId(make: () => string): string {
    return this.#own(make, (id) => id);
  }

  /** Rates that are counted for all workers; what has no limit isn't asked for. */
  ratesOf(limits: RateLimits): RateCounter {
    const ask = (action: 'count' | 'look'): RateCounter[typeof action] => {
      return async (rate, subject) =>
        limits[rate] === undefined ? { isWithin: true } : this.#line.rate(action, rate, subject);
    };
    return { count: ask('count'), look: ask('look') };
  }

  /** Counts that the workers add up: what this one has it tells, what the others have it knows. */
  readonly sharedCounts = {
    tell: (counter: string, subject: string, count: number): void =>
      this.#line.note({ type: 'places', counter, subject, count }),
    elsewhere: (counter: string, subject: string): number => this.#notes.countOf(counter, subject),
  };

  /** Accounts on budgets that all workers share. */
  readonly sharedAccounts = {
    tell: (account: AccountNote): void => this.#line.note({ type: 'account', account }),
    /** Who is told of the accounts of others, and of workers that have gone. */
    listen: (listener: AccountListener): void => {
      this.#accounts = listener;
    },
  };

  /** Takes the server's requests in hand, and connections from here on. */
  async open(seated: SeatedServer): Promise<void> {
    this.#seated = seated;
    const { server, questions } = seated;
    const here = takeListeners(server);
    this.#inner = await InnerDoor.open(this.#pathOf(this.facts.index), {
      ...here,
      questions,
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#ownerOf(concernOfRequest(request)).then((owner) => {
        if (owner === undefined) here.request(request, response);
        else this.#relay(owner, request, response);
      });
    });
    server.on('upgrade', (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      stream.on('error', () => undefined);
      void this.#ownerOf(concernOfUpgrade(request)).then((owner) => {
        const failed = (): void => seated.refuseUpgrade(stream);
        if (owner === undefined) here.upgrade(request, stream, head);
        else relayUpgrade(request, stream, { head, socketPath: this.#pathOf(owner), failed });
      });
    });
    this.#line.listen({
      alone: this.#orders.alone,
      drain: () => {
        this.#orders.drain();
        this.#tell();
      },
      reloadKeys: seated.reloadKeys,
      connection: (socket) => this.#connection(socket),
      status: (from, status) => this.#told(from, status),
      note: (from, note) => {
        if (note.type === 'account') this.#accounts?.take(from, note.account);
        else this.#notes.put(from, note);
      },
    });
    this.#tell();
  }

  /** The number of sessions has changed: tells the others at the end of this turn. */
  placesChanged(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    this.#clock.setTimer(this.#clock.nowMs(), () => {
      this.#isTelling = false;
      this.#tell();
    });
  }

  /** What every other worker answers that is there. */
  async ask(name: string, asked?: string): Promise<readonly unknown[]> {
    const answers = [...this.#statuses.keys()].map(async (index) =>
      askWorker(this.#pathOf(index), name, asked),
    );
    return (await Promise.all(answers)).filter((answer) => answer !== undefined);
  }

  /** Takes no more connections; resolves when requests that are being answered are, or their time is over. */
  async close(): Promise<void> {
    const server = this.#seated?.server;
    this.#seated = undefined;
    this.#timer?.cancel();
    this.#line.status(undefined);
    server?.closeIdleConnections();
    await new Promise<void>((resolve) => {
      const over = this.#clock.setTimer(after(this.#clock.nowMs(), CLOSE_MS_MAX), () => {
        for (const socket of this.#sockets) socket.destroy();
        resolve();
      });
      const look = (): void => {
        if (this.#sockets.size > 0) return;
        over.cancel();
        resolve();
      };
      for (const socket of this.#sockets) socket.once('close', look);
      look();
    });
    await this.#inner?.close();
  }

  #connection(socket: Socket): void {
    const server = this.#seated?.server;
    if (server === undefined) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    server.emit('connection', socket);
    socket.resume();
  }

  #told(from: number, status: WorkerStatus | undefined): void {
    this.#choice.told(from, status);
    if (status === undefined) {
      this.#statuses.delete(from);
      this.#notes.forget(from);
      this.#accounts?.forget(from);
    } else this.#statuses.set(from, status);
  }

  #tell(): void {
    const status = this.#seated?.status();
    if (status === undefined) return;
    this.#line.status(status);
    this.#timer?.cancel();
    this.#timer = this.#clock.setTimer(after(this.#clock.nowMs(), STATUS_INTERVAL_MS), () =>
      this.#tell(),
    );
  }

  /** The other worker whose it is; undefined if it is answered here. */
  async #ownerOf(concern: Concern): Promise<number | undefined> {
    const owner = await this.#workerOf(concern);
    return owner === this.facts.index ? undefined : owner;
  }

  async #workerOf(concern: Concern): Promise<number | undefined> {
    if (concern === undefined) return undefined;
    const { workerCount } = this.facts;
    if (concern.type === 'call') return workerOfId(concern.callId, workerCount);
    const { key, via } = concern;
    const secretId = key === undefined ? undefined : await this.#seated?.ownedSecretId(key);
    if (secretId !== undefined) return workerOfId(secretId, workerCount);
    // A socket stays where its connection was sent if it can: its media would go through two processes.
    const isForHere = via === 'socket' && this.#seated?.status().isTaking === true;
    return isForHere ? undefined : this.#roomiest();
  }

  #roomiest(): number | undefined {
    const { index } = this.facts;
    this.#choice.told(index, this.#seated?.status());
    const nowMs = this.#clock.nowMs();
    const picked = this.#choice.pick(nowMs, index);
    if (picked !== undefined && picked !== index) this.#choice.sent(picked, nowMs);
    return picked;
  }

  #relay(owner: number, request: IncomingMessage, response: ServerResponse): void {
    const failed = (): void => this.#seated?.refuseRequest(response);
    relayRequest(request, response, { socketPath: this.#pathOf(owner), failed });
  }

  #pathOf(index: number, name = 'inner'): string {
    return join(this.facts.folderPath, `${index}.${name}`);
  }

  #own<Made>(make: () => Made, idOf: (made: Made) => string): Made {
    const { index, workerCount } = this.facts;
    for (;;) {
      const made = make();
      if (workerOfId(idOf(made), workerCount) === index) return made;
    }
  }
}

/** What a server does with requests and upgrades, taken out of its hands. */
function takeListeners(server: Server): Pick<InnerDoorParts, 'request' | 'upgrade'> {
  const requests = server.listeners('request') as InnerDoorParts['request'][];
  const upgrades = server.listeners('upgrade') as InnerDoorParts['upgrade'][];
  server.removeAllListeners('request');
  server.removeAllListeners('upgrade');
  return {
    request: (request, response) => {
      for (const listener of requests) listener(request, response);
    },
    upgrade: (request, stream, head) => {
      for (const listener of upgrades) listener(request, stream, head);
    },
  };
}
