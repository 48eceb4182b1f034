import { SLOT_MS, SLOT_SAMPLES } from '../audio/pcm.ts';
import type { TurnMeasured } from '../timeline/turn-measured.ts';
import { TURN_TAKING_DEFAULTS } from '../turn-taking/turn-taking-policy.ts';
import { ChanceClient, type ChanceOptions } from './chance-call.ts';
import { SessionBench, serverEvent } from './session-bench.ts';

/** The way between a session and its client, and what the client is. */
export interface TimedCallOptions {
  readonly rttMs: number;
  /** Every second packet of the microphone comes so much later than the quickest. */
  readonly jitterMs?: number;
  /** From the arrival of a sample to the ear; undefined for a client that reports nothing. */
  readonly playoutMs?: number;
  /** Every second report comes so much later, the first of them too. */
  readonly reportDelayMs?: number;
  /** How much ahead of what is heard its reports are at most: two in three are. */
  readonly aheadMs?: number;
  readonly recordsTimeline?: boolean;
  /** A way and a browser by chance, in place of steady ones. */
  readonly chance?: ChanceOptions;
}

export interface TimedAnswer {
  /** From the user's last sound to `speech_stopped`. */
  readonly afterMs: number;
  readonly speakingMs: number;
  /** Silence before that. */
  readonly silentMs?: number;
  /** The upstream has said already that the turn is over. */
  readonly isStopped?: boolean;
}

const SSRC = 7;
const REPORT_INTERVAL_MS = 200;
/** The client's clock begins here. */
const CLIENT_CLOCK_MS = 81_234.5;
const ANSWER_LEVEL = 9_000;

/** A live session on a way with a length, millisecond by millisecond: who spoke when is known. */
export class TimedCall {
  readonly bench: SessionBench;
  readonly #options: TimedCallOptions;
  /** What the microphone hears and when, by time. */
  readonly #spoken: { readonly atMs: number; readonly pcm: Int16Array }[] = [];
  readonly #due: { readonly atMs: number; readonly happen: () => void }[] = [];
  #packets = 0;
  #reports = 0;
  #answers = 0;
  readonly #chance: ChanceClient | undefined;
  /** When the user's last sound left his mouth, and where chance rules, when the answer's first was heard. */
  spokenEndMs = 0;
  heardMs = 0;

  constructor(options: TimedCallOptions) {
    this.#options = options;
    this.#chance = options.chance === undefined ? undefined : new ChanceClient(options.chance);
    this.bench = SessionBench.live({
      turnTaking: { ...TURN_TAKING_DEFAULTS, echo: 'off' },
      recordsTimeline: options.recordsTimeline ?? true,
    });
    this.#tellRtt();
    this.bench.client({ type: 'prism.transcript.subscribe' });
  }

  get nowMs(): number {
    return this.bench.nowMs;
  }

  get turns(): readonly TurnMeasured[] {
    return this.bench.facts.flatMap((fact) => (fact.type === 'turn.measured' ? [fact.turn] : []));
  }

  /** Somebody says `pcm` in `inMs`; runs `forMs`, or until all of it has come. */
  says(pcm: Int16Array, inMs: number, forMs = inMs + pcm.length / 24 + this.#options.rttMs): void {
    this.#tellRtt();
    const atMs = this.nowMs + inMs;
    this.#spoken.push({ atMs, pcm });
    this.spokenEndMs = atMs + pcm.length / 24;
    this.run(forMs);
  }

  upstreamStops(): void {
    const type = 'input_audio_buffer.speech_stopped';
    this.bench.post(serverEvent({ type, item_id: 'item_u', audio_end_ms: 0 }));
  }

  /** The model answers. */
  begins({ afterMs, speakingMs, silentMs = 0, isStopped = false }: TimedAnswer): void {
    this.#answers += 1;
    const responseId = `resp_${this.#answers}`;
    if (!isStopped) {
      this.run(this.spokenEndMs + afterMs - this.nowMs);
      this.upstreamStops();
    }
    this.run(5);
    this.bench.responseCreated(responseId);
    this.run(200);
    this.run(SLOT_MS - 1 - (Math.floor(this.nowMs) % SLOT_MS));
    const pcm = new Int16Array((silentMs + speakingMs) * 24).fill(ANSWER_LEVEL, silentMs * 24);
    this.bench.answer(pcm, responseId, `item_${this.#answers}`);
    this.bench.responseDone(responseId);
    this.#hears(silentMs, speakingMs);
  }

  /** The model answers to its end. */
  answers(answer: TimedAnswer): TurnMeasured {
    this.begins(answer);
    this.run((answer.silentMs ?? 0) + answer.speakingMs + 500);
    const turn = this.turns.at(-1);
    if (turn === undefined) throw new Error('no turn was measured');
    return turn;
  }

