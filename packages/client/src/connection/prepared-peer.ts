import type { CallAnswer, CallEndpoint } from '../call.ts';

/** A connection whose offer the server has answered, and that has not begun. */
export interface PreparedPeer extends CallAnswer {
  readonly connection: RTCPeerConnection;
  readonly channel: RTCDataChannel;
  /** Whether the call was made with early audio announced. */
  readonly hasEarlyAudio: boolean;
}

/** What a session takes from a call that was prepared. */
export interface PreparedWay {
  /** With the token that the call was made with, and that controls it. */
  readonly endpoint: CallEndpoint;
  /** The connection, for the one who asks first and in time; undefined otherwise. */
  take(): PreparedPeer | undefined;
  /** Gives the place of the call back, unless a session has taken it. Idempotent. */
  close(): void;
}
