// Stands between Prism and its upstream, and keeps what decides a truncation: which item holds which time codes, what
// Prism asked to be cut where, and what the upstream refused.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { decodeTimeCode } from '@prism/engine';
import WebSocket, { WebSocketServer } from 'ws';

const CODE_SPAN_MS = 81_920;
/** Louder than the silence of a microphone that says nothing, a codec's noise included. */
const LOUD_PEAK = 1_000;
const wallMs = () => performance.timeOrigin + performance.now();

export class UpstreamTap {
  #server = createServer();
  #delayMs = 0;
  #sockets = new WebSocketServer({ noServer: true });
  /** The session that joined last; nobody until then. One before it whose end is still on its way may go on talking. */
  #newest;
  /** By item id: where it begins in the time code, and how much was generated. */
  items = new Map();
  truncates = [];
  errors = [];
  events = [];
  /** When sound came to the upstream, append by append, newest last. */
  loudAppendsAtMs = [];

  /** @param delayMs - What the upstream's words take longer to come: a server far away. */
  static async open(targetUrl, delayMs = 0) {
    const tap = new UpstreamTap();
    tap.#delayMs = delayMs;
    tap.#server.on('upgrade', (request, stream, head) => {
      const up = new WebSocket(
        `${targetUrl.replace(/^http/, 'ws')}${request.url.replace(/^\/v1/, '')}`,
      );
      up.once('open', () => {
        tap.#sockets.handleUpgrade(request, stream, head, (down) => tap.#join(down, up));
      });
      up.once('error', () => stream.destroy());
    });
    tap.#server.listen(0, '127.0.0.1');
    await once(tap.#server, 'listening');
    return tap;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}/v1`;
  }

  close() {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** Forgets what was, before another session. */
  reset() {
    this.#newest = undefined;
    this.items.clear();
    this.truncates.length = 0;
    this.errors.length = 0;
    this.events.length = 0;
    this.loudAppendsAtMs.length = 0;
  }

  /** The item and the position in it, in ms, that a place in the time code is of. Of older items the code returns. */
  placeOf(codeMs) {
    let passedMs = 0;
    for (const [itemId, item] of [...this.items].reverse()) {
      const positionMs = (codeMs - item.startCodeMs + 2 * CODE_SPAN_MS) % CODE_SPAN_MS;
      if (positionMs < item.generatedMs) return { itemId, positionMs };
      passedMs += item.generatedMs;
      if (passedMs > CODE_SPAN_MS / 2) return undefined;
    }
    return undefined;
  }

  #join(down, up) {
    this.#newest = up;
    down.on('message', (data, isBinary) => {
      up.send(data, { binary: isBinary });
      if (up !== this.#newest) return;
      const text = data.toString();
      if (text.includes('"input_audio_buffer.append"')) {
        this.#append(JSON.parse(text).audio);
        return;
      }
      const event = JSON.parse(text);
      this.events.push({ atMs: wallMs(), type: event.type });
      if (event.type === 'conversation.item.truncate') {
        this.truncates.push({
          atMs: wallMs(),
          itemId: event.item_id,
          audioEndMs: event.audio_end_ms,
        });
      }
    });
    const receive = (data, isBinary) => {
      down.send(data, { binary: isBinary });
      if (up !== this.#newest) return;
      const event = JSON.parse(data.toString());
      if (event.type === 'response.output_audio.delta') this.#delta(event);
      else this.events.push({ atMs: wallMs(), type: event.type });
      if (event.type === 'error') this.errors.push(event.error);
    };
    up.on('message', (data, isBinary) => {
      if (this.#delayMs === 0) receive(data, isBinary);
      else setTimeout(receive, this.#delayMs, data, isBinary);
    });
    down.on('close', () => up.close());
    up.on('close', () => down.close());
  }

  #append(audio) {
    const bytes = Buffer.from(audio, 'base64');
    for (let at = 0; at + 1 < bytes.length; at += 2) {
      if (Math.abs(bytes.readInt16LE(at)) < LOUD_PEAK) continue;
      this.loudAppendsAtMs.push(wallMs());
      if (this.loudAppendsAtMs.length > 1_000) this.loudAppendsAtMs.splice(0, 500);
      return;
    }
  }

  #delta(event) {
    const bytes = Buffer.from(event.delta, 'base64');
    const pcm = new Int16Array(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
    );
    let item = this.items.get(event.item_id);
    if (item === undefined) {
      const [mark] = decodeTimeCode(pcm);
      item = {
        startCodeMs: Math.round(mark.code * 20 - mark.atMs),
        generatedMs: 0,
        firstAtMs: wallMs(),
      };
      this.items.set(event.item_id, item);
    }
    item.generatedMs += pcm.length / 24;
  }
}
