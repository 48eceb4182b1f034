import type { ControllerId } from '@prism/protocol';
import { SAMPLES_PER_MS } from '../audio/pcm.ts';
import type { Description } from '../machine/machine.ts';
import { after, type MonotonicMs } from '../time/clock.ts';
import type { DeadlineTable } from '../time/deadline-table.ts';
import type { EventRelay, UpwardEvent } from './event-relay.ts';
import type { InputAudio } from './input-audio.ts';
import type { OwnDeadlineReason } from './session-contract.ts';

/**
 * What was said when a client sent its commit arrives up to so much after it: sound waits in the device, for its packet
 * of 20 ms and in the pacer, an event doesn't.
 */
const CAPTURE_MS = 60;
/** The receiver waits at most so long for a packet that is missing, and then for the next one. */
const GAP_MS_MAX = 60;
/** A client that has sent nothing for so long has nothing on the way. */
const SILENT_MS = 1_000;
/** What the end of a turn is put off at most. */
export const TURN_END_WAIT_MS_MAX = CAPTURE_MS + GAP_MS_MAX;

interface TurnEnd {
  /** The position in the input after which it comes. */
  readonly atSample: number;
  /** It comes then even if the input hasn't got there. */
  readonly latestMs: MonotonicMs;
  readonly send: () => void;
}

/**
 * Where in the audio a client's `input_audio_buffer.commit` or `.clear` belongs: an event on the data channel overtakes
 * sound that was made before it. It waits for that sound, and events after it wait with it.
 */
export class TurnEnds {
  readonly #relay: EventRelay;
  readonly #input: InputAudio;
  readonly #deadlines: DeadlineTable<OwnDeadlineReason>;
  /** The one that waits now; others wait in the relay behind it. */
  #waiting: TurnEnd | undefined;
  #heardAtMs: MonotonicMs | undefined;
  #nowMs = 0 as MonotonicMs;
  #waits = 0;
  #lateCount = 0;

  constructor(relay: EventRelay, input: InputAudio, deadlines: DeadlineTable<OwnDeadlineReason>) {
    this.#relay = relay;
    this.#input = input;
    this.#deadlines = deadlines;
  }

  /** How many ends were put off, and how many of these came before the audio that they waited for. */
  describe(): Description {
    return { turnEndsPutOff: this.#waits, turnEndsLate: this.#lateCount };
  }

  /** A controller ends or drops the turn. `send` sends that upstream. */
  request(
    controllerId: ControllerId,
    event: UpwardEvent,
    { send, nowMs }: { readonly send: () => void; readonly nowMs: MonotonicMs },
  ): void {
    this.#nowMs = nowMs;
    const end = this.#endAt(nowMs, send);
    this.#relay.whenReady(controllerId, event, () => this.#begin(end));
  }

  /** Audio came in; what belongs before an end that waits goes before it. */
  receive(pcm: Int16Array, nowMs: MonotonicMs): void {
    this.#nowMs = nowMs;
    this.#heardAtMs = nowMs;
    let rest = pcm;
    for (let end = this.#waiting; end !== undefined; end = this.#waiting) {
      const before = Math.max(0, end.atSample - this.#input.receivedSamples);
      if (before > rest.length) break;
      this.#input.receive(rest.subarray(0, before));
      rest = rest.subarray(before);
      this.#finish(end);
    }
    if (rest.length > 0) this.#input.receive(rest);
  }

  /** The end that waits has waited long enough. */
  expire(nowMs: MonotonicMs): void {
    this.#nowMs = nowMs;
    if (this.#waiting === undefined) return;
    this.#lateCount += 1;
    this.#finish(this.#waiting);
  }

  /** Audio goes on while a packet is waited for: where it would be now is reckoned from when it last came. */
  #endAt(nowMs: MonotonicMs, send: () => void): TurnEnd {
    const { receivedSamples } = this.#input;
    const sinceMs = this.#heardAtMs === undefined ? SILENT_MS : nowMs - this.#heardAtMs;
    const aheadMs = sinceMs < SILENT_MS ? sinceMs + CAPTURE_MS : 0;
    return {
      atSample: receivedSamples + Math.round(aheadMs * SAMPLES_PER_MS),
      latestMs: after(nowMs, TURN_END_WAIT_MS_MAX),
      send,
    };
  }

  #begin(end: TurnEnd): void {
    if (this.#input.receivedSamples >= end.atSample || this.#nowMs >= end.latestMs) {
      // The first of all events may be this one: what was said before it goes before it.
      this.#input.upstreamReady();
      this.#input.flush();
      end.send();
      return;
    }
    this.#waiting = end;
    this.#waits += 1;
    this.#relay.pause();
    this.#deadlines.set('input.commit', end.latestMs);
  }

  #finish(end: TurnEnd): void {
    this.#waiting = undefined;
    this.#deadlines.clear('input.commit');
    this.#input.flush();
    end.send();
    this.#relay.release();
  }
}
