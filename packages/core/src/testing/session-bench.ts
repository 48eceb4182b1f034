import {
  controllerIdFromCount,
  decodeClientEvent,
  decodeServerEvent,
  OPEN_ACCESS,
} from '@prism/protocol';
import { SLOT_SAMPLES } from '../audio/pcm.ts';
import { DEFAULT_FAREWELL, priceTableWith } from '../metering/metering-options.ts';
import { Session } from '../session/session.ts';
import type {
  SessionEffect,
  SessionFact,
  SessionInput,
  SessionOptions,
  SlotStamp,
} from '../session/session-contract.ts';
import type { MonotonicMs } from '../time/clock.ts';
import { TURN_TAKING_OFF } from '../turn-taking/turn-taking-policy.ts';
import { countedIds } from './counted-ids.ts';

const CONTROLLER_ID = controllerIdFromCount(1);

/** PCM of `slots` media slots, every sample the same `level`, so that frames can be told apart. */
export function speech(slots: number, level = 1_000): Int16Array {
  return new Int16Array(slots * SLOT_SAMPLES).fill(level);
}

/** A server event as the upstream adapter hands it over. */
export function serverEvent(event: {
  readonly type: string;
  readonly [field: string]: unknown;
}): SessionInput {
  const text = JSON.stringify({ event_id: 'event_up', ...event });
  return { type: 'upstream.event', decoded: decodeServerEvent(text), text };
}

/** What sessions under test are, where it doesn't matter. */
export const SESSION_DEFAULTS: SessionOptions = {
  audio: 'media',
  initialSession: undefined,
  access: OPEN_ACCESS,
  metering: {
    prices: priceTableWith({}),
    model: undefined,
    isBudgeted: false,
    farewell: DEFAULT_FAREWELL,
  },
  tools: [],
  expectsController: true,
  isClientFiltered: false,
  expectsEarlyAudio: false,
  appendMs: 20,
  trimsLeadingSilence: false,
  turnTaking: TURN_TAKING_OFF,
  pacingLeadMs: 0,
  recordsTimeline: true,
  upstreamConnectTimeoutMs: 15_000,
  mediaConnectTimeoutMs: 30_000,
  mediaGraceMs: 30_000,
};

/** A session with everything around it played by hand; keeps what the session did. */
export class SessionBench {
  readonly session: Session;
  readonly effects: SessionEffect[] = [];
  nowMs = 0;
  ssrc = 7;
  rttMs: number | undefined = 100;

  constructor(options: Partial<SessionOptions> = {}) {
    this.session = new Session({ ...SESSION_DEFAULTS, ...options }, countedIds(), 0 as MonotonicMs);
    this.post({ type: 'open' });
  }

  /** A session whose upstream, media and controller are all there, with the effects so far forgotten. */
  static live(options: Partial<SessionOptions> = {}): SessionBench {
    const bench = new SessionBench(options);
    bench.post({ type: 'media.connected' });
    bench.post({ type: 'upstream.ready' });
    bench.post({ type: 'controller.opened', controllerId: CONTROLLER_ID, role: 'client' });
    bench.effects.length = 0;
    return bench;
  }

  post(input: SessionInput): void {
    this.session.handle(input, this.nowMs as MonotonicMs);
    for (let effect = this.session.poll(); effect !== undefined; effect = this.session.poll()) {
      // Audio is in arrays that are used again.
      if (effect.type === 'media.frame' || effect.type === 'upstream.append')
        this.effects.push({ ...effect, pcm: effect.pcm.slice() });
      else this.effects.push(effect);
    }
  }

  /** Moves time on to the session's deadlines, one by one, for at most `durationMs`. */
  advance(durationMs: number): void {
    const endMs = this.nowMs + durationMs;
    for (
      let next = this.session.deadline();
      next !== undefined && next.atMs <= endMs;
      next = this.session.deadline()
    ) {
      this.nowMs = next.atMs;
      this.post({ type: 'deadline' });
    }
    this.nowMs = endMs;
  }

