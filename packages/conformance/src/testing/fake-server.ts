import type { HttpAnswer, HttpPort } from '../kit/http-port.ts';
import type { StageOptions } from '../kit/stage.ts';
import type {
  ClientMessage,
  ConformanceConnection,
  ConformanceTransport,
  OpenResult,
  WireEvent,
} from '../transport/conformance-transport.ts';
import { IncomingQueue } from '../transport/incoming-queue.ts';
import { ManualClock } from './manual-clock.ts';

/** What the fake server sends for a client's message; texts go out as they are. */
export type Script = (message: ClientMessage | string) => readonly (WireEvent | string)[];

/** A server within the test, without sockets. It sends `greeting` when a connection opens. */
export class FakeServer implements ConformanceTransport {
  readonly name = 'fake';
  readonly lacks = new Map();
  readonly greeting: (WireEvent | string)[] = [{ type: 'session.created', event_id: 'event_0' }];
  script: Script = () => [];
  refusal: Exclude<OpenResult, { type: 'open' }> | undefined;
  openCount = 0;
  openCountMax = 0;
  closedCount = 0;
  /** Called with each connection, to send or close without being asked. */
  onOpen: ((queue: IncomingQueue) => void) | undefined;

  open(): Promise<OpenResult> {
    if (this.refusal !== undefined) return Promise.resolve(this.refusal);
    const queue = new IncomingQueue();
    this.openCount += 1;
    this.openCountMax = Math.max(this.openCountMax, this.openCount);
    for (const message of this.greeting) deliver(queue, message);
    this.onOpen?.(queue);
    return Promise.resolve({ type: 'open', connection: this.#connection(queue) });
  }

  #connection(queue: IncomingQueue): ConformanceConnection {
    let isOpen = true;
    return {
      selectedProtocol: '',
      send: (message) => {
        for (const answer of this.script(message)) deliver(queue, answer);
      },
      sendAudio: () => undefined,
      next: () => queue.next(),
      close: (code = 1000, reason = '') => {
        if (!isOpen) return;
        isOpen = false;
        this.openCount -= 1;
        this.closedCount += 1;
        queue.push({ type: 'closed', code, reason });
      },
    };
  }
}

function deliver(queue: IncomingQueue, message: WireEvent | string): void {
  queue.pushText(typeof message === 'string' ? message : JSON.stringify(message));
}

/** A stage's options around a fake server, with one second for each reply. */
export function fakeStage(
  server: FakeServer,
  http: HttpPort = new FakeHttp(),
): StageOptions & {
  readonly clock: ManualClock;
} {
  return {
    transport: server,
    http,
    clock: new ManualClock(),
    replyTimeoutMs: 1_000,
    model: 'm',
    transcriptionModel: 't',
    key: undefined,
    speech: undefined,
  };
}

/** Answers every request alike; nobody answers by default. */
export class FakeHttp implements HttpPort {
  answer: HttpAnswer | undefined;

  request(): Promise<HttpAnswer> {
    return this.answer === undefined
      ? Promise.reject(new Error('nobody answers'))
      : Promise.resolve(this.answer);
  }
}

/** Lets everything happen that is waiting for nothing but its turn. */
export async function turns(count = 50): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await Promise.resolve();
}
