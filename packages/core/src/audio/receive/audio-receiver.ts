import {
  clockHzOf,
  type PayloadFormat,
  type PayloadFormats,
  type RtpPacket,
  sequenceDistance,
} from '@prism/protocol';
import { earliest, type MonotonicMs } from '../../time/clock.ts';
import { SAMPLES_PER_MS } from '../pcm.ts';
import type { AudioStep } from './audio-step.ts';
import { AudioTimeline } from './audio-timeline.ts';
import {
  HELD_AUDIO_MS_MAX,
  HELD_PACKETS_COUNT_MAX,
  HeldPackets,
  type PacketContent,
  type ReceivedPacket,
} from './held-packets.ts';
import {
  holdMs,
  isNackWorthwhile,
  LATENESS_MS_MAX,
  ReorderMemory,
  RTT_MS_DEFAULT,
  requestPlan,
} from './hold-policy.ts';
import { LatenessBudget } from './lateness-budget.ts';
import { LossDetector } from './loss-detector.ts';
import { MissingPackets } from './missing-packets.ts';
import { copyOfContent } from './packet-content.ts';
import { FOREIGN, PayloadReader } from './payload-reader.ts';
import {
  type AudioReceiveCounters,
  type MutableCounters,
  zeroCounters,
} from './receive-counters.ts';
import { Standstill } from './standstill.ts';
import { StepQueue } from './step-queue.ts';

/** A jump of more sequence numbers than this, either way, is a new stream, not loss (RFC 3550, appendix A.1). */
const RESTART_DISTANCE = 3_000;

/** Stragglers of the source before are dropped for so long after the last packet of the new one. */
const OLD_SOURCE_MS = 200;

const NO_NACKS: readonly number[] = [];

type Mutable<Value> = { -readonly [Name in keyof Value]: Value[Name] };

export interface AudioReceiverOptions {
  readonly formats: PayloadFormats;
  /** Missing packets may be asked for (`a=rtcp-fb:… nack`, RFC 4585). */
  readonly isNackNegotiated: boolean;
}

/**
 * Puts one call's incoming RTP onto an unbroken timeline, holding as little as loss allows.
 *
 * In-order packets are played at once. Behind a gap packets wait for what is missing, for the time that the hold policy
 * gives it from when it was noticed and, where too many have been late, from when it would have come; then all that is
 * there goes out at once, so that no wait becomes permanent. After each `push` and each `expire`: perform the steps of
 * `poll` until there are none, send what `takeNacks` lists, and call `expire` at `deadlineMs`. With no gap open or
 * looked for there is no deadline. While `isInPause`, call `playPause` every slot.
 */
