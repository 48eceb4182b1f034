import { type AudioCodec, after, type Clock, type Timer } from '@prism/core';
import type { MediaTick, SlotListener } from '../../runtime/media-tick.ts';
import { ProbeCaller } from '../../webrtc/probe-caller.ts';
import type { Phrase } from './phrase.ts';
import { TrialEar, type TrialNetwork } from './trial-ear.ts';
import { TrialMicrophone } from './trial-microphone.ts';
import { type TurnMoments, TurnWatch } from './turn-watch.ts';

const PAYLOAD_TYPE = 111;
const SSRC = 20_907;

/** Where a trial call goes, and what it says. */
export interface TrialTarget {
  /** Base address of the server, such as `http://localhost:8080`. */
  readonly url: string;
  readonly key: string | undefined;
  /** Members of the query of the call: `model`, `agent`. */
  readonly query: Readonly<Record<string, string>>;
}

export interface TrialParts {
  readonly clock: Clock;
  readonly tick: MediaTick;
  readonly codec: AudioCodec;
  readonly phrase: Phrase;
  readonly fetch: typeof fetch;
  /** Aborted when whoever runs the trial wants it to end. */
  readonly stop: AbortSignal;
  /** Whether a packet is lost on purpose; asked for each, both ways. */
  readonly loses: () => boolean;
  readonly keepsSound: boolean;
}

/** Milliseconds from the request with the offer. */
export interface SetupMoments {
  readonly answeredMs: number;
  readonly connectedMs: number;
  readonly channelMs: number;
  readonly sessionMs: number;
}

/** Why a call is none: the server's code if it named one, else what happened. */
export interface TrialFailure {
  readonly code: string;
  readonly message: string;
  /** From the request until it was known. */
  readonly afterMs: number;
}

export type Placed =
  | { readonly isPlaced: true; readonly setup: SetupMoments }
  | { readonly isPlaced: false; readonly failure: TrialFailure };

/** A turn that was answered, or why it wasn't. */
export type TurnOutcome =
  | { readonly isAnswered: true; readonly moments: TurnMoments }
  | { readonly isAnswered: false; readonly failure: TrialFailure };

type SetupMark = 'answeredMs' | 'connectedMs' | 'channelMs' | 'sessionMs';

/** One WebRTC call that talks to a server as a person would, and measures it. */
export class TrialCall {
  readonly #target: TrialTarget;
  readonly #parts: TrialParts;
  readonly #caller: ProbeCaller;
  readonly #ear: TrialEar;
  readonly #microphone: TrialMicrophone;
  readonly #setup: Partial<Record<SetupMark, number>> = {};
  readonly #transcripts: string[] = [];
  #startMs = 0;
  #callId: string | undefined;
  #failure: TrialFailure | undefined;
  /** What the server called an error last: why it ends the call, if it does. */
  #lastError: string | undefined;
  #turn: TurnWatch | undefined;
  #timer: Timer | undefined;
  #progressed: () => void = () => undefined;
  #isClosed = false;

