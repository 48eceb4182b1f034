import type { PlayoutReport } from '@prism/protocol';
import type { InterruptionTrigger } from '../session/interruption-trigger.ts';
import { firstSoundMs } from './first-sound.ts';
import { HeardSound } from './heard-sound.ts';
import { ListenerClock, playedAt } from './listener-clock.ts';
import { OpenTurn } from './open-turn.ts';
import type { TurnMeasured } from './turn-measured.ts';
import { markSpeech, type SpeechEnd, TurnOpeningWatch } from './turn-opening.ts';
import { WindowedLeast } from './windowed-least.ts';

/** Turns that are open at once: one that speaks, one that is made, and a few whose listener hasn't told. */
const OPEN_TURN_COUNT_MAX = 8;
/** How long a window of round trips is of which the shortest counts: several reports of RTCP. */
const RTT_WINDOW_MS = 30_000;
/** An answer that is over waits so long for the report that says when it was heard. */
const REPORT_WAIT_MS = 1_500;
/** Turns are looked through at most so often. */
const SETTLE_INTERVAL_MS = 50;
/** A listener that doesn't tell: what his jitter buffer and his output device hold. */
const MODEL_PLAYOUT_MS = 80;
/** Opus, 20 ms, as WebRTC has it: what its encoder looks ahead, both ways alike (RFC 7845, section 4.2). */
const CODEC_LOOKAHEAD_MS = 6.5;
/** From a sound to its packet on the wire, beyond the packet's own length: measured in Chromium. */
const MICROPHONE_MS = 2;

/** Where and when a frame left. */
export interface SentFrame {
  /** Undefined where the client's audio isn't RTP, or has no clock that it could tell of. */
  readonly ssrc: number | undefined;
  /** Of its first sample, 32 bits. */
  readonly rtpTimestamp: number;
  readonly atMs: number;
  readonly pcm: Int16Array;
}

/** RTP ticks per ms: Opus' clock (RFC 7587, section 4.1). */
const TICKS_PER_MS = 48;
const FRAME_MS = 20;

/**
 * Follows each turn from the end of the user's speech to the end of the answer, by what the session takes in and gives
 * out. All times on the session's clock.
 */
export class TurnRecorder {
  readonly #opening = new TurnOpeningWatch();
  readonly #clock = new ListenerClock();
  readonly #time: { readonly nowMs: number };
  /** Oldest first. A few, gone through with every packet: an iterator each time would be garbage. */
  readonly #turns: OpenTurn[] = [];
  #turnCount = 0;
  #turnsForgotten = 0;
  /** A turn whose response asked for tools and that waits for the response to their outcome. */
  #continued: OpenTurn | undefined;
  #playing: OpenTurn | undefined;
  /** The turn of the newest response that was made by speech, for an end of speech that is found late. */
  #latest: OpenTurn | undefined;
  #speechBeganMs: number | undefined;
  #hasReports = false;
  readonly #rtts = new WindowedLeast(RTT_WINDOW_MS);
  #settleAtMs = 0;
  /** When turns are looked through again although nothing comes in; infinity if they needn't be. */
  #dueAtMs = Number.POSITIVE_INFINITY;
  readonly #measured: TurnMeasured[] = [];

  get turnCount(): number {
    return this.#turnCount;
  }

  /** @param time - The moment of what is being taken in, since the session opened. */
  constructor(time: { readonly nowMs: number }) {
    this.#time = time;
  }

  /** Turns of which nothing is told because too many were open. */
  get turnsForgotten(): number {
    return this.#turnsForgotten;
  }

  /** When {@link settle} has something to do although nothing comes in; infinity if it hasn't. */
  get dueAtMs(): number {
    return this.#dueAtMs;
  }

  /** A round trip was told. Of the newest the shortest counts, as of all that comes the quickest does. */
  rtt(rttMs: number): void {
    this.#rtts.add(rttMs, this.#time.nowMs);
  }

  /** Prism heard somebody begin; `receivedMs` is when that sound came. Answers when it left the mouth. */
  speechBegan(receivedMs: number): number {
    this.#speechBeganMs = this.#atMouth(receivedMs);
    this.#opening.speechBegan();
    return this.#speechBeganMs;
  }

