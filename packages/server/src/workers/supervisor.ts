import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { after, type Clock, Respawn, WorkerChoice } from '@prism/core';
import type { RateCounter } from '../auth/rate-limits.ts';
import type {
  ReadyFacts,
  SeatFacts,
  SharedNote,
  ToSupervisor,
  ToWorker,
  WorkerStatus,
} from './messages.ts';
import { NoteBoard } from './note-board.ts';

export interface SupervisorParts {
  readonly clock: Clock;
  readonly workerCount: number;
  /** Starts the process of a worker, which waits for its seat. */
  readonly fork: () => ChildProcess;
  /** What every worker is told of the server. */
  readonly seat: Omit<SeatFacts, 'index' | 'workerCount'>;
  /** Counts for all workers. */
  readonly rates: RateCounter;
  readonly log: SupervisorLog;
}

/** What an operator should know of. */
export interface SupervisorLog {
  /** A worker has ended that nobody asked to, and `sessions` with it; it is started again in `againMs`. */
  lost(
    worker: number,
    lost: { readonly how: string; readonly sessions: number; readonly againMs: number },
  ): void;
  back(worker: number): void;
}

interface Place {
  readonly index: number;
  readonly respawn: Respawn;
  child: ChildProcess;
  bornAtMs: number;
  facts: ReadyFacts | undefined;
  status: WorkerStatus | undefined;
  hasEnded: boolean;
}

/** A promise that is settled from elsewhere; only the first time counts. */
class Outcome<Value> {
  resolve!: (value: Value) => void;
  reject!: (error: Error) => void;
  readonly promise = new Promise<Value>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}

/** The process in front of the workers: starts them, hands them connections, and ends when they have ended. */
export class Supervisor {
  readonly #parts: SupervisorParts;
  readonly #places: readonly Place[];
  readonly #choice: WorkerChoice;
  readonly #notes = new NoteBoard();
  readonly #started = new Outcome<ReadyFacts>();
  readonly #ended = new Outcome<number>();
  #state: 'starting' | 'serving' | 'stopping' = 'starting';
  #exitCode = 0;

