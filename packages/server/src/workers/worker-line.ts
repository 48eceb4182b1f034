import type { Socket } from 'node:net';
import type { CountedRate, RateVerdict } from '../auth/rate-limits.ts';
import type {
  ReadyFacts,
  SeatFacts,
  SharedNote,
  ToSupervisor,
  ToWorker,
  WorkerStatus,
} from './messages.ts';

/** Rate questions that wait for their answers; a further one is answered as if nothing were limited. */
const QUESTION_COUNT_MAX = 10_000;

/** The process's channel to its parent: `process`, in tests something like it. */
export interface ParentChannel {
  send?(message: ToSupervisor, handle: undefined, options: object, done: () => void): unknown;
  on(event: 'message', listener: (message: ToWorker, handle: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
}

/** What the supervisor's words lead to. */
export interface LineListener {
  connection(socket: Socket): void;
  status(from: number, status: WorkerStatus | undefined): void;
  note(from: number, note: SharedNote): void;
  reloadKeys(): void;
  drain(): void;
  /** The supervisor has gone. */
  alone(): void;
}

/** A worker's end of the line to its supervisor. */
export class WorkerLine {
  readonly #channel: ParentChannel;
  readonly #questions = new Map<number, (verdict: RateVerdict) => void>();
  #questionCount = 0;
  #listener: LineListener | undefined;
  /** What came before anybody listened: no more than there are workers and what they share. */
  #early: (() => void)[] = [];

  private constructor(channel: ParentChannel) {
    this.#channel = channel;
  }

  /** Waits for the seat. */
  static async open(
    channel: ParentChannel,
  ): Promise<{ readonly line: WorkerLine; readonly seat: SeatFacts }> {
    const line = new WorkerLine(channel);
    return new Promise((resolve) => {
      channel.on('message', (message, handle) => {
        if (message.type === 'seat') resolve({ line, seat: message.seat });
        else if (message.type === 'rate') line.#answer(message.id, message.verdict);
        else line.#tell((listener) => hand(listener, message, handle));
      });
      channel.on('disconnect', () => line.#tell((listener) => listener.alone()));
    });
  }

  /** Who hears from here on, and of all that came before. */
  listen(listener: LineListener): void {
    this.#listener = listener;
    for (const tell of this.#early.splice(0)) tell();
  }

  ready(facts: ReadyFacts): void {
    this.#send({ type: 'ready', facts });
  }

  /** Without a status: it is about to end, and wants no more connections. */
  status(status: WorkerStatus | undefined): void {
    this.#send({ type: 'status', status });
  }

  note(note: SharedNote): void {
    this.#send({ type: 'note', note });
  }

  /** Asks for what is counted for all workers. */
  async rate(action: 'count' | 'look', rate: CountedRate, subject: string): Promise<RateVerdict> {
    if (this.#questions.size >= QUESTION_COUNT_MAX) return { isWithin: true };
    this.#questionCount += 1;
    const id = this.#questionCount;
    return new Promise((resolve) => {
      this.#questions.set(id, resolve);
      this.#send({ type: 'rate', id, action, rate, subject });
    });
  }

  #answer(id: number, verdict: RateVerdict): void {
    this.#questions.get(id)?.(verdict);
    this.#questions.delete(id);
  }

  #tell(tell: (listener: LineListener) => void): void {
    const listener = this.#listener;
    if (listener === undefined) this.#early.push(() => this.#tell(tell));
    else tell(listener);
  }

  /** A line that is cut is told of by `alone`. */
  #send(message: ToSupervisor): void {
    this.#channel.send?.(message, undefined, {}, () => undefined);
  }
}

function hand(
  listener: LineListener,
  message: Exclude<ToWorker, { type: 'seat' | 'rate' }>,
  handle: unknown,
): void {
  switch (message.type) {
    case 'connection':
      // A client that has gone meanwhile comes without its socket.
      if (handle !== undefined && handle !== null) listener.connection(handle as Socket);
      return;
    case 'status':
      listener.status(message.from, message.status);
      return;
    case 'note':
      listener.note(message.from, message.note);
      return;
    case 'reload_keys':
      listener.reloadKeys();
      return;
    case 'drain':
      listener.drain();
  }
}
