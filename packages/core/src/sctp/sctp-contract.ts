/** What an association takes and gives, and its bounds. */
import type { DataChannelReliability } from '@prism/protocol';

/** An association's bounds, and the chance it needs. */
export interface SctpOptions {
  /** A number of 32 bits by chance: tags and first TSNs. */
  readonly random32: () => number;
  readonly localPort?: number;
  readonly remotePort?: number;
  /** Largest SCTP packet, which goes through DTLS; 1,160 by default. */
  readonly packetBytesMax?: number;
  /** Least timeout before a round trip is measured; 250 by default, 100 to 10,000 later on. */
  readonly firstRtoMs?: number;
  readonly rtoMsMin?: number;
  readonly rtoMsMax?: number;
  /** Largest message that is taken; 256 KiB by default. A longer one ends the association. */
  readonly messageBytesMax?: number;
  /** Largest message that the peer takes (`a=max-message-size`, RFC 8841), 0 for any; 256 KiB by default. */
  readonly remoteMessageBytesMax?: number;
  /** What is held of messages that are incomplete or wait for their turn; 1 MiB by default. What is beyond is dropped. */
  readonly receiveBufferBytesMax?: number;
  /** What is held of messages until the peer has them; 8 MiB by default. A message beyond is refused. */
  readonly sendQueueBytesMax?: number;
}

/** What holds where {@link SctpOptions} say nothing. */
export const SCTP_DEFAULTS = {
  localPort: 5_000,
  remotePort: 5_000,
  packetBytesMax: 1_160,
  firstRtoMs: 250,
  rtoMsMin: 100,
  rtoMsMax: 10_000,
  /** Doubling stops here, so that a client that is back from a tunnel is not kept waiting; as in Chromium. */
  backOffMsMax: 3_000,
  messageBytesMax: 256 * 1024,
  remoteMessageBytesMax: 256 * 1024,
  receiveBufferBytesMax: 1024 * 1024,
  sendQueueBytesMax: 8 * 1024 * 1024,
};

/** Timeouts in a row, all of them without a word of the peer, after which the association ends. */
export const TIMEOUT_COUNT_MAX = 30;
/** Repeats of SHUTDOWN or SHUTDOWN ACK, after which it ends without an answer. */
export const SHUTDOWN_REPEAT_COUNT_MAX = 5;
/** Messages that wait to be sent; a further one is refused. */
export const SEND_QUEUE_COUNT_MAX = 65_536;
/** Chunks under way; further ones wait. */
export const OUTSTANDING_CHUNK_COUNT_MAX = 8_192;
/** Streams of the peer with a state of their own; a message on a further one is dropped and answered with ERROR. */
export const INBOUND_STREAM_COUNT_MAX = 1_024;

/** Why an association ended. */
export type SctpCloseReason =
  /** `close` or `abort` of this side. */
  | 'closed'
  /** SHUTDOWN of the peer. */
  | 'peer_closed'
  /** ABORT of the peer. */
  | 'peer_aborted'
  /** {@link TIMEOUT_COUNT_MAX} before the association stood. */
  | 'handshake_timeout'
  /** {@link TIMEOUT_COUNT_MAX} later on. */
  | 'peer_unreachable'
  /** A message beyond `messageBytesMax`. */
  | 'message_too_large'
  /** Fragments that belong together and don't fit, or more than was offered to be held. */
  | 'protocol_violation';

/** Why a message was not taken. */
export type SctpRefusal =
  /** `sendQueueBytesMax` or {@link SEND_QUEUE_COUNT_MAX}. */
  | 'queue_full'
  /** `remoteMessageBytesMax`. */
  | 'message_too_large'
  /** No such channel, one that closes, or an association that does. */
  | 'not_open'
  /** The peer has no stream of that number. */
  | 'no_such_stream'
  /** A channel has that number, or had it and the peer hasn't confirmed its end yet. */
  | 'number_taken'
  /** There are as many channels as there may be. */
  | 'too_many_channels';

/** A message for a stream. Its bytes must not change afterwards and have at least one. */
export interface SctpMessage {
  readonly streamId: number;
  readonly payloadProtocol: number;
  readonly bytes: Uint8Array;
  readonly isOrdered: boolean;
  readonly reliability: DataChannelReliability;
}

export type SctpAssociationInput =
  /** Sends INIT; with what is known of the round trip by then. */
  | { readonly type: 'start'; readonly roundTripMs?: number | undefined }
  | { readonly type: 'packet'; readonly bytes: Uint8Array }
  | { readonly type: 'deadline' }
  | { readonly type: 'send'; readonly message: SctpMessage }
  /** Resets the outgoing side of a stream when all its messages have arrived. */
  | { readonly type: 'reset_stream'; readonly streamId: number }
  /** Sends what is queued, then SHUTDOWN. */
  | { readonly type: 'close' }
  /** Sends ABORT. */
  | { readonly type: 'abort' };

export type SctpAssociationEffect =
  | { readonly type: 'packet'; readonly bytes: Uint8Array }
  | { readonly type: 'established' }
  /** The peer began anew: nothing of what was before holds; what was queued is dropped. */
  | { readonly type: 'restarted' }
  /** `bytes` may be a view on the packet that was given in. */
  | {
      readonly type: 'stream_message';
      readonly streamId: number;
      readonly payloadProtocol: number;
      readonly bytes: Uint8Array;
    }
  | { readonly type: 'refused'; readonly streamId: number; readonly reason: SctpRefusal }
  /** The peer has begun this stream anew and sends no more of what was on it. */
  | { readonly type: 'incoming_reset'; readonly streamId: number }
  /** The peer knows that this side has. */
  | { readonly type: 'outgoing_reset'; readonly streamId: number }
  /** Once, and nothing after it. */
  | { readonly type: 'closed'; readonly reason: SctpCloseReason };

/** What came in and was not taken. */
export interface SctpCounters {
  /** Too short, with a wrong checksum, or for other ports. */
  readonly brokenPacketCount: number;
  /** Under a verification tag that is not this association's. */
  readonly strangePacketCount: number;
  /** Chunks whose fields don't fit, or that don't belong here. */
  readonly brokenChunkCount: number;
  /** DATA chunks that there was no room for. */
  readonly droppedDataCount: number;
}