  /** Starts the workers. */
  constructor(parts: SupervisorParts) {
    this.#parts = parts;
    this.#choice = new WorkerChoice(parts.workerCount);
    this.#places = Array.from({ length: parts.workerCount }, (_, index) => ({
      index,
      respawn: new Respawn(),
      child: parts.fork(),
      bornAtMs: parts.clock.nowMs(),
      facts: undefined,
      status: undefined,
      hasEnded: false,
    }));
    for (const place of this.#places) this.#seat(place);
  }

  /** Resolves when every worker is ready; rejects when one ends before, whose own words say why. */
  get started(): Promise<ReadyFacts> {
    return this.#started.promise;
  }

  /** The exit code, once all workers have ended that were asked to. */
  get ended(): Promise<number> {
    return this.#ended.promise;
  }

  /** Process ids by worker; of one that has ended the last. */
  get pids(): readonly (number | undefined)[] {
    return this.#places.map(({ child }) => child.pid);
  }

  /** Hands a connection to a worker. Without a worker it is closed. */
  take(socket: Socket): void {
    const nowMs = this.#parts.clock.nowMs();
    const index = this.#choice.pick(nowMs);
    const place = index === undefined ? undefined : this.#places[index];
    if (index === undefined || place === undefined || !place.child.connected) {
      socket.destroy();
      return;
    }
    this.#choice.sent(index, nowMs);
    // A client that has gone already leaves an error that concerns nobody.
    socket.on('error', () => undefined);
    const message: ToWorker = { type: 'connection' };
    place.child.send(message, socket, {}, (error) => {
      if (error !== null) socket.destroy();
    });
  }

  reloadKeys(): void {
    for (const place of this.#places) this.#send(place, { type: 'reload_keys' });
  }

  /** Asks every worker to drain and to end. */
  drain(): Promise<number> {
    this.#state = 'stopping';
    for (const place of this.#places) this.#send(place, { type: 'drain' });
    this.#endIfAllHave();
    return this.ended;
  }

  /** Ends every worker as it is. */
  kill(): void {
    this.#state = 'stopping';
    for (const { child } of this.#places) child.kill('SIGKILL');
  }

  #seat(place: Place): void {
    const { index, child } = place;
    const { seat, workerCount, clock } = this.#parts;
    place.bornAtMs = clock.nowMs();
    place.hasEnded = false;
    child.on('message', (message: ToSupervisor) => {
      if (child === place.child) this.#hear(place, message);
    });
    child.on('error', () => undefined);
    child.on('exit', (code, signal) => this.#exited(place, code, signal));
    this.#send(place, { type: 'seat', seat: { ...seat, index, workerCount } });
    for (const other of this.#places) {
      if (other !== place && other.status !== undefined)
        this.#send(place, { type: 'status', from: other.index, status: other.status });
    }
    for (const { from, note } of this.#notes.all())
      if (from !== index) this.#send(place, { type: 'note', from, note });
  }

  #hear(place: Place, message: ToSupervisor): void {
    switch (message.type) {
      case 'ready':
        this.#ready(place, message.facts);
        return;
      case 'status':
        place.status = message.status;
        this.#choice.told(place.index, message.status);
        this.#tellOthers(place, { type: 'status', from: place.index, status: message.status });
        return;
      case 'note':
        this.#note(place, message.note);
        return;
      case 'rate':
        void this.#countFor(place, message);
    }
  }

  #ready(place: Place, facts: ReadyFacts): void {
    place.facts = facts;
    if (this.#state === 'serving') this.#parts.log.back(place.index);
    if (this.#state !== 'starting' || this.#places.some((each) => each.facts === undefined)) return;
    this.#state = 'serving';
    this.#started.resolve(facts);
  }

  #note(place: Place, note: SharedNote): void {
    this.#notes.put(place.index, note);
    this.#tellOthers(place, { type: 'note', from: place.index, note });
  }

  async #countFor(
    place: Place,
    { id, action, rate, subject }: Extract<ToSupervisor, { type: 'rate' }>,
  ): Promise<void> {
    const verdict = await this.#parts.rates[action](rate, subject);
    this.#send(place, { type: 'rate', id, verdict });
  }

  #exited(place: Place, code: number | null, signal: NodeJS.Signals | null): void {
    place.hasEnded = true;
    place.facts = undefined;
    const sessions = place.status?.liveCount ?? 0;
    place.status = undefined;
    this.#choice.told(place.index, undefined);
    this.#notes.forget(place.index);
    this.#tellOthers(place, { type: 'status', from: place.index, status: undefined });
    const how = signal ?? `exit code ${code}`;
    if (this.#state === 'starting') {
      this.#started.reject(new Error(`Worker ${place.index} has ended at its start (${how}).`));
    } else if (this.#state === 'stopping') {
      if (code !== 0) this.#exitCode = 1;
      this.#endIfAllHave();
    } else {
      this.#startAgain(place, how, sessions);
    }
  }

  #startAgain(place: Place, how: string, sessions: number): void {
    const { clock, fork, log } = this.#parts;
    const nowMs = clock.nowMs();
    const againMs = place.respawn.ended(nowMs - place.bornAtMs);
    log.lost(place.index, { how, sessions, againMs });
    clock.setTimer(after(nowMs, againMs), () => {
      if (this.#state !== 'serving') return;
      place.child = fork();
      this.#seat(place);
    });
  }

  #endIfAllHave(): void {
    if (this.#places.every(({ hasEnded }) => hasEnded)) this.#ended.resolve(this.#exitCode);
  }

  #tellOthers(place: Place, message: ToWorker): void {
    for (const other of this.#places) if (other !== place) this.#send(other, message);
  }

  /** A worker that ends meanwhile hears no more; its exit is what counts. */
  #send({ child }: Place, message: ToWorker): void {
    if (child.connected) child.send(message, () => undefined);
  }
}
