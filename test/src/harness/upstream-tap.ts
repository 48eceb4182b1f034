import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** Stands between Prism and a Realtime server, and keeps what Prism sends. */
export class UpstreamTap {
  /** Messages of all sessions, as they came, appended audio aside. */
  readonly texts: string[] = [];
  readonly #server = new WebSocketServer({ host: '127.0.0.1', port: 0 });

  private constructor(targetUrl: string) {
    this.#server.on('connection', (socket, request) => {
      const query = new URL(request.url ?? '', 'http://localhost').search;
      const target = new WebSocket(`${targetUrl.replace(/^http/, 'ws')}/realtime${query}`);
      const early: string[] = [];
      target.on('open', () => {
        for (const text of early.splice(0)) target.send(text);
      });
      socket.on('message', (data: Buffer) => {
        const text = data.toString();
        if (!text.includes('"input_audio_buffer.append"')) this.texts.push(text);
        if (target.readyState === WebSocket.OPEN) target.send(text);
        else early.push(text);
      });
      target.on('message', (data: Buffer) => socket.send(data.toString()));
      socket.on('close', () => target.close());
      target.on('close', () => socket.close());
      target.on('error', () => socket.close());
    });
  }

  /** @param targetUrl - The base URL of the server, `http://127.0.0.1:…/v1`. */
  static async start(targetUrl: string): Promise<UpstreamTap> {
    const tap = new UpstreamTap(targetUrl);
    await once(tap.#server, 'listening');
    return tap;
  }

  get baseUrl(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/v1`;
  }

  async close(): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