  /** Prism heard him end: the same of the last sound, and how far off `receivedMs` may be. */
  speechEnded(receivedMs: number, errorMs: number): number {
    const end: SpeechEnd = { spokenMs: this.#atMouth(receivedMs), receivedMs, errorMs };
    const latest = this.#latest;
    const isLate =
      latest?.times.received === undefined && (latest?.times.detected ?? 0) > receivedMs;
    if (isLate && latest !== undefined) {
      markSpeech(latest.times, end);
      latest.mouthErrorMs = errorMs;
    } else this.#opening.speechEnded(end);
    return end.spokenMs;
  }

  /** The upstream heard somebody begin. */
  upstreamSpeech(nowMs: number): void {
    this.#opening.restarted();
    const continued = this.#continued;
    this.#continued = undefined;
    // What its tools come to is answered together with what is being said.
    if (continued !== undefined) this.#over(continued, 'silent', nowMs);
  }

  turnDetected(cause: 'speech' | 'commit' | 'request', nowMs: number): void {
    this.#opening.detected(cause, nowMs);
  }

  inputWaited(waitMs: number): void {
    this.#opening.waited(waitMs);
  }

  responseCreated(responseId: string, nowMs: number): void {
    const continued = this.#continued;
    this.#continued = undefined;
    if (continued !== undefined && continued.end === undefined) {
      // It is the newest again, under the response that speaks.
      this.#remove(continued);
      continued.resumed(responseId);
      this.#turns.push(continued);
      continued.times.resumed = nowMs;
      this.#opening.take();
      return;
    }
    this.#turnCount += 1;
    const turn = new OpenTurn(this.#turnCount, responseId, this.#opening.take());
    turn.mark('created', nowMs);
    this.#turns.push(turn);
    this.#latest = turn.cause === 'speech' || turn.cause === 'commit' ? turn : undefined;
    this.#bound();
  }

  /** Audio of a response came. True if that is its first. */
  audioCame(responseId: string, nowMs: number): boolean {
    const turn = this.#turnOf(responseId);
    if (turn === undefined || turn.isSpoken) return false;
    turn.mark('generated', nowMs);
    return true;
  }

  /** Audio came for a client that plays by itself, of a response that nobody has looked for in it. */
  relayedAudioCame(): void {
    const turn = this.#turns.at(-1);
    if (turn === undefined || turn.isSpoken) return;
    const { nowMs } = this.#time;
    turn.mark('generated', nowMs);
    turn.mark('sent', nowMs);
    turn.isRelayed = true;
  }

  /** @param how - `cancelled`: nothing more of it is heard; `calls`: it asks for tools. */
  responseDone(responseId: string, how: 'cancelled' | 'calls' | 'completed', nowMs: number): void {
    const turn = this.#turnOf(responseId);
    if (turn === undefined || turn.end !== undefined) return;
    const { sent } = turn.times;
    if (how === 'calls' && !turn.isSpoken) this.#continued = turn;
    else if (!turn.isSpoken || (how === 'cancelled' && sent === undefined))
      this.#over(turn, 'silent', nowMs);
    // When a client that plays by itself has played it, only that client knows.
    else if (turn.isRelayed) this.#over(turn, 'played', nowMs);
  }

  /** A frame left, the first of the answer `startedId` if one is told. The frame is only valid during the call. */
  frameSent(frame: SentFrame, startedId: string | undefined): void {
    if (startedId !== undefined) {
      this.#playing = this.#turnOf(startedId);
      this.#playing?.mark('sent', frame.atMs);
    }
    const turn = this.#playing;
    if (turn === undefined) return;
    const { ssrc, rtpTimestamp } = frame;
    turn.endSsrc = ssrc;
    turn.lastFrameRtpTimestamp = rtpTimestamp;
    if (turn.times.sounded !== undefined) return;
    const soundMs = firstSoundMs(frame.pcm);
    if (soundMs === undefined) return;
    turn.mark('sounded', frame.atMs + soundMs);
    if (ssrc === undefined) return;
    turn.sound = new HeardSound({ ssrc, rtpTimestamp: placeAfter(rtpTimestamp, soundMs) });
  }

  stopped(responseId: string, nowMs: number): void {
    const turn = this.#turnOf(responseId);
    if (turn !== undefined) this.#over(turn, 'played', nowMs);
    this.#playing = undefined;
  }

  interrupted(trigger: InterruptionTrigger, nowMs: number): void {
    const turn = this.#playing ?? this.#turns.findLast(({ end }) => end === undefined);
    this.#playing = undefined;
    if (turn === undefined || turn.end?.state === 'interrupted') return;
    const isBySpeech = trigger === 'speech_started' || trigger === 'local_speech';
    turn.interrupted(trigger, nowMs, isBySpeech ? this.#speechBeganMs : undefined);
    turn.end = { state: 'interrupted', atMs: nowMs };
    this.#settleSoon();
  }

  truncated(responseId: string, audioEndMs: number): void {
    this.#turnOf(responseId)?.truncated(audioEndMs);
  }

  /** The client has told what it plays. */
  reported(report: PlayoutReport, nowMs: number): void {
    this.#hasReports = true;
    this.#clock.received(report, nowMs);
    for (const turn of this.#turns) {
      this.#hear(turn, report);
      this.#hearEnd(turn, report);
      this.#settleSoon();
    }
  }

  /** After each input: turns that are over, or were just heard, are measured. */
  settle(): void {
    if (this.#turns.length === 0 || this.#time.nowMs < this.#settleAtMs) return;
    const { nowMs } = this.#time;
    this.#settleAtMs = nowMs + SETTLE_INTERVAL_MS;
    this.#dueAtMs = Number.POSITIVE_INFINITY;
    let index = 0;
    while (index < this.#turns.length) {
      const turn = this.#turns[index];
      if (turn === undefined) break;
      const overdueAtMs = (turn.end?.atMs ?? Number.POSITIVE_INFINITY) + this.#waitMs;
      // Either takes it away, and the next one is in its place.
      if (turn.isSettled) this.#finish(turn);
      else if (nowMs >= overdueAtMs) this.#assume(turn);
      else {
        if (turn.isHeardNews) this.#tell(turn, false);
        this.#dueAtMs = Math.min(this.#dueAtMs, Math.max(overdueAtMs, this.#settleAtMs));
        index += 1;
      }
    }
  }

  /** The session is over: what is open is measured as far as it came. */
  close(): void {
    for (const turn of this.#turns.slice()) this.#assume(turn);
  }

  /** What was measured since this was asked last. */
  take(): readonly TurnMeasured[] {
    return this.#measured.length === 0 ? NONE : this.#measured.splice(0);
  }

  #over(turn: OpenTurn, state: TurnMeasured['state'], nowMs: number): void {
    turn.end ??= { state, atMs: nowMs };
    this.#settleSoon();
  }

  #settleSoon(): void {
    this.#dueAtMs = Math.min(this.#dueAtMs, this.#settleAtMs);
  }

  get #waitMs(): number {
    return this.#hasReports ? REPORT_WAIT_MS + this.#rttMs : 0;
  }

  get #rttMs(): number {
    const { value } = this.#rtts;
    return Number.isFinite(value) ? value : 0;
  }

  #atMouth(receivedMs: number): number {
    return receivedMs - this.#rttMs / 2 - CODEC_LOOKAHEAD_MS - MICROPHONE_MS;
  }

