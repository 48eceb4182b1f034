import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '@prism/core';
import {
  type CallId,
  CLIENT_EVENT_BYTES_MAX,
  type MediaSocketFormat,
  type PrismErrorInfo,
} from '@prism/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import type { CallService } from '../runtime/call-service.ts';
import type { PeerListener } from '../runtime/ports/peer.ts';
import { judgeMediaHandshake, type MediaHandshakeParts } from './media-handshake.ts';
import { MediaSocketPeer } from './media-socket-peer.ts';
import { SocketKeeper } from './socket-keeper.ts';
import { refuseOnSocket } from './socket-refusal.ts';
import { refuseUpgrade } from './upgrade-refusal.ts';

export interface MediaSocketsOptions extends MediaHandshakeParts {
  readonly calls: Pick<
    CallService,
    'refusal' | 'refusalOfReturn' | 'startConnected' | 'reattachConnected'
  >;
  readonly clock: Clock;
  readonly newRequestId: () => string;
  readonly newEventId: () => string;
  readonly randomUint32: () => number;
}

/** The subprotocol that is spoken; browsers offer their key beside it. */
const PROTOCOL = 'prism.media';

/** `WS /v1/prism/media`: calls whose audio and events go over one WebSocket, for networks that block WebRTC. */
export class MediaSockets {
  readonly #options: MediaSocketsOptions;
  readonly #server: WebSocketServer;
  readonly #keeper: SocketKeeper;

  constructor(options: MediaSocketsOptions) {
    this.#options = options;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: CLIENT_EVENT_BYTES_MAX,
      perMessageDeflate: false,
      // The key's protocol is never selected: what is selected is sent back.
      handleProtocols: (protocols) => (protocols.has(PROTOCOL) ? PROTOCOL : false),
    });
    this.#keeper = new SocketKeeper(options.clock, this.#server.clients);
  }

  /** Answers one upgrade. */
  async upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): Promise<void> {
    const verdict = await judgeMediaHandshake(request, this.#options);
    if (verdict.type === 'refuse' && !isToldOnSocket(request, verdict.error)) {
      refuseUpgrade(stream, verdict.error, this.#options.newRequestId());
      return;
    }
    this.#server.handleUpgrade(request, stream, head, (socket) => {
      // An error of the transport is followed by its close, which is where the client leaves.
      socket.on('error', () => undefined);
      this.#keeper.watch(socket);
      if (verdict.type === 'refuse') return this.#refuse(socket, verdict.error);
      const { calls } = this.#options;
      const connect = (listener: PeerListener, callId: CallId): MediaSocketPeer =>
        this.#connect({ socket, stream, format: verdict.format }, listener, callId);
      const refusal =
        verdict.type === 'call'
          ? calls.startConnected(verdict.request, connect)
          : calls.reattachConnected(verdict.callId, verdict, connect);
      if (refusal !== undefined) this.#refuse(socket, refusal);
    });
  }

  /** Ends what the sessions haven't ended themselves. Idempotent. */
  async close(): Promise<void> {
    await this.#keeper.close();
  }

  #refuse(socket: WebSocket, info: PrismErrorInfo): void {
    refuseOnSocket(socket, info, this.#options.newEventId());
  }

  #connect(
    way: {
      readonly socket: WebSocket;
      readonly stream: Duplex;
      readonly format: MediaSocketFormat;
    },
    listener: PeerListener,
    callId: CallId,
  ): MediaSocketPeer {
    const { randomUint32, newEventId } = this.#options;
    const peer = new MediaSocketPeer({ ...way, ssrc: randomUint32(), listener });
    way.socket.on('message', (data, isBinary) => {
      // `ws` gives one buffer per message unless it is asked for something else.
      if (Buffer.isBuffer(data)) peer.received(data, isBinary);
    });
    way.socket.on('close', (code) => peer.ended(code));
    peer.welcome(callId, newEventId());
    return peer;
  }
}

/** Browsers show a page no HTTP answer to an upgrade. One that isn't allowed here needn't know why. */
function isToldOnSocket({ headers }: IncomingMessage, { code }: PrismErrorInfo): boolean {
  return headers.origin !== undefined && code !== 'origin_not_allowed';
}