  /** The RTP stream at this moment; its time wraps after half a second. */
  stampNow(): SlotStamp {
    const rtpTimestamp = this.rtpTimestampAt(this.nowMs);
    return { ssrc: this.ssrc, rtpTimestamp, rttMs: this.rttMs };
  }

  rtpTimestampAt(atMs: number): number {
    return (0xffff_ffff - 24_000 + Math.round(atMs * 48)) >>> 0;
  }

  /** A media slot has come, if the session wants it. */
  slotNow(): void {
    if (this.session.wantsSlots) this.post({ type: 'media.slot', stamp: this.stampNow() });
  }

  /** Plays `count` media slots, as far as the session wants them. */
  slots(count: number): void {
    for (let index = 0; index < count && this.session.wantsSlots; index += 1) {
      this.nowMs += 20;
      this.post({ type: 'media.slot', stamp: this.stampNow() });
    }
  }

  controllerOpens(): void {
    this.post({ type: 'controller.opened', controllerId: CONTROLLER_ID, role: 'client' });
  }

  client(event: object, controllerId = CONTROLLER_ID): void {
    const text = JSON.stringify(event);
    const decoded = decodeClientEvent(text);
    switch (decoded.kind) {
      case 'known':
        return this.post({ type: 'controller.event', controllerId, event: decoded.event, text });
      case 'opaque':
        return this.post({ type: 'controller.opaque', controllerId, event: decoded.event, text });
      case 'prism':
        return this.post({ type: 'controller.prism', controllerId, event: decoded.event });
      case 'garbage':
        return this.post({ type: 'controller.refused', controllerId, ...decoded });
    }
  }

  /** Audio of an answer. */
  answer(pcm: Int16Array, responseId = 'resp_1', itemId = 'item_1'): void {
    this.post({ type: 'upstream.audio', source: { responseId, itemId, contentIndex: 0 }, pcm });
  }

  responseCreated(id = 'resp_1'): void {
    this.post(serverEvent({ type: 'response.created', response: { id, status: 'in_progress' } }));
  }

  responseDone(id = 'resp_1'): void {
    this.post(serverEvent({ type: 'response.done', response: { id, status: 'completed' } }));
  }

  speechStarted(): void {
    this.post(
      serverEvent({
        type: 'input_audio_buffer.speech_started',
        item_id: 'item_u',
        audio_start_ms: 0,
      }),
    );
  }

  /** Truncates that the upstream was sent: `item_1 140`. */
  get truncates(): readonly string[] {
    return this.toUpstream.flatMap((event) =>
      event['type'] === 'conversation.item.truncate'
        ? [`${String(event['item_id'])} ${String(event['audio_end_ms'])}`]
        : [],
    );
  }

  /** Frames sent so far that are not silence. */
  get speechFrames(): number {
    return this.effects.filter(
      (effect) => effect.type === 'media.frame' && effect.pcm.some((sample) => sample !== 0),
    ).length;
  }

  get frames(): number {
    return this.effects.filter((effect) => effect.type === 'media.frame').length;
  }

  /** Events that the controllers were sent, parsed. */
  get toController(): readonly Record<string, unknown>[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'controller.send' ? [parse(effect.text)] : [],
    );
  }

  get toControllerTypes(): readonly unknown[] {
    return this.toController.map((event) => event['type']);
  }

  /** Events that the upstream was sent, parsed. */
  get toUpstream(): readonly Record<string, unknown>[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'upstream.send' ? [parse(effect.text)] : [],
    );
  }

  get facts(): readonly SessionFact[] {
    return this.effects.flatMap((effect) => (effect.type === 'report' ? [effect.fact] : []));
  }

  get closedReasons(): readonly string[] {
    return this.effects.flatMap((effect) => (effect.type === 'closed' ? [effect.reason] : []));
  }
}

function parse(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}