  constructor(target: TrialTarget, parts: TrialParts) {
    this.#target = target;
    this.#parts = parts;
    const { codec, keepsSound, clock } = parts;
    this.#ear = new TrialEar({
      ssrc: SSRC,
      decoder: codec.openDecoder(),
      keepsSound,
      packet: (nowMs, isAudible) => {
        this.#turn?.packet(nowMs, isAudible);
        if (this.#turn?.isHeard === true) this.#ear.isListening = false;
      },
    });
    this.#caller = new ProbeCaller(
      { payloadType: PAYLOAD_TYPE, ssrc: SSRC },
      {
        connected: () => this.#mark('connectedMs'),
        channelOpened: () => this.#mark('channelMs'),
        message: (text) => this.#read(text),
        packet: (bytes) => {
          if (!parts.loses()) this.#ear.receive(bytes, clock.nowMs());
        },
        ended: () => this.#ended(),
      },
    );
    this.#microphone = new TrialMicrophone(parts.phrase, {
      ssrc: SSRC,
      payloadType: PAYLOAD_TYPE,
      send: (packet) => {
        if (!parts.loses()) this.#caller.sendPacket(packet);
      },
      speechEnded: (nowMs) => this.#turn?.speechEnded(nowMs),
    });
    parts.stop.addEventListener('abort', this.#onStop);
  }

  /** Calls; settles when the session exists, or when it is clear that there will be none. Called once. */
  async place(timeoutMs: number): Promise<Placed> {
    const { clock, tick } = this.#parts;
    const offer = await this.#caller.offer();
    this.#startMs = clock.nowMs();
    await this.#post(offer, timeoutMs);
    if (this.#failure !== undefined) return { isPlaced: false, failure: this.#failure };
    const leftMs = timeoutMs - (clock.nowMs() - this.#startMs);
    await this.#until(() => this.#complete() !== undefined, leftMs);
    const setup = this.#complete();
    if (setup === undefined) {
      const missing = (['connectedMs', 'channelMs', 'sessionMs'] as const).find(
        (mark) => this.#setup[mark] === undefined,
      );
      const failure =
        this.#failure ?? this.#failed('no_session', WAITED_FOR[missing ?? 'sessionMs']);
      return { isPlaced: false, failure };
    }
    tick.add(this.#onSlot);
    return { isPlaced: true, setup };
  }

  /** Says the phrase and waits for the end of the answer. One turn at a time. */
  async takeTurn(timeoutMs: number): Promise<TurnOutcome> {
    const turn = new TurnWatch();
    this.#turn = turn;
    this.#ear.isListening = true;
    this.#ear.takeSound();
    this.#microphone.say();
    await this.#until(() => turn.isOver, timeoutMs);
    this.#turn = undefined;
    if (this.#failure !== undefined) return { isAnswered: false, failure: this.#failure };
    if (turn.isHeard) return { isAnswered: true, moments: turn.moments };
    const what = turn.isOver ? 'the answer had no sound' : `no answer within ${timeoutMs} ms`;
    return { isAnswered: false, failure: this.#failed('no_answer', what) };
  }

  /** Waits, unless the call fails meanwhile. */
  async pause(durationMs: number): Promise<void> {
    await this.#until(() => false, durationMs);
  }

  /** The server's error that ended the call; undefined while it goes on. */
  get failure(): TrialFailure | undefined {
    return this.#failure;
  }

  get network(): TrialNetwork & { readonly packetsSent: number } {
    return { ...this.#ear.network(), packetsSent: this.#microphone.packetsSent };
  }

  /** What the last answer sounded like, if sound is kept. */
  takeSound(): Int16Array {
    return this.#ear.takeSound();
  }

  /** What the upstream understood, newest last. */
  get transcripts(): readonly string[] {
    return this.#transcripts;
  }

  /** Hangs up, or just goes, as a client whose battery is empty. Idempotent. */
  async close({ isAbrupt = false } = {}): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#parts.stop.removeEventListener('abort', this.#onStop);
    this.#parts.tick.remove(this.#onSlot);
    this.#timer?.cancel();
    this.#progressed();
    if (!isAbrupt && this.#callId !== undefined) await this.#hangUp(this.#callId);
    this.#caller.close();
    this.#ear.close();
  }

  readonly #onSlot: SlotListener = (slot, nowMs) => this.#microphone.slot(slot, nowMs);

  async #post(offer: string, timeoutMs: number): Promise<void> {
    const query = new URLSearchParams(this.#target.query).toString();
    try {
      const response = await this.#parts.fetch(this.#urlOf(query === '' ? '' : `?${query}`), {
        method: 'POST',
        headers: { ...this.#authorization(), 'content-type': 'application/sdp' },
        body: offer,
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#parts.stop]),
      });
      const body = await response.text();
      if (response.status !== 201) {
        this.#failure = this.#refusalIn(body, response.status);
        return;
      }
      this.#callId = (response.headers.get('location') ?? '').split('/').at(-1);
      this.#mark('answeredMs');
      this.#caller.answer(body);
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      this.#failure = this.#failed(
        'unreachable',
        cause instanceof Error ? cause.message : String(cause),
      );
    }
  }

  async #hangUp(callId: string): Promise<void> {
    const request = {
      method: 'POST',
      headers: this.#authorization(),
      signal: AbortSignal.timeout(HANG_UP_MS_MAX),
    };
    // Should it fail, the closed connection ends the call as well.
    await this.#parts.fetch(this.#urlOf(`/${callId}/hangup`), request).catch(() => undefined);
  }

  #read(text: string): void {
    const event = objectIn(text);
    const type = typeof event?.['type'] === 'string' ? event['type'] : '';
    const nowMs = this.#parts.clock.nowMs();
    if (type === 'session.created') this.#sessionCreated();
    if (type === 'error') this.#lastError = text;
    if (type === 'error' && this.#setup.sessionMs === undefined)
      this.#failure ??= this.#refusalIn(text, 0);
    const transcript = event?.['transcript'];
    if (type === TRANSCRIBED && typeof transcript === 'string') this.#transcripts.push(transcript);
    this.#turn?.event(type, nowMs);
    this.#progressed();
  }

  readonly #onStop = (): void => {
    this.#failure ??= this.#failed('stopped', 'the trial was stopped');
    this.#progressed();
  };

  /** An error may be about anything; the last one before the end is why, as far as the server says. */
  #ended(): void {
    this.#failure ??=
      this.#lastError === undefined
        ? this.#failed('call_ended', 'the server ended the call without a reason')
        : this.#refusalIn(this.#lastError, 0);
    this.#progressed();
  }

  #sessionCreated(): void {
    // What the upstream makes of time codes is in its transcript.
    if (this.#parts.keepsSound) this.#caller.send(JSON.stringify(TRANSCRIBE));
    this.#mark('sessionMs');
  }

  #mark(mark: SetupMark): void {
    this.#setup[mark] ??= this.#parts.clock.nowMs() - this.#startMs;
    this.#progressed();
  }

  #complete(): SetupMoments | undefined {
    const { answeredMs, connectedMs, channelMs, sessionMs } = this.#setup;
    if (answeredMs === undefined || connectedMs === undefined) return undefined;
    if (channelMs === undefined || sessionMs === undefined) return undefined;
    return { answeredMs, connectedMs, channelMs, sessionMs };
  }

  /** Waits until something is so, the call fails or is closed, or the time is over. */
  #until(isSo: () => boolean, timeoutMs: number): Promise<void> {
    const { clock } = this.#parts;
    return new Promise((resolve) => {
      const done = (): void => {
        this.#timer?.cancel();
        this.#progressed = () => undefined;
        resolve();
      };
      this.#timer = clock.setTimer(after(clock.nowMs(), Math.max(0, timeoutMs)), done);
      this.#progressed = () => {
        if (isSo() || this.#failure !== undefined || this.#isClosed) done();
      };
      this.#progressed();
    });
  }

  #failed(code: string, message: string): TrialFailure {
    return { code, message, afterMs: this.#parts.clock.nowMs() - this.#startMs };
  }

  #refusalIn(body: string, status: number): TrialFailure {
    const error = objectIn(body)?.['error'];
    const fields = typeof error === 'object' && error !== null ? { ...error } : {};
    const code = 'code' in fields ? String(fields.code) : `http_${status}`;
    const message = 'message' in fields ? String(fields.message) : body.slice(0, 200);
    return this.#failed(code, message);
  }

  #authorization(): Record<string, string> {
    const { key } = this.#target;
    return key === undefined ? {} : { authorization: `Bearer ${key}` };
  }

  #urlOf(rest: string): string {
    return `${this.#target.url.replace(/\/+$/, '')}/v1/realtime/calls${rest}`;
  }
}

const HANG_UP_MS_MAX = 2_000;
const TRANSCRIBED = 'conversation.item.input_audio_transcription.completed';

const TRANSCRIBE = {
  type: 'session.update',
  session: { type: 'realtime', audio: { input: { transcription: { model: 'whisper-1' } } } },
};

const WAITED_FOR = {
  connectedMs: 'media did not connect: prism doctor --url finds out why',
  channelMs: 'the data channel did not open',
  sessionMs: 'no session.created came',
} as const;

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
