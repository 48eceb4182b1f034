import { after, type Clock, RtpSender, SLOT_MS, type Timer } from '@prism/core';
import { isRtcp, readRtcp } from '@prism/protocol';
import { ProbeCaller } from '../../../webrtc/probe-caller.ts';
import type { CallAnswer, CallQuestion, CallRefusal } from '../environment.ts';
import { authorization, jsonOf } from '../wire.ts';
import { outcomeOf } from './attempt.ts';
import { askHttp } from './http-probe.ts';
import { openTcpBridge, type TcpBridge } from './tcp-bridge.ts';

const SOUND = { payloadType: 111, ssrc: 20_906 };
/** One frame of Opus silence, 20 ms (RFC 6716). */
const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);
/** What is not there by then isn't coming; the rest is told. */
const CALL_MS_MAX = 12_000;
/** How long hanging up may take. */
const HANG_UP_MS_MAX = 2_000;
/** A report after less sound than this says little. */
const REPORTED_PACKETS_MIN = 25;

interface Candidate {
  readonly address: string;
  readonly port: number;
}

/** The answer's candidates of one transport. */
function candidatesIn(sdp: string, transport: 'udp' | 'tcp'): readonly Candidate[] {
  return [...sdp.matchAll(/^a=candidate:\S+ 1 (\S+) \d+ (\S+) (\d+) typ host/gim)]
    .filter(([, name]) => name?.toLowerCase() === transport)
    .map(([, , address = '', port]) => ({ address, port: Number(port) }));
}

/** The answer with one way in alone. */
function withOneCandidate(sdp: string, candidates: readonly Candidate[]): string {
  const lines = candidates.map(
    ({ address, port }, index) =>
      `a=candidate:${index + 1} 1 UDP ${2_122_317_823 - index} ${address} ${port} typ host\r\n`,
  );
  const bare = sdp.replace(/^a=(candidate:.*|end-of-candidates)\r?\n/gm, '');
  // Candidates belong to a section; the first one carries the bundle.
  return bare.replace(/^a=ice-ufrag:.*\r?\n/m, (ufrag) => lines.join('') + ufrag);
}

/** Calls, sends silence until the server has reported on it, and hangs up. */
export async function callServer(
  question: CallQuestion,
  signal: AbortSignal,
  clock: Clock,
): Promise<CallAnswer | CallRefusal> {
  const call = new TrialCall(question, clock);
  try {
    const refusal = await call.place(signal);
    if (refusal !== undefined) return refusal;
    await call.watch(signal);
    return call.describe();
  } finally {
    await call.close();
  }
}

class TrialCall {
  readonly #question: CallQuestion;
  readonly #clock: Clock;
  readonly #caller: ProbeCaller;
  readonly #sender = new RtpSender({ ...SOUND, sequenceNumber: 1, timestamp: 1 });
  readonly #bridges: TcpBridge[] = [];
  #startMs = 0;
  #candidates: readonly Candidate[] = [];
  #location: string | undefined;
  #answeredMs = 0;
  #connectedMs: number | undefined;
  #channelMs: number | undefined;
  #sessionMs: number | undefined;
  #reportMs: number | undefined;
  #errorMessage: string | undefined;
  #packetsReported = 0;
  #packetsLost = 0;
  #timer: Timer | undefined;
  #slot = 0;
  #progressed: () => void = () => undefined;

