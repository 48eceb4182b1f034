import { RtpSender, SLOT_MS, SLOT_SAMPLES } from '@prism/core';
import {
  isRtcp,
  MEDIA_SOCKET_PAYLOAD_TYPES,
  type MediaReady,
  parseRtpPacket,
} from '@prism/protocol';
import { createOpusCodec, createPcm16Codec } from '@prism/server/internal';
import { WebSocket } from 'ws';

const CODECS = { opus: createOpusCodec(), pcm16: createPcm16Codec() };

export interface MediaSocketOptions {
  readonly format?: 'opus' | 'pcm16';
  readonly headers?: Readonly<Record<string, string>>;
  /** Members of the query, without the format. */
  readonly query?: Readonly<Record<string, string>>;
}

/** A client of the media WebSocket that keeps all that it hears. */
export class MediaSocketClient {
  /** Events, parsed, without the first. */
  readonly events: Record<string, unknown>[] = [];
  /** One loudness per received packet: the root mean square of its samples. */
  readonly heardRms: number[] = [];
  /** RTP time of each received packet. */
  readonly heardAt: number[] = [];
  /** When each received packet came, by this process' monotonic clock. */
  readonly arrivedAtMs: number[] = [];
  ready: MediaReady | undefined;
  /** How the socket ended. */
  end: { readonly code: number; readonly reason: string } | undefined;
  readonly #socket: WebSocket;
  readonly #decoder;
  readonly #encoder;
  readonly #sender: RtpSender;
  #slot = 0;

  private constructor(socket: WebSocket, format: 'opus' | 'pcm16') {
    this.#socket = socket;
    this.#decoder = CODECS[format].openDecoder();
    this.#encoder = CODECS[format].openEncoder();
    this.#sender = new RtpSender({
      payloadType: MEDIA_SOCKET_PAYLOAD_TYPES[format],
      ssrc: 4_242,
      sequenceNumber: 1,
      timestamp: 1,
    });
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.#hear(data as Buffer);
      else this.#read((data as Buffer).toString());
    });
    socket.on('close', (code, reason) => {
      this.end = { code, reason: reason.toString() };
    });
  }

  /** Opens a call, or goes on with one. Throws with the server's answer if it refuses. */
  static async connect(url: string, options: MediaSocketOptions = {}): Promise<MediaSocketClient> {
    const { format = 'pcm16', headers = {}, query = {} } = options;
    const address = new URL(`${url.replace('http', 'ws')}/v1/prism/media`);
    for (const [name, value] of Object.entries({ format, ...query }))
      address.searchParams.set(name, value);
    const socket = new WebSocket(address, ['prism.media'], { headers });
    const client = new MediaSocketClient(socket, format);
    await new Promise<void>((resolve, reject) => {
      socket.on('open', () => resolve());
      socket.on('unexpected-response', (_request, response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => reject(new Error(`HTTP ${response.statusCode}: ${body}`)));
      });
      socket.on('error', reject);
    });
    return client;
  }

  get callId(): string {
    return this.ready?.call_id ?? '';
  }

  eventOf(type: string): Record<string, unknown> | undefined {
    return this.events.find((event) => event['type'] === type);
  }

  send(event: object): void {
    this.#socket.send(JSON.stringify(event));
  }

  /** Sends one binary message as it is. */
  sendPacket(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** Sends PCM in real time, one packet per slot. */
  async speak(pcm: Int16Array): Promise<void> {
    const startMs = performance.now();
    for (let at = 0; at < pcm.length && this.end === undefined; at += SLOT_SAMPLES) {
      const frame = new Int16Array(SLOT_SAMPLES);
      frame.set(pcm.subarray(at, at + SLOT_SAMPLES));
      this.#socket.send(this.#sender.packetize(this.#encoder.encode(frame), this.#slot).slice());
      this.#slot += 1;
      const dueMs = startMs + (at / SLOT_SAMPLES + 1) * SLOT_MS;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
    }
  }

  /** Says goodbye. */
  close(): void {
    this.#socket.close(1_000);
  }

  /** Goes without a word, as a network does. */
  vanish(): void {
    this.#socket.terminate();
  }

  #read(text: string): void {
    const message = JSON.parse(text) as MediaReady | { readonly type: string };
    if (isReady(message)) this.ready = message;
    else this.events.push({ ...message });
  }

  #hear(bytes: Uint8Array): void {
    if (isRtcp(bytes)) return;
    const packet = parseRtpPacket(bytes);
    const pcm = packet === undefined ? undefined : this.#decoder.decode(packet.payload);
    if (packet === undefined || pcm === undefined) return;
    this.heardAt.push(packet.timestamp);
    this.arrivedAtMs.push(performance.now());
    this.heardRms.push(
      Math.sqrt(pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length),
    );
  }
}

function isReady(message: { readonly type: string }): message is MediaReady {
  return message.type === 'prism.media.ready';
}
