import type {
  ConformanceTransport,
  OpenOptions,
  OpenResult,
  WireEvent,
} from '../transport/conformance-transport.ts';
import type { Clock } from './clock.ts';
import type { HttpAnswer, HttpPort, HttpRequest } from './http-port.ts';
import { Mismatch } from './mismatch.ts';
import { type Closing, WireSession } from './wire-session.ts';

/** What an exchange may use. */
export interface StageOptions {
  readonly transport: ConformanceTransport;
  readonly http: HttpPort;
  readonly clock: Clock;
  /** How long one reply may take. */
  readonly replyTimeoutMs: number;
  readonly model: string;
  /** The model that `audio.input.transcription` is asked to use. */
  readonly transcriptionModel: string;
  readonly key: string | undefined;
  /** What a person says, PCM16 mono at 24 kHz; absent where speech is not tried. */
  readonly speech: Int16Array | undefined;
}

/** A handshake and what came of it, as facts. */
export interface Knock {
  /** The HTTP status of a refusal; 101 for a connection. */
  readonly status: number;
  /** The error body of a refusal; `null` if it is not JSON. */
  readonly body: unknown;
  readonly selectedProtocol: string;
  readonly events: readonly WireEvent[];
  /** How the server closed the connection; `null` if it was refused, or did not. */
  readonly closing: Closing | null;
}

/** One exchange's place: it opens connections here, and all of them are closed when it ends. */
export class Stage {
  readonly options: StageOptions;
  readonly #sessions: WireSession[] = [];

  constructor(options: StageOptions) {
    this.options = options;
  }

  /** Whether the server plays the answer: then generation is over before it has been heard. */
  get isPlayedByServer(): boolean {
    return !this.options.transport.lacks.has('media-playout');
  }

  /** Opens a connection. Throws `Mismatch` where there is none. */
  async connect(options: OpenOptions = {}): Promise<WireSession> {
    const result = await this.options.transport.open(options);
    if (result.type !== 'open') throw new Mismatch('a connection', refusalOf(result));
    return this.#sessionOf(result);
  }

  /** Opens a session and waits until it is told. */
  async open(options: OpenOptions = {}): Promise<WireSession> {
    const session = await this.connect(options);
    await session.until('session.created');
    return session;
  }

  /** Opens a session that takes what it is given as text, and leaves turns to the client. */
  async openQuiet(extra: Readonly<Record<string, unknown>> = {}): Promise<WireSession> {
    const session = await this.open();
    await session.demand(
      {
        type: 'session.update',
        session: {
          type: 'realtime',
          output_modalities: ['text'],
          instructions: 'Answer with one short sentence.',
          audio: { input: { turn_detection: null } },
          ...extra,
        },
      },
      'session.updated',
    );
    return session;
  }

  /** Asks for a connection that should not come to be, and waits until the server ends it. */
  async knock(options: OpenOptions): Promise<Knock> {
    const result = await this.options.transport.open(options);
    if (result.type === 'unreachable') throw new Mismatch('an HTTP answer', refusalOf(result));
    if (result.type === 'refused') {
      const { status, body } = result;
      return { status, body: parsed(body), selectedProtocol: '', events: [], closing: null };
    }
    const session = this.#sessionOf(result);
    const closing = await session.closed().catch(() => null);
    const { events, selectedProtocol } = session;
    return { status: 101, body: null, selectedProtocol, events, closing };
  }

  /** Asks over HTTP, below the base URL. */
  async request(request: HttpRequest): Promise<HttpAnswer> {
    return this.options.http.request(request);
  }

  /** Closes every connection. */
  end(): void {
    for (const session of this.#sessions) session.close();
  }

  #sessionOf(result: Extract<OpenResult, { type: 'open' }>): WireSession {
    const { clock, replyTimeoutMs } = this.options;
    const session = new WireSession(result.connection, { clock, replyTimeoutMs });
    this.#sessions.push(session);
    return session;
  }
}

/** A refusal in a line of a report. */
export function refusalOf(result: Exclude<OpenResult, { type: 'open' }>): string {
  return result.type === 'refused'
    ? `HTTP ${result.status} ${result.body.slice(0, 200)}`.trimEnd()
    : result.reason;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch {
    return null;
  }
}