  constructor(question: CallQuestion, clock: Clock) {
    this.#question = question;
    this.#clock = clock;
    this.#caller = new ProbeCaller(SOUND, {
      connected: () => {
        this.#connectedMs ??= this.#sinceStartMs();
        this.#progressed();
      },
      channelOpened: () => {
        this.#channelMs ??= this.#sinceStartMs();
        this.#progressed();
      },
      message: (text) => this.#read(text),
      packet: (bytes) => this.#readReport(bytes),
    });
  }

  /** Posts the offer and takes the answer; answers why there was none. */
  async place(signal: AbortSignal): Promise<CallRefusal | undefined> {
    const { url, key, transport } = this.#question;
    const offer = await this.#caller.offer();
    this.#startMs = this.#clock.nowMs();
    const asked = await askHttp(
      {
        url: new URL('v1/realtime/calls', url).href,
        method: 'POST',
        headers: { ...authorization(key), 'content-type': 'application/sdp' },
        body: offer,
      },
      signal,
      this.#clock,
    );
    if (!asked.isOk) return { status: 0, message: asked.code };
    const { status, body, headers } = asked.value;
    if (status !== 201) return { status, message: messageIn(body) };
    this.#answeredMs = this.#sinceStartMs();
    this.#location = headers['location'];
    this.#candidates = candidatesIn(body, transport);
    if (this.#candidates.length === 0) return undefined;
    this.#caller.answer(withOneCandidate(body, await this.#ways()));
    return undefined;
  }

  /** Waits until everything has come, something went wrong, or time is up. */
  async watch(signal: AbortSignal): Promise<void> {
    if (this.#candidates.length === 0) return;
    await outcomeOf<undefined>(signal, (settle) => {
      const done = (): void => settle({ isOk: true, value: undefined });
      this.#progressed = () => {
        if (this.#errorMessage !== undefined) done();
        const isComplete = this.#channelMs !== undefined && this.#reportMs !== undefined;
        if (isComplete && this.#sessionMs !== undefined) done();
      };
      this.#speak(done);
      return () => this.#timer?.cancel();
    });
  }

  describe(): CallAnswer {
    return {
      answeredMs: this.#answeredMs,
      candidates: this.#candidates.map(({ address, port }) => `${address} port ${port}`),
      connectedMs: this.#connectedMs,
      channelMs: this.#channelMs,
      sessionMs: this.#sessionMs,
      reportMs: this.#reportMs,
      packetsSent: this.#packetsReported,
      packetsLost: this.#packetsLost,
      errorMessage: this.#errorMessage,
    };
  }

  /** Hangs up and frees everything. */
  async close(): Promise<void> {
    const { url, key } = this.#question;
    const callId = this.#location?.split('/').at(-1);
    if (callId !== undefined) {
      const abort = new AbortController();
      const dueMs = after(this.#clock.nowMs(), HANG_UP_MS_MAX);
      const timer = this.#clock.setTimer(dueMs, () => abort.abort());
      // Should it fail, the closed connection ends the call as well.
      await askHttp(
        {
          url: new URL(`v1/realtime/calls/${callId}/hangup`, url).href,
          method: 'POST',
          headers: authorization(key),
        },
        abort.signal,
        this.#clock,
      );
      timer.cancel();
    }
    this.#caller.close();
    for (const bridge of this.#bridges) bridge.close();
  }

  /** Where the stack is told to go: to the server, or to a bridge for each of its TCP candidates. */
  async #ways(): Promise<readonly Candidate[]> {
    if (this.#question.transport === 'udp') return this.#candidates;
    for (const remote of this.#candidates) this.#bridges.push(await openTcpBridge(remote));
    return this.#bridges.map(({ port }) => ({ address: '127.0.0.1', port }));
  }

  #speak(done: () => void): void {
    const nowMs = this.#clock.nowMs();
    if (this.#sinceStartMs() > CALL_MS_MAX) {
      done();
      return;
    }
    this.#timer = this.#clock.setTimer(after(nowMs, SLOT_MS), () => this.#speak(done));
    if (this.#connectedMs === undefined) return;
    this.#caller.sendPacket(this.#sender.packetize(SILENCE, this.#slot));
    this.#slot += 1;
  }

  #read(text: string): void {
    const event = jsonOf(text);
    if (typeof event !== 'object' || event === null || !('type' in event)) return;
    if (event.type === 'session.created') this.#sessionMs ??= this.#sinceStartMs();
    if (event.type === 'error') this.#errorMessage ??= messageIn(text);
    this.#progressed();
  }

  #readReport(bytes: Uint8Array): void {
    if (!isRtcp(bytes)) return;
    for (const packet of readRtcp(bytes)?.packets ?? []) {
      if (packet.type !== 'sender_report' && packet.type !== 'receiver_report') continue;
      const block = packet.reports.find(({ ssrc }) => ssrc === SOUND.ssrc);
      if (block === undefined || block.extendedSequenceNumber < REPORTED_PACKETS_MIN) continue;
      this.#reportMs ??= this.#sinceStartMs();
      this.#packetsReported = block.extendedSequenceNumber;
      this.#packetsLost = Math.max(0, block.packetsLost);
    }
    this.#progressed();
  }

  #sinceStartMs(): number {
    return this.#clock.nowMs() - this.#startMs;
  }
}

/** The message of an error in the Realtime API's shape, or the beginning of what came instead. */
function messageIn(text: string): string {
  const value = jsonOf(text);
  const error =
    typeof value === 'object' && value !== null && 'error' in value ? value.error : undefined;
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error;
  return (hasMessage ? String(error.message) : text.replace(/\s+/g, ' ')).slice(0, 300);
}
