import type { CallId } from '@prism/protocol';

/** Conversations on their way from one process to another, each for some moments. */
export interface HandoverStore {
  /** Keeps a sealed conversation until then, in milliseconds since 1970; one of the same call gives way. */
  putHandover(callId: CallId, sealed: string, expiresAtMs: number): Promise<void>;
  /** What is kept of a call and hasn't expired. */
  findHandover(callId: CallId, wallMs: number): Promise<string | undefined>;
  /** Takes it away: true for the one who got it, of all processes that ask. */
  takeHandover(callId: CallId, wallMs: number): Promise<boolean>;
}

/** Encrypts what is kept, and opens what a process with the same keys has kept. */
export interface TextSeal {
  seal(text: string): Promise<string>;
  /** `undefined` for whatever wasn't sealed with one of these keys. */
  open(sealed: string): Promise<string | undefined>;
}
