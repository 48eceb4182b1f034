import { keptTranscript, readTranscript } from '../kept-transcript.ts';
import { emptyTranscript, type Transcript } from '../transcript.ts';
import {
  objectField,
  objectsField,
  parseWireObject,
  textField,
  type WireObject,
} from '../wire-event.ts';
import type { OfferedTools } from './session-settings.ts';

/** How long the server waits for a client that is away. */
const GRACE_MS = 30_000;

/** A store may take some 5 MB; what is kept of the conversation stays well below. */
const KEPT_CHARACTERS_MAX = 1_000_000;

const KEY_PREFIX = 'prism.call ';

/** Where a call is kept while its page is loaded anew: `sessionStorage`, which is of one tab. */
export type CallStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** All that a page needs to go on with its call after it was loaded anew. */
export interface KeptCall {
  readonly callId: string;
  /** The one that the call was opened with, and which alone controls it; undefined where none is asked for. */
  readonly token: string | undefined;
  /** The newest server event that the page has had. */
  readonly lastEventId: string | undefined;
  readonly tools: OfferedTools;
  readonly transcript: Transcript;
}

export interface KeptCallsOptions {
  readonly store: CallStore | undefined;
  readonly wallMs: () => number;
  /** The server that the call is on. */
  readonly url: string;
}

/** Keeps the call of one server through a reload of the page. */
export class KeptCalls {
  readonly #options: KeptCallsOptions;
  readonly #key: string;

  constructor(options: KeptCallsOptions) {
    this.#options = options;
    this.#key = `${KEY_PREFIX}${options.url}`;
  }

  /** Keeps a call. What doesn't fit loses its oldest words first; a page without a store keeps nothing. */
  keep({ transcript, ...call }: KeptCall): void {
    const atMs = this.#options.wallMs();
    const text = JSON.stringify({
      ...call,
      atMs,
      transcript: keptTranscript(transcript, KEPT_CHARACTERS_MAX),
    });
    try {
      this.#options.store?.setItem(this.#key, text);
    } catch {
      // A store that is full or forbidden keeps nothing: the server ends the call after its grace.
    }
  }

  /** The call that was kept, once, and only while the server still waits. */
  take(): KeptCall | undefined {
    const kept = this.#read();
    const callId = textField(kept, 'callId');
    const atMs = kept?.atMs;
    if (callId === undefined || typeof atMs !== 'number') return undefined;
    if (this.#options.wallMs() - atMs >= GRACE_MS) return undefined;
    const transcript = objectField(kept, 'transcript');
    return {
      callId,
      token: textField(kept, 'token'),
      lastEventId: textField(kept, 'lastEventId'),
      tools: {
        others: objectsField(objectField(kept, 'tools'), 'others'),
        offered: textField(objectField(kept, 'tools'), 'offered') ?? '[]',
      },
      transcript: transcript === undefined ? emptyTranscript() : readTranscript(transcript),
    };
  }

  #read(): WireObject | undefined {
    try {
      const text = this.#options.store?.getItem(this.#key);
      this.#options.store?.removeItem(this.#key);
      // What is no JSON was written by somebody else.
      return parseWireObject(text ?? '');
    } catch {
      // A store may be forbidden.
      return undefined;
    }
  }
}
