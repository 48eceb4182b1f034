import {
  DATA_CHANNEL_PPID,
  type DataChannelOpen,
  type DataChannelReliability,
  readDcepMessage,
  writeDataChannelAck,
  writeDataChannelOpen,
} from '@prism/protocol';
import type { MonotonicMs } from '../time/clock.ts';
import { type ChannelNames, type DataChannel, PartialMessage, PieceRoom } from './data-channel.ts';
import { SctpAssociation } from './sctp-association.ts';
import {
  SCTP_DEFAULTS,
  type SctpAssociationEffect,
  type SctpAssociationInput,
  type SctpCloseReason,
  type SctpCounters,
  type SctpMessage,
  type SctpOptions,
  type SctpRefusal,
} from './sctp-contract.ts';

/** Channels at the same time; a further one that the peer opens is closed again. */
export const DATA_CHANNEL_COUNT_MAX = 256;

export type DataChannelsInput =
  /** Begins the association; the peer may as well, at the same time. */
  | { readonly type: 'start'; readonly roundTripMs?: number | undefined }
  | { readonly type: 'packet'; readonly bytes: Uint8Array }
  | { readonly type: 'deadline' }
  /** Opens a channel: one that both sides know of (`isNegotiated`), or one that the peer is told of. */
  | {
      readonly type: 'open';
      readonly streamId: number;
      readonly label: string;
      readonly isNegotiated: boolean;
      readonly protocol?: string;
      readonly isOrdered?: boolean;
      readonly reliability?: DataChannelReliability;
    }
  /** `bytes` must not change afterwards; text is UTF-8. */
  | {
      readonly type: 'send';
      readonly streamId: number;
      readonly kind: 'text' | 'binary';
      readonly bytes: Uint8Array;
    }
  /** What was sent on it arrives first. */
  | { readonly type: 'close_channel'; readonly streamId: number }
  /** Ends the association when everything that was sent has arrived. */
  | { readonly type: 'close' }
  /** Ends it at once. */
  | { readonly type: 'abort' };

export type DataChannelsEffect =
  /** One SCTP packet, to go through DTLS. */
  | { readonly type: 'packet'; readonly bytes: Uint8Array }
  /** A channel can be used. One that this side opened can be sent on before. */
  | {
      readonly type: 'channel_opened';
      readonly streamId: number;
      readonly label: string;
      readonly protocol: string;
      readonly isRemote: boolean;
    }
  /** `bytes` may be a view on the packet that was given in: it is to be read before the next input. */
  | {
      readonly type: 'message';
      readonly streamId: number;
      readonly kind: 'text' | 'binary';
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'refused'; readonly streamId: number; readonly reason: SctpRefusal }
  /** Nothing comes on it any more, and what is sent on it is refused. */
  | { readonly type: 'channel_closed'; readonly streamId: number }
  /** Once, and nothing after it; channels that were open are closed before it. */
  | { readonly type: 'closed'; readonly reason: SctpCloseReason };

/** The highest number that a channel may have (RFC 8832, section 6). */
const STREAM_ID_MAX = 65_534;
const RELIABLE: DataChannelReliability = { type: 'reliable' };
/** What stands for an empty message: SCTP has none (RFC 8831, section 6.6). */
const EMPTY_PAYLOAD = new Uint8Array(1);
const NO_BYTES = new Uint8Array(0);
const NO_NAMES: ChannelNames = { label: '', protocol: '' };

/** Data channels (RFC 8831, RFC 8832) over an SCTP association of their own. */
export class DataChannels {
  readonly #association: SctpAssociation;
  readonly #messageBytesMax: number;
  readonly #channels = new Map<number, DataChannel>();
  readonly #pieceRoom: PieceRoom;
  #effects: DataChannelsEffect[] = [];

