import type { WebSocket } from 'ws';
import type { SessionSocket } from './session-runner.ts';

/** How long a client may take to answer the closing of its socket. */
const CLOSE_MS_MAX = 2_000;

/** A session's socket with what only a misbehaving server does to it. */
export interface WireSocket extends SessionSocket {
  /** Sends a binary message; the Realtime API has none. */
  sendBinary(bytes: Uint8Array): void;
  /** Drops the connection without a closing handshake: the client sees code 1006. */
  terminate(): void;
  /** Reads nothing any more: messages, pings and closes of the client go unanswered. */
  stall(): void;
}

/** Closes a socket; a peer that doesn't answer is cut off. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  const timer = setTimeout(() => socket.terminate(), CLOSE_MS_MAX);
  socket.once('close', () => clearTimeout(timer));
  socket.close(code, reason);
}

/** The session's view of a WebSocket. */
export function wireSocketOf(socket: WebSocket): WireSocket {
  const isOpen = (): boolean => socket.readyState === socket.OPEN;
  return {
    get unreadBytes() {
      return socket.bufferedAmount;
    },
    send: (text) => {
      if (isOpen()) {
        socket.send(text);
      }
    },
    sendBinary: (bytes) => {
      if (isOpen()) {
        socket.send(bytes);
      }
    },
    close: (code, reason) => closeSocket(socket, code, reason),
    terminate: () => socket.terminate(),
    stall: () => {
      if (isOpen()) {
        socket.pause();
      }
    },
  };
}
