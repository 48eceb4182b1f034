import { reduceTranscript } from '../reduce-transcript.ts';
import { emptyTranscript, type Transcript } from '../transcript.ts';
import { textField, type WireEvent } from '../wire-event.ts';
import type { KeptCall, KeptCalls } from './kept-call.ts';

/** What a session remembers of its call: for the ways that follow one that is lost, and for the page that follows this. */
export class CallMemory {
  /** What there was of the call before the page was loaded anew; undefined in a new call. */
  readonly kept: KeptCall | undefined;
  readonly #calls: KeptCalls | undefined;
  #lastEventId: string | undefined;
  /** Followed only where it is to be kept. */
  #transcript: Transcript;

  /** @param calls - Where the call is kept when the page goes away; undefined if it is to end then. */
  constructor(calls: KeptCalls | undefined, kept: KeptCall | undefined) {
    this.#calls = calls;
    this.kept = kept;
    this.#lastEventId = kept?.lastEventId;
    this.#transcript = kept?.transcript ?? emptyTranscript();
  }

  /** Whether the call outlives the page. */
  get isLasting(): boolean {
    return this.#calls !== undefined;
  }

  /** The newest event of the session that has come. */
  get lastEventId(): string | undefined {
    return this.#lastEventId;
  }

  /** Takes a server event; one `isOfTheWay` is none of the session, which the server could tell on from. */
  handle(event: WireEvent, isOfTheWay: boolean): void {
    if (this.isLasting) this.#transcript = reduceTranscript(this.#transcript, event);
    if (!isOfTheWay) this.#lastEventId = textField(event, 'event_id') ?? this.#lastEventId;
  }

  /** The page goes away, maybe to be loaded anew. */
  keep(call: Pick<KeptCall, 'callId' | 'token' | 'tools'>): void {
    this.#calls?.keep({ ...call, lastEventId: this.#lastEventId, transcript: this.#transcript });
  }
}