  /** Goes from millisecond to millisecond, and to what is due in between. */
  run(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    while (this.nowMs < endMs) {
      const stepEndMs = Math.min(Math.floor(this.nowMs) + 1, endMs);
      const dueMs = Math.min(...this.#due.map(({ atMs }) => atMs));
      this.bench.advance(Math.max(0, Math.min(stepEndMs, dueMs) - this.nowMs));
      if (this.nowMs === stepEndMs) this.#microphone();
      if (this.nowMs % SLOT_MS === 0) this.bench.slotNow();
      this.#happen();
    }
  }

  #tellRtt(): void {
    const rttMs = this.#chance?.rttMs(this.#options.rttMs) ?? this.#options.rttMs;
    this.bench.rttMs = rttMs;
    this.bench.post({ type: 'network.sample', stats: { rttMs, ...NO_MEDIA } });
  }

  /** What happens makes more things due, at other times. */
  #happen(): void {
    const dueNow = this.#due.filter(({ atMs }) => atMs <= this.nowMs);
    const later = this.#due.filter(({ atMs }) => atMs > this.nowMs);
    this.#due.splice(0, this.#due.length, ...later);
    for (const { happen } of dueNow) happen();
  }

  /** A packet is sent when its last sample has been said. */
  #microphone(): void {
    if (this.nowMs < (this.#packets + 1) * SLOT_MS) return;
    const startMs = this.#packets * SLOT_MS;
    const { rttMs, jitterMs = 0 } = this.#options;
    const lateMs = this.#packets % 2 === 0 ? 0 : Math.min(jitterMs, SLOT_MS - 1);
    this.#packets += 1;
    const pcm = this.#heardByMicrophone(startMs);
    this.#due.push({
      atMs: this.#chance?.microphoneAtMs(this.nowMs, rttMs) ?? this.nowMs + rttMs / 2 + lateMs,
      happen: () => this.bench.post({ type: 'media.audio', pcm }),
    });
  }

  #heardByMicrophone(startMs: number): Int16Array {
    const packet = new Int16Array(SLOT_SAMPLES);
    for (const { atMs, pcm } of this.#spoken) {
      const from = Math.round((startMs - atMs) * 24);
      for (let index = 0; index < SLOT_SAMPLES; index += 1)
        packet[index] = (packet[index] ?? 0) + (pcm[from + index] ?? 0);
    }
    return packet;
  }

  /** The client reports when the first sound is heard, while it plays, and a moment after. */
  #hears(silentMs: number, speakingMs: number): void {
    const { rttMs, playoutMs } = this.#options;
    const leavesAtMs = Math.ceil(this.nowMs / SLOT_MS) * SLOT_MS + silentMs;
    if (this.#chance !== undefined)
      return this.#hearsByChance(this.#chance, leavesAtMs, speakingMs);
    if (playoutMs === undefined) return;
    for (
      let sinceMs = 0;
      sinceMs <= speakingMs + REPORT_INTERVAL_MS;
      sinceMs += REPORT_INTERVAL_MS
    ) {
      const atMs = leavesAtMs + rttMs / 2 + playoutMs + 1 + sinceMs;
      this.#due.push({ atMs, happen: () => this.#report(atMs, playoutMs) });
    }
  }

  /** The page looks every 20 ms for the first packet, and reports every 200 ms from then on. */
  #hearsByChance(chance: ChanceClient, sentMs: number, speakingMs: number): void {
    const { rttMs } = this.#options;
    const rtpTimestamp = this.bench.rtpTimestampAt(sentMs);
    this.heardMs = chance.plays(rtpTimestamp, speakingMs / SLOT_MS, { sentMs, rttMs });
    let atMs = sentMs;
    while (chance.report(atMs) === undefined) atMs += SLOT_MS;
    for (; atMs < sentMs + speakingMs; atMs += REPORT_INTERVAL_MS + chance.timerMs()) {
      const report = chance.report(atMs);
      const event = {
        type: 'prism.playout.report',
        reason: 'playing',
        ssrc: SSRC,
        rtp_timestamp: report?.rtpTimestamp,
        output_latency_ms: report?.outputLatencyMs,
        client_time_ms: chance.clockAt(atMs),
      };
      const happen = (): void => this.bench.client(event);
      this.#due.push({ atMs: chance.atPrismMs(atMs, rttMs), happen });
    }
  }

  #report(atMs: number, playoutMs: number): void {
    const { rttMs, reportDelayMs = 0, aheadMs = 0 } = this.#options;
    const reportedMs = atMs + (aheadMs * (2 - (this.#reports % 3))) / 2;
    const delayMs = this.#reports % 2 === 0 ? reportDelayMs : 0;
    this.#reports += 1;
    const event = {
      type: 'prism.playout.report',
      reason: 'playing',
      ssrc: SSRC,
      rtp_timestamp: this.bench.rtpTimestampAt(reportedMs - rttMs / 2 - playoutMs),
      client_time_ms: CLIENT_CLOCK_MS + atMs,
    };
    const happen = (): void => this.bench.client(event);
    this.#due.push({ atMs: atMs + rttMs / 2 + delayMs, happen });
  }
}

const NO_MEDIA = {
  inbound: { packets: 0, packetsLost: 0, jitterMs: 0, concealedSamples: 0 },
  outbound: { packets: 0, fractionLost: undefined, jitterMs: undefined },
};
