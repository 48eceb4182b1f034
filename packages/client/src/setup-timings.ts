/** The steps of setting up a call, in order; each mark is the moment its step was finished. */
export type SetupMark =
  | 'started'
  | 'microphone_open'
  | 'offer_ready'
  | 'answer_applied'
  | 'ice_connected'
  | 'peer_connected'
  | 'channel_open'
  | 'session_created';

/** How long each step of the setup took; a step that was not finished is absent. */
export interface SetupTimings {
  /** Asking for and opening the microphone, the user's decision included. */
  readonly microphoneMs?: number;
  /** Making the SDP offer. */
  readonly offerMs?: number;
  /** `POST /v1/realtime/calls` until its answer is applied. */
  readonly signallingMs?: number;
  /** Finding the network path. */
  readonly iceMs?: number;
  /** DTLS handshake. */
  readonly dtlsMs?: number;
  /** SCTP association and opening of the data channel. */
  readonly channelMs?: number;
  /** Data channel open until `session.created`. */
  readonly sessionMs?: number;
  /** From the start until `session.created`. */
  readonly totalMs?: number;
}

const STEPS: readonly (readonly [Exclude<keyof SetupTimings, 'totalMs'>, SetupMark])[] = [
  ['microphoneMs', 'microphone_open'],
  ['offerMs', 'offer_ready'],
  ['signallingMs', 'answer_applied'],
  ['iceMs', 'ice_connected'],
  ['dtlsMs', 'peer_connected'],
  ['channelMs', 'channel_open'],
  ['sessionMs', 'session_created'],
];

/** Records when each step of one setup was finished; the first mark of a step counts. */
export class SetupRecorder {
  readonly #marks = new Map<SetupMark, number>();

  /** Marks a step as finished at `atMs`. */
  mark(step: SetupMark, atMs: number): void {
    if (!this.#marks.has(step)) this.#marks.set(step, atMs);
  }

  /**
   * The durations known so far. Browsers report some steps late and out of order, so a step that
   * was reported before its predecessor took 0 ms rather than a negative time.
   */
  timings(): SetupTimings {
    const timings: { -readonly [Step in keyof SetupTimings]: SetupTimings[Step] } = {};
    const startedMs = this.#marks.get('started');
    if (startedMs === undefined) return timings;
    let previousMs = startedMs;
    for (const [step, mark] of STEPS) {
      const atMs = this.#marks.get(mark);
      if (atMs === undefined) continue;
      timings[step] = Math.max(0, atMs - previousMs);
      previousMs = Math.max(previousMs, atMs);
      if (mark === 'session_created') timings.totalMs = atMs - startedMs;
    }
    return timings;
  }
}