  #hear(turn: OpenTurn, report: PlayoutReport): void {
    const { sound, times } = turn;
    if (sound === undefined) return;
    sound.reported(report, this.#time.nowMs);
    const { atClientMs } = sound;
    if (atClientMs === undefined) return;
    turn.heardBy = 'report';
    // A quicker report, or a shorter round trip, than those before says better where on the way both ends were.
    turn.clockErrorMs = sound.quickestMs - this.#clock.quickestMs;
    times.heard = this.#clock.timeOf(atClientMs + CODEC_LOOKAHEAD_MS, this.#rttMs);
    if (times.spoken !== undefined && times.received !== undefined)
      times.spoken = this.#atMouth(times.received);
  }

  #hearEnd(turn: OpenTurn, report: PlayoutReport): void {
    const { end, endSsrc } = turn;
    const endRtpTimestamp = placeAfter(turn.lastFrameRtpTimestamp, FRAME_MS);
    if (end?.state !== 'interrupted' || report.ssrc !== endSsrc) return;
    // Who falls silent says where; who plays out hears all that was sent.
    const rtpTimestamp = report.reason === 'silenced' ? report.rtp_timestamp : endRtpTimestamp;
    const clientMs = playedAt(rtpTimestamp, report) + CODEC_LOOKAHEAD_MS;
    turn.silent(this.#clock.timeOf(clientMs, this.#rttMs));
  }

  /** Nobody will tell any more: what isn't known is what it is with a usual listener. */
  #assume(turn: OpenTurn): void {
    const { sounded } = turn.times;
    const playoutMs = this.#rttMs / 2 + MODEL_PLAYOUT_MS;
    if (sounded !== undefined && turn.times.heard === undefined) {
      turn.heardBy = 'model';
      turn.mark('heard', sounded + playoutMs);
    }
    if (turn.end !== undefined && sounded !== undefined) turn.silent(turn.end.atMs + playoutMs);
    this.#finish(turn);
  }

  /** @returns Whether anything of it was measured. */
  #finish(turn: OpenTurn): boolean {
    this.#remove(turn);
    if (this.#playing === turn) this.#playing = undefined;
    if (this.#continued === turn) this.#continued = undefined;
    return this.#tell(turn, true);
  }

  #tell(turn: OpenTurn, isFinal: boolean): boolean {
    const measured = turn.measured(isFinal, this.#rttMs);
    if (measured !== undefined) this.#measured.push(measured);
    return measured !== undefined;
  }

  #bound(): void {
    const [oldest] = this.#turns;
    if (this.#turns.length <= OPEN_TURN_COUNT_MAX || oldest === undefined) return;
    if (!this.#finish(oldest)) this.#turnsForgotten += 1;
  }

  #turnOf(responseId: string): OpenTurn | undefined {
    for (let index = this.#turns.length - 1; index >= 0; index -= 1) {
      const turn = this.#turns[index];
      if (turn?.responseId === responseId) return turn;
    }
    return undefined;
  }

  #remove(turn: OpenTurn): void {
    const index = this.#turns.indexOf(turn);
    if (index >= 0) this.#turns.splice(index, 1);
  }
}

const NONE: readonly TurnMeasured[] = [];

/** RTP time is a 32-bit number that wraps (RFC 3550, section 5.1). */
function placeAfter(rtpTimestamp: number, ms: number): number {
  return (rtpTimestamp + Math.round(ms * TICKS_PER_MS)) >>> 0;
}
