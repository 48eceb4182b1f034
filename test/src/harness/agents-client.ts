import {
  OpenAIRealtimeWebSocket,
  type RealtimeAgent,
  RealtimeSession,
  type RealtimeSessionOptions,
} from '@openai/agents-realtime';
import { PacedMicrophone } from './paced-microphone.ts';
import { samplesOf } from './pcm-listening.ts';
import { ServerEventLog } from './server-event-log.ts';

/** Where a Realtime server is; an engine that asks for no key has none. */
export interface RealtimeServerAddress {
  /** The base URL, `http://127.0.0.1:…/v1`. */
  readonly url: string;
  readonly apiKey?: string;
  /** The query of the connection; a model by default. */
  readonly query?: string;
}

/** A session of the official Agents SDK over WebSocket, and everything that it made of what it received. */
export class AgentsClient {
  readonly session: RealtimeSession;
  readonly log = new ServerEventLog();
  /** What the session reported as errors. */
  readonly errors: unknown[] = [];
  readonly #heard = new Map<string, Uint8Array[]>();
  readonly #rawCounts = new Map<string, number>();
  readonly #typedCounts = new Map<string, number>();
  #microphone: PacedMicrophone | undefined;

  private constructor(
    agent: RealtimeAgent,
    transport: OpenAIRealtimeWebSocket,
    options: Partial<RealtimeSessionOptions<unknown>>,
  ) {
    this.session = new RealtimeSession(agent, { ...options, transport });
    this.session.on('error', (error) => this.errors.push(error));
    this.session.on('audio', ({ data, responseId }) => {
      const pieces = this.#heard.get(responseId) ?? [];
      pieces.push(new Uint8Array(data));
      this.#heard.set(responseId, pieces);
    });
    // The transport tells every event as `*` first, and again under its type if it has the shape that its schema asks for.
    transport.on('*', (event) => {
      if (!this.#rawCounts.has(event.type)) {
        transport.on(event.type, () => count(this.#typedCounts, event.type));
      }
      count(this.#rawCounts, event.type);
      this.log.take(event);
    });
  }

  /** Connects to `server` by its URL, the one thing that is told to the SDK. */
  static async connect(
    server: RealtimeServerAddress,
    agent: RealtimeAgent,
    options: Partial<RealtimeSessionOptions<unknown>> = {},
  ): Promise<AgentsClient> {
    const client = new AgentsClient(agent, new OpenAIRealtimeWebSocket(), options);
    await client.session.connect({
      apiKey: server.apiKey ?? 'no-key-needed',
      url: `${server.url.replace(/^http/, 'ws')}/realtime?${server.query ?? 'model=gpt-realtime-2.1'}`,
    });
    await client.log.next('session.updated');
    return client;
  }

  /** Says it into a microphone that is on from then on. */
  say(text: string): void {
    this.#microphone ??= new PacedMicrophone((pcm) =>
      this.session.sendAudio(new Uint8Array(new Int16Array(pcm).buffer).buffer),
    );
    this.#microphone.say(text);
  }

  /** The audio of one response, as far as it has arrived. */
  heard(responseId: string): Int16Array {
    return samplesOf(this.#heard.get(responseId) ?? []);
  }

  /** What the assistant has said according to the SDK's history, oldest first. */
  assistantTexts(): string[] {
    return this.session.history.flatMap((item) =>
      item.type === 'message' && item.role === 'assistant'
        ? item.content.map((part) =>
            part.type === 'output_text' ? part.text : (part.transcript ?? ''),
          )
        : [],
    );
  }

  /** What the user has said, in words, according to the SDK's history. */
  userTexts(): string[] {
    return this.session.history.flatMap((item) =>
      item.type === 'message' && item.role === 'user'
        ? item.content.map((part) =>
            part.type === 'input_text' ? part.text : (part.transcript ?? ''),
          )
        : [],
    );
  }

  /** Types of events that the SDK doesn't know, or knows in another shape. */
  misunderstoodTypes(): string[] {
    return [...this.#rawCounts]
      .filter(([type, rawCount]) => this.#typedCounts.get(type) !== rawCount)
      .map(([type]) => type);
  }

  close(): void {
    this.#microphone?.close();
    this.session.close();
  }
}

function count(counts: Map<string, number>, type: string): void {
  counts.set(type, (counts.get(type) ?? 0) + 1);
}
