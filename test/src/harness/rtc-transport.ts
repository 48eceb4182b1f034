import {
  type Capability,
  type ClientMessage,
  type ConformanceConnection,
  type ConformanceTransport,
  IncomingQueue,
  type OpenOptions,
  type OpenResult,
} from '@prism/conformance';
import { eventually } from './eventually.ts';
import { RtcClient } from './rtc-client.ts';

/** Realtime over WebRTC: `POST /v1/realtime/calls`, events on the data channel, speech as RTP. */
export class RtcTransport implements ConformanceTransport {
  readonly name = 'webrtc';
  readonly lacks: ReadonlyMap<Capability, string> = new Map([
    ['audio-events', 'over WebRTC audio is RTP'],
    ['websocket-handshake', 'over WebRTC there is no WebSocket handshake'],
  ]);
  readonly #url: string;
  readonly #key: string;

  /** @param url - Prism's own, without path. */
  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
  }

  async open(options: OpenOptions): Promise<OpenResult> {
    const key = options.key === undefined ? this.#key : options.key;
    const authorization = key === null ? {} : { authorization: `Bearer ${key}` };
    const client = RtcClient.create();
    const queue = new IncomingQueue();
    client.listener = {
      message: (text) => queue.pushText(text),
      closed: () => queue.push({ type: 'closed', code: 1_000, reason: '' }),
    };
    const isTranscription = options.query?.['intent'] === 'transcription';
    const { status, body } = await client.call(
      this.#url,
      { ...authorization, ...options.headers },
      { session: isTranscription ? { type: 'transcription' } : undefined },
    );
    if (status !== 201) {
      client.close();
      return { type: 'refused', status, body };
    }
    await eventually('the data channel', () => client.isChannelOpen);
    return { type: 'open', connection: new RtcConnection(client, queue) };
  }
}

class RtcConnection implements ConformanceConnection {
  readonly selectedProtocol = '';
  readonly #client: RtcClient;
  readonly #queue: IncomingQueue;
  /** Speech takes its time, and what is sent after it comes after it. */
  #spoken: Promise<void> = Promise.resolve();

  constructor(client: RtcClient, queue: IncomingQueue) {
    this.#client = client;
    this.#queue = queue;
  }

  send(message: ClientMessage | string): void {
    void this.#spoken.then(() => {
      if (this.#client.isChannelOpen) this.#client.send(message);
    });
  }

  sendAudio(pcm: Int16Array): void {
    this.#spoken = this.#spoken.then(() => this.#client.speak(pcm));
  }

  next(): ReturnType<IncomingQueue['next']> {
    return this.#queue.next();
  }

  close(): void {
    this.#client.close();
  }
}