export class AudioReceiver {
  readonly #formats: PayloadFormats;
  readonly #reader: PayloadReader;
  readonly #isNackNegotiated: boolean;
  readonly #counters: MutableCounters = zeroCounters();
  readonly #steps = new StepQueue();
  readonly #timeline = new AudioTimeline(this.#steps, this.#counters);
  readonly #reorder = new ReorderMemory();
  readonly #standstill = new Standstill();
  readonly #lateness = new LatenessBudget();
  /** The packet that was pushed last: what is in order needs no object of its own. */
  readonly #arrival: Mutable<ReceivedPacket> = {
    sequence: 0,
    timestamp: 0,
    clockHz: 0,
    arrivedMs: 0,
    dueMs: 0,
    content: FOREIGN,
  };
  readonly #missing = new MissingPackets();
  readonly #losses = new LossDetector(this.#missing);
  #held = new HeldPackets();
  #isStarted = false;
  #ssrc = 0;
  #oldSsrc: number | undefined;
  #lastPacketMs = 0;
  #nextSequence = 0;
  #rttMs = RTT_MS_DEFAULT;
  #requestPlan = requestPlan();

  constructor(options: AudioReceiverOptions) {
    this.#formats = options.formats;
    this.#reader = new PayloadReader(options.formats);
    this.#isNackNegotiated = options.isNackNegotiated;
  }

  /** The source that is heard; 0 before the first packet. */
  get ssrc(): number {
    return this.#ssrc;
  }

  /** The round trip to the sender, as RTCP measures it. */
  setRttMs(rttMs: number): void {
    this.#rttMs = Math.max(0, rttMs);
    this.#requestPlan = requestPlan(this.#rttMs);
    this.#losses.setRttMs(this.#rttMs);
  }

  /** Takes one packet. Its bytes need to stay valid until the steps are performed, no longer. */
  push(packet: RtpPacket, nowMs: number): void {
    const format = this.#formats.get(packet.payloadType);
    if (!this.#isOfThisStream(packet, format, nowMs)) return;
    this.#lastPacketMs = nowMs;
    this.#standstill.came(this.#nextSequence, nowMs);
    const sequence = this.#losses.unwrap(packet.sequenceNumber);
    const clockHz = format === undefined ? 0 : clockHzOf(format);
    if (sequence < this.#nextSequence || this.#held.get(sequence) !== undefined) {
      this.#countLate(sequence, nowMs);
      // Its lateness may lengthen the wait for others.
      this.#release(nowMs);
      return;
    }
    const arrival = this.#arrival;
    arrival.sequence = sequence;
    arrival.timestamp = packet.timestamp;
    arrival.clockHz = clockHz;
    arrival.arrivedMs = nowMs;
    arrival.dueMs = this.#dueMs(arrival, nowMs);
    const content = this.#read(format, packet.payload);
    arrival.content = content;
    this.#missing.received(sequence);
    if (sequence === this.#nextSequence) {
      this.#play(arrival, nowMs);
    } else {
      this.#makeRoom(sequence, nowMs);
      if (format === 'red') this.#restore(arrival);
      this.#held.put({ ...arrival, content: copyOfContent(content) });
    }
    this.#release(nowMs);
  }

  /** Gives up the gaps whose time is over. */
  expire(nowMs: number): void {
    this.#release(nowMs);
  }

  /** The sender has announced silence that is to be played while it lasts: `playPause` is to be called every slot. */
  get isInPause(): boolean {
    return this.#held.count === 0 && this.#timeline.isInPause;
  }

  /** Plays what has passed of an announced pause. */
  playPause(nowMs: number): void {
    if (this.isInPause) this.#timeline.playPause(nowMs);
  }

  /** The next step for the timeline; undefined when there is none. */
  poll(): AudioStep | undefined {
    return this.#steps.shift();
  }

  /** Tells that the codec refused the packet of the last `decode` step, and `samples` were concealed in its place. */
  refused(samples: number): void {
    this.#counters.packetsMalformed += 1;
    this.#counters.packetsPlayed -= 1;
    this.#counters.concealedSamples += samples;
  }

  /** Sequence numbers to ask for now; each is listed once per asking. */
  takeNacks(nowMs: number): readonly number[] {
    if (!this.#mayNack()) return NO_NACKS;
    if (this.#asksEarly) this.#losses.noticeOverdue(nowMs);
    else if (this.#held.count === 0) return NO_NACKS;
    const gaps = this.#losses.openGaps(this.#nextSequence);
    const asked = this.#missing.takeNacks(gaps, this.#requestPlan, nowMs);
    this.#counters.nacksSent += asked.length;
    return asked;
  }

  /** When to call `expire` and `takeNacks` at the latest; undefined while no gap is open or looked for. */
  deadlineMs(): MonotonicMs | undefined {
    const head = this.#first();
    const endMs = head === undefined ? undefined : this.#gapEndMs(head);
    const requestMs = this.#mayNack() ? this.#nextRequestMs() : undefined;
    return earliest(endMs, requestMs) as MonotonicMs | undefined;
  }

  counters(): AudioReceiveCounters {
    return { ...this.#counters };
  }

  /** False if the packet is of another stream and dropped; begins a new timeline if it begins a new stream. */
  #isOfThisStream(packet: RtpPacket, format: PayloadFormat | undefined, nowMs: number): boolean {
    if (this.#isStarted && packet.ssrc === this.#ssrc) {
      const distance = sequenceDistance(
        this.#losses.highestSequence & 0xffff,
        packet.sequenceNumber,
      );
      if (Math.abs(distance) > RESTART_DISTANCE) this.#restart(packet, nowMs);
      return true;
    }
    if (format === undefined) {
      this.#counters.packetsForeign += 1;
      return false;
    }
    if (packet.ssrc === this.#oldSsrc && nowMs - this.#lastPacketMs < OLD_SOURCE_MS) {
      this.#counters.packetsLate += 1;
      return false;
    }
    if (this.#isStarted) this.#oldSsrc = this.#ssrc;
    this.#restart(packet, nowMs);
    return true;
  }

  #restart(packet: RtpPacket, nowMs: number): void {
    if (this.#isStarted) {
      this.#counters.restarts += 1;
      for (let head = this.#first(); head !== undefined; head = this.#first())
        this.#playHeld(head, nowMs);
    }
    const { ssrc, sequenceNumber } = packet;
    this.#isStarted = true;
    this.#ssrc = ssrc;
    this.#held = new HeldPackets();
    this.#missing.clear();
    this.#losses.begin(sequenceNumber, nowMs);
    this.#nextSequence = sequenceNumber;
    this.#timeline.restart();
  }

  #countLate(sequence: number, nowMs: number): void {
    const noticedMs = this.#missing.noticedMs(sequence);
    if (this.#missing.hasCome(sequence) || this.#held.get(sequence) !== undefined) {
      this.#counters.packetsDuplicate += 1;
      return;
    }
    this.#counters.packetsLate += 1;
    if (noticedMs !== undefined && this.#missing.nackedMs(sequence) === undefined)
      this.#reorder.observe(nowMs - noticedMs, nowMs);
    // It has come now: another one is a duplicate.
    if (noticedMs !== undefined) this.#missing.received(sequence);
  }

  /** When a packet that has come would have come if it hadn't been lost at first; counts it if it was missing. */
  #dueMs(arrival: ReceivedPacket, nowMs: number): number {
    const kind = this.#losses.came(arrival, nowMs);
    if (kind === 'newest') return nowMs;
    if (kind === 'answer') {
      this.#counters.packetsRecoveredByNack += 1;
      return this.#missing.dueMs(arrival.sequence) ?? nowMs;
    }
    const noticedMs = this.#missing.noticedMs(arrival.sequence);
    if (noticedMs === undefined) return nowMs;
    this.#counters.packetsReordered += 1;
    this.#reorder.observe(nowMs - noticedMs, nowMs);
    return nowMs;
  }

  #read(format: PayloadFormat | undefined, payload: Uint8Array): PacketContent {
    const content = this.#reader.read(format, payload);
    if (content === FOREIGN) this.#counters.packetsForeign += 1;
    else if (content.type === 'nothing') this.#counters.packetsMalformed += 1;
    return content;
  }

  /** Puts the redundant blocks of the packet that was read last into the missing places before it. */
  #restore(packet: ReceivedPacket): void {
    for (let block = this.#reader.copyCount - 1; block >= 0; block -= 1) {
      const timestamp = (packet.timestamp - this.#reader.copyOffsetTicksAt(block)) >>> 0;
      // What was played needs no view on its copy.
      if (this.#timeline.isOver(timestamp, packet.clockHz)) continue;
      const content = this.#reader.readCopy(block, packet.clockHz);
      if (content?.type !== 'speech') continue;
      const copy = { timestamp, ticks: content.ticks };
      const sequence = this.#held.placeOf(copy, packet, this.#nextSequence);
      if (sequence === undefined) continue;
      const dueMs = this.#missing.dueMs(sequence) ?? packet.dueMs;
      this.#missing.restored(sequence);
      this.#counters.packetsRecoveredByRed += 1;
      this.#held.put({ ...packet, sequence, timestamp, dueMs, content: copyOfContent(content) });
    }
  }

  /** Gives up the front of a gap until `sequence` fits into the ring. */
  #makeRoom(sequence: number, nowMs: number): void {
    while (this.#isFullFor(sequence)) {
      const head = this.#first();
      if (head === undefined) break;
      this.#counters.holdOverflows += 1;
      this.#playHeld(head, nowMs);
    }
    const excess = sequence - this.#nextSequence - (HELD_PACKETS_COUNT_MAX - 1);
    if (excess <= 0) return;
    this.#giveUp(excess);
  }

  #isFullFor(sequence: number): boolean {
    return (
      sequence - this.#nextSequence >= HELD_PACKETS_COUNT_MAX ||
      this.#held.samples >= HELD_AUDIO_MS_MAX * SAMPLES_PER_MS
    );
  }

  /** Plays what needs no more waiting. */
  #release(nowMs: number): void {
    this.#standstill.came(this.#nextSequence, nowMs);
    this.#standstill.waitUntil(undefined);
    for (let head = this.#first(); head !== undefined; head = this.#first()) {
      const endMs = this.#gapEndMs(head);
      if (this.#canPlay(head)) this.#playHeld(head, nowMs);
      else if (nowMs < endMs) return this.#standstill.waitUntil(endMs);
      // Those behind the first one may have more time.
      else if (this.#nextSequence + 1 < head.sequence) this.#giveUp(1);
      else this.#playHeld(head, nowMs);
    }
  }

  /** Gives up the next `count` packets, with those behind them still to come or to be given up. */
  #giveUp(count: number): void {
    this.#counters.packetsGivenUp += count;
    this.#nextSequence += count;
    this.#timeline.noteLoss(count);
  }

  #first(): ReceivedPacket | undefined {
    return this.#held.first(this.#nextSequence);
  }

  /** Nothing is missing before the packet: no number, or no time. */
  #canPlay(head: ReceivedPacket): boolean {
    if (head.sequence === this.#nextSequence) return true;
    if (head.content.type === 'nothing') return false;
    const gapSamples = this.#timeline.gapSamples(head.timestamp, head.clockHz);
    return gapSamples !== undefined && gapSamples <= 0;
  }

  #gapEndMs(head: ReceivedPacket): number {
    const noticedMs = this.#missing.noticedMs(this.#nextSequence) ?? head.arrivedMs;
    const dueMs = this.#missing.dueMs(this.#nextSequence) ?? head.arrivedMs;
    const latestMs = this.#lateness.isLeft ? Number.POSITIVE_INFINITY : dueMs + LATENESS_MS_MAX;
    const endMs = Math.min(noticedMs + this.#holdMs(head), latestMs);
    return this.#standstill.endMs(this.#nextSequence, endMs);
  }

  #holdMs(head: ReceivedPacket): number {
    const gapSamples = this.#timeline.gapSamples(head.timestamp, head.clockHz);
    return holdMs({
      isNackNegotiated: this.#isNackNegotiated,
      rttMs: this.#rttMs,
      isRestorable: gapSamples !== undefined && this.#timeline.fecSamples(head) >= gapSamples,
      mayWaitLong: this.#lateness.isLeft,
      reorderMs: this.#reorder.reorderMs(head.arrivedMs),
    });
  }

  #nextRequestMs(): number | undefined {
    const asksEarly = this.#asksEarly;
    if (this.#held.count === 0 && !asksEarly) return undefined;
    const gaps = this.#losses.openGaps(this.#nextSequence);
    const nackMs = this.#missing.nextNackMs(gaps, this.#requestPlan);
    return earliest(nackMs, asksEarly ? this.#losses.nextOverdueMs() : undefined);
  }

  /** What is overdue is asked for before a later packet shows that it is missing. */
  get #asksEarly(): boolean {
    return this.#lateness.isLow && !this.#timeline.isInPause;
  }

  #mayNack(): boolean {
    return this.#isNackNegotiated && isNackWorthwhile(this.#rttMs);
  }

  #playHeld(packet: ReceivedPacket, nowMs: number): void {
    this.#held.remove(packet);
    const heldMs = nowMs - packet.arrivedMs;
    if (heldMs > 0) this.#counters.packetsHeld += 1;
    this.#counters.heldMsTotal += heldMs;
    this.#counters.heldMsMax = Math.max(this.#counters.heldMsMax, heldMs);
    this.#play(packet, nowMs);
  }

  #play(packet: ReceivedPacket, nowMs: number): void {
    const missingCount = packet.sequence - this.#nextSequence;
    const fecBefore = this.#counters.packetsRecoveredByFec;
    this.#nextSequence = packet.sequence + 1;
    this.#timeline.play(packet, missingCount, nowMs);
    if (!this.#standstill.isReading(nowMs)) this.#lateness.handedOn(packet, nowMs);
    const recovered = this.#counters.packetsRecoveredByFec - fecBefore;
    this.#counters.packetsGivenUp += Math.max(0, missingCount - recovered);
  }
}