  constructor(options: SctpOptions) {
    this.#association = new SctpAssociation(options);
    this.#pieceRoom = new PieceRoom(
      options.receiveBufferBytesMax ?? SCTP_DEFAULTS.receiveBufferBytesMax,
    );
    this.#messageBytesMax = options.messageBytesMax ?? SCTP_DEFAULTS.messageBytesMax;
  }

  /** When the `deadline` input is due at the latest. */
  get deadlineMs(): MonotonicMs | undefined {
    return this.#association.deadlineMs;
  }

  get isEstablished(): boolean {
    return this.#association.isEstablished;
  }

  /** Smoothed round trip; undefined before the first measurement. */
  get rttMs(): number | undefined {
    return this.#association.rttMs;
  }

  /** Bytes of messages that wait to be sent for the first time. */
  get bufferedBytes(): number {
    return this.#association.bufferedBytes;
  }

  /** What is held of the peer's: messages that aren't whole or wait for their turn, and names of channels to be. */
  get heldBytes(): number {
    let heldBytes = this.#association.heldBytes + this.#pieceRoom.heldBytes;
    for (const { names } of this.#channels.values())
      heldBytes += (names?.label.length ?? 0) + (names?.protocol.length ?? 0);
    return heldBytes;
  }

  get counters(): SctpCounters {
    return this.#association.counters;
  }

  /** Takes one input; the effects are to be performed in order, before the next one. */
  handle(input: DataChannelsInput, nowMs: MonotonicMs): readonly DataChannelsEffect[] {
    switch (input.type) {
      case 'open':
        this.#open(input, nowMs);
        break;
      case 'send':
        this.#send(input, nowMs);
        break;
      case 'close_channel':
        this.#closeChannel(input.streamId, nowMs);
        break;
      default:
        this.#pass(input, nowMs);
    }
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  /** Gives an input to the association and takes what comes of it; answers whether it refused something. */
  #pass(input: SctpAssociationInput, nowMs: MonotonicMs): boolean {
    let hasRefused = false;
    for (const effect of this.#association.handle(input, nowMs)) {
      if (effect.type === 'refused') hasRefused = true;
      this.#take(effect, nowMs);
    }
    return hasRefused;
  }

  #take(effect: SctpAssociationEffect, nowMs: MonotonicMs): void {
    switch (effect.type) {
      case 'packet':
      case 'refused':
        this.#effects.push(effect);
        break;
      case 'established':
        this.#established(nowMs);
        break;
      case 'restarted':
        this.#dropAll();
        break;
      case 'closed':
        this.#dropAll();
        this.#effects.push(effect);
        break;
      case 'stream_message':
        this.#takeMessage(effect, nowMs);
        break;
      case 'incoming_reset':
        this.#peerClosed(effect.streamId, nowMs);
        break;
      case 'outgoing_reset':
        this.#resetDone(effect.streamId, nowMs);
        break;
    }
  }

  #open(input: DataChannelsInput & { type: 'open' }, nowMs: MonotonicMs): void {
    const { streamId, label, isNegotiated } = input;
    const reason = this.#whyNotOpen(streamId);
    if (reason !== undefined) {
      this.#effects.push({ type: 'refused', streamId, reason });
      return;
    }
    const names = { label, protocol: input.protocol ?? '' };
    const channel = this.#add({
      streamId,
      names,
      isOrdered: input.isOrdered ?? true,
      reliability: input.reliability ?? RELIABLE,
      isNegotiated,
    });
    if (isNegotiated) {
      if (this.#association.isEstablished) this.#opened(channel, false);
      return;
    }
    const bytes = writeDataChannelOpen({ ...channel, ...names, priority: 256 });
    if (this.#pass({ type: 'send', message: controlMessage(streamId, bytes) }, nowMs)) {
      this.#forget(streamId);
    }
  }

  #whyNotOpen(streamId: number): SctpRefusal | undefined {
    if (streamId > STREAM_ID_MAX) return 'no_such_stream';
    if (this.#channels.has(streamId)) return 'number_taken';
    return this.#channels.size >= DATA_CHANNEL_COUNT_MAX ? 'too_many_channels' : undefined;
  }

  #send(input: DataChannelsInput & { type: 'send' }, nowMs: MonotonicMs): void {
    const { streamId, kind, bytes } = input;
    const channel = this.#channels.get(streamId);
    if (channel === undefined || channel.phase === 'closing' || channel.isResetPending) {
      this.#effects.push({ type: 'refused', streamId, reason: 'not_open' });
      return;
    }
    const isEmpty = bytes.length === 0;
    const { text, emptyText, binary, emptyBinary } = DATA_CHANNEL_PPID;
    const message: SctpMessage = {
      streamId,
      payloadProtocol:
        kind === 'text' ? (isEmpty ? emptyText : text) : isEmpty ? emptyBinary : binary,
      bytes: isEmpty ? EMPTY_PAYLOAD : bytes,
      // Nothing may overtake DATA_CHANNEL_OPEN (RFC 8832, section 6).
      isOrdered: channel.isOrdered || channel.phase === 'opening',
      reliability: channel.reliability,
    };
    this.#pass({ type: 'send', message }, nowMs);
  }

  #closeChannel(streamId: number, nowMs: MonotonicMs): void {
    const channel = this.#channels.get(streamId);
    if (channel === undefined || channel.phase === 'closing') return;
    channel.phase = 'closing';
    // The peer is told once there is one.
    if (this.#association.isEstablished) this.#pass({ type: 'reset_stream', streamId }, nowMs);
  }

  #established(nowMs: MonotonicMs): void {
    for (const channel of this.#channels.values()) {
      const { streamId, phase, isNegotiated } = channel;
      if (phase === 'opening' && isNegotiated) this.#opened(channel, false);
      if (phase === 'closing') this.#pass({ type: 'reset_stream', streamId }, nowMs);
    }
  }

  #takeMessage(
    message: SctpAssociationEffect & { type: 'stream_message' },
    nowMs: MonotonicMs,
  ): void {
    const { streamId, payloadProtocol, bytes } = message;
    if (payloadProtocol === DATA_CHANNEL_PPID.control) {
      this.#takeControl(streamId, bytes, nowMs);
      return;
    }
    const channel = this.#channels.get(streamId);
    if (channel === undefined || channel.hasPeerClosed) return;
    // Whoever sends on a channel knows of it.
    if (channel.phase === 'opening') this.#opened(channel, false);
    switch (payloadProtocol) {
      case DATA_CHANNEL_PPID.text:
      case DATA_CHANNEL_PPID.binary: {
        const kind = payloadProtocol === DATA_CHANNEL_PPID.text ? 'text' : 'binary';
        const whole = channel.partial.finish(bytes);
        if (whole === undefined) this.#closeChannel(streamId, nowMs);
        else this.#effects.push({ type: 'message', streamId, kind, bytes: whole });
        break;
      }
      case DATA_CHANNEL_PPID.emptyText:
        this.#effects.push({ type: 'message', streamId, kind: 'text', bytes: NO_BYTES });
        break;
      case DATA_CHANNEL_PPID.emptyBinary:
        this.#effects.push({ type: 'message', streamId, kind: 'binary', bytes: NO_BYTES });
        break;
      case DATA_CHANNEL_PPID.partialText:
      case DATA_CHANNEL_PPID.partialBinary:
        if (!channel.partial.add(bytes)) this.#closeChannel(streamId, nowMs);
        break;
    }
  }

  #takeControl(streamId: number, bytes: Uint8Array, nowMs: MonotonicMs): void {
    const message = readDcepMessage(bytes);
    const channel = this.#channels.get(streamId);
    if (message?.type === 'open') this.#peerOpened(streamId, message, nowMs);
    else if (message === undefined && channel === undefined) {
      // A channel that can't be: closing it is how that is said.
      this.#pass({ type: 'reset_stream', streamId }, nowMs);
    } else if (message?.type === 'ack' && channel?.phase === 'opening')
      this.#opened(channel, false);
  }

  #peerOpened(streamId: number, open: DataChannelOpen, nowMs: MonotonicMs): void {
    const before = this.#channels.get(streamId);
    // Repeated, or a channel that both sides know of anyway.
    if (before !== undefined && !before.hasPeerClosed) return;
    if (before === undefined && this.#channels.size >= DATA_CHANNEL_COUNT_MAX) {
      this.#pass({ type: 'reset_stream', streamId }, nowMs);
      return;
    }
    const { label, protocol, isOrdered, reliability } = open;
    const channel = this.#add({
      streamId,
      names: { label, protocol },
      isOrdered,
      reliability,
      isNegotiated: false,
    });
    channel.isResetPending = before !== undefined;
    this.#opened(channel, true);
    if (!channel.isResetPending) this.#acknowledge(streamId, nowMs);
  }

  #acknowledge(streamId: number, nowMs: MonotonicMs): void {
    this.#pass({ type: 'send', message: controlMessage(streamId, writeDataChannelAck()) }, nowMs);
  }

  /** The peer's stream has begun anew: this side's has to as well (RFC 8831, section 6.7). */
  #peerClosed(streamId: number, nowMs: MonotonicMs): void {
    const channel = this.#channels.get(streamId);
    if (channel === undefined || channel.hasPeerClosed) return;
    channel.hasPeerClosed = true;
    channel.partial.clear();
    this.#effects.push({ type: 'channel_closed', streamId });
    const isOurs = channel.phase === 'closing';
    channel.phase = 'closing';
    if (!isOurs) this.#pass({ type: 'reset_stream', streamId }, nowMs);
    else if (!this.#association.isResetting(streamId)) this.#forget(streamId);
  }

  /** The peer knows that this side's stream has begun anew, or never will. */
  #resetDone(streamId: number, nowMs: MonotonicMs): void {
    const channel = this.#channels.get(streamId);
    if (channel === undefined) return;
    if (channel.isResetPending) {
      channel.isResetPending = false;
      this.#acknowledge(streamId, nowMs);
      return;
    }
    if (!channel.hasPeerClosed && !this.#association.canResetStreams) {
      this.#effects.push({ type: 'channel_closed', streamId });
      this.#forget(streamId);
    }
    if (channel.hasPeerClosed) this.#forget(streamId);
  }

  #dropAll(): void {
    for (const { streamId, hasPeerClosed } of this.#channels.values()) {
      if (!hasPeerClosed) this.#effects.push({ type: 'channel_closed', streamId });
      this.#forget(streamId);
    }
  }

  #forget(streamId: number): void {
    this.#channels.get(streamId)?.partial.clear();
    this.#channels.delete(streamId);
  }

  #add(
    fields: Omit<DataChannel, 'phase' | 'hasPeerClosed' | 'isResetPending' | 'partial'>,
  ): DataChannel {
    const channel: DataChannel = {
      ...fields,
      phase: 'opening',
      hasPeerClosed: false,
      isResetPending: false,
      partial: new PartialMessage(this.#messageBytesMax, this.#pieceRoom),
    };
    this.#forget(fields.streamId);
    this.#channels.set(fields.streamId, channel);
    return channel;
  }

  #opened(channel: DataChannel, isRemote: boolean): void {
    channel.phase = 'open';
    const { streamId, names = NO_NAMES } = channel;
    const { label, protocol } = names;
    channel.names = undefined;
    this.#effects.push({ type: 'channel_opened', streamId, label, protocol, isRemote });
  }
}

/** A message of DCEP: ordered and reliable, whatever its channel is (RFC 8832, section 6). */
function controlMessage(streamId: number, bytes: Uint8Array): SctpMessage {
  const payloadProtocol = DATA_CHANNEL_PPID.control;
  return { streamId, payloadProtocol, bytes, isOrdered: true, reliability: RELIABLE };
}
