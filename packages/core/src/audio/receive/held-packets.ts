import type { AudioCodecName } from '@prism/protocol';

/** Packets that may wait behind a gap, from the first missing one on; more give the gap up. */
export const HELD_PACKETS_COUNT_MAX = 64;

/** Audio that may wait behind a gap; more gives the gap up. */
export const HELD_AUDIO_MS_MAX = 2_000;

/** Speech to decode. */
export interface Speech {
  readonly type: 'speech';
  readonly codec: AudioCodecName;
  readonly payload: Uint8Array;
  /** Its length in ticks of its RTP clock, and in samples at 24 kHz. */
  readonly ticks: number;
  readonly samples: number;
}

/** What a packet brings to the timeline. */
export type PacketContent =
  | Speech
  /** The sender is silent from here on: comfort noise, which a listener that is a model has no use for. */
  | { readonly type: 'comfort_noise' }
  /** Nothing for the timeline: another payload type, or a packet that can't be read. */
  | { readonly type: 'nothing'; readonly isMalformed: boolean };

/** One packet on its way to the timeline. */
export interface ReceivedPacket {
  /** Sequence number without wraps. */
  readonly sequence: number;
  readonly timestamp: number;
  readonly clockHz: number;
  readonly arrivedMs: number;
  /** When it came or, if it was lost and came back or was restored, when it would have come. */
  readonly dueMs: number;
  readonly content: PacketContent;
}

/** The packets that wait behind a gap, by sequence number: a ring that begins at the first number not yet played. */
export class HeldPackets {
  readonly #slots: (ReceivedPacket | undefined)[] = [];
  #count = 0;
  #samples = 0;

  get count(): number {
    return this.#count;
  }

  /** Audio that waits, at 24 kHz. */
  get samples(): number {
    return this.#samples;
  }

  get(sequence: number): ReceivedPacket | undefined {
    const held = this.#slots[sequence % HELD_PACKETS_COUNT_MAX];
    return held?.sequence === sequence ? held : undefined;
  }

  /** Keeps `packet`. Its sequence number is less than the ring's length away from the first one not yet played. */
  put(packet: ReceivedPacket): void {
    this.#slots[packet.sequence % HELD_PACKETS_COUNT_MAX] = packet;
    this.#count += 1;
    this.#samples += samplesOf(packet);
  }

  remove(packet: ReceivedPacket): void {
    this.#slots[packet.sequence % HELD_PACKETS_COUNT_MAX] = undefined;
    this.#count -= 1;
    this.#samples -= samplesOf(packet);
  }

  /** The earliest packet that waits, given the first sequence number not yet played. */
  first(nextSequence: number): ReceivedPacket | undefined {
    if (this.#count === 0) return undefined;
    for (let step = 0; step < HELD_PACKETS_COUNT_MAX; step += 1) {
      const held = this.get(nextSequence + step);
      if (held !== undefined) return held;
    }
    return undefined;
  }

  /**
   * The missing sequence number, from `nextSequence` on, of a copy that came in `packet`: copies don't say theirs.
   * Counted back from the packet that follows the missing run, in steps of the copy's own length.
   */
  placeOf(
    copy: { readonly timestamp: number; readonly ticks: number },
    packet: ReceivedPacket,
    nextSequence: number,
  ): number | undefined {
    let after = packet;
    let before = packet.sequence - 1;
    for (; before >= nextSequence; before -= 1) {
      const held = this.get(before);
      if (held === undefined) continue;
      const aheadTicks = (copy.timestamp - held.timestamp) | 0;
      if (aheadTicks === 0) return undefined;
      if (aheadTicks > 0) break;
      after = held;
    }
    const back = Math.max(1, Math.round(((after.timestamp - copy.timestamp) | 0) / copy.ticks));
    const sequence = Math.max(before + 1, after.sequence - back);
    return sequence < after.sequence ? sequence : undefined;
  }
}

function samplesOf({ content }: ReceivedPacket): number {
  return content.type === 'speech' ? content.samples : 0;
}
