import type { UpstreamClose } from '@prism/core';
import type { CloseReason } from '@prism/protocol';

/** How a session ended, for those who were part of it. */
export interface SessionEnd {
  readonly reason: CloseReason;
  /** How the upstream closed its socket, if that is what ended the session. */
  readonly upstreamClose: UpstreamClose | undefined;
}

/** What became of a message: `too_large` is what this controller can never take, `unsent` what it can't take now. */
export type SendOutcome = 'sent' | 'unsent' | 'too_large';

/** The way to one controller: a data channel or a WebSocket. */
export interface ControllerSink {
  send(text: string): SendOutcome;
  /** Sends a text message given as UTF-8. The bytes are copied or written during the call. */
  relay(bytes: Uint8Array): SendOutcome;
  /** The session is over; nothing is sent afterwards. */
  end(end: SessionEnd): void;
}

/** What a controller tells its session. Each is bound to one controller; nothing may be told after `closed`. */
export interface ControllerListener {
  message(text: string): void;
  /** An `input_audio_buffer.append` and nothing else, as it came. The bytes are only valid during the call. */
  append(bytes: Uint8Array): void;
  closed(): void;
}
