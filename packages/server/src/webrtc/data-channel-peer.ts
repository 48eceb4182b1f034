import type { Offer } from '@prism/protocol';
import nodeDataChannel, {
  type DataChannel,
  type PeerConnection,
  type Track,
} from 'node-datachannel';
import type { SendOutcome } from '../runtime/ports/controller.ts';
import type { Peer, PeerAudio, PeerDescription, PeerListener } from '../runtime/ports/peer.ts';
import { answerAudio } from './answer-audio.ts';

export interface DataChannelPeerOptions {
  readonly mediaPort: number;
  readonly bindAddress: string | undefined;
  readonly ssrc: number;
  /** Stream id of a pre-negotiated data channel; undefined if the client opens it in band. */
  readonly dataChannelId: number | undefined;
}

/** What official clients call the channel of the events. */
const CHANNEL_LABEL = 'oai-events';

/** One answered peer connection on node-datachannel. */
export class DataChannelPeer implements Peer {
  readonly answerSdp: string;
  readonly audio: PeerAudio;
  readonly #connection: PeerConnection;
  readonly #track: Track;
  readonly #listener: PeerListener;
  #channel: DataChannel | undefined;
  #isClosed = false;

  private constructor(parts: {
    readonly connection: PeerConnection;
    readonly track: Track;
    readonly channel: DataChannel | undefined;
    readonly listener: PeerListener;
    readonly answerSdp: string;
    readonly audio: PeerAudio;
  }) {
    this.#connection = parts.connection;
    this.#track = parts.track;
    this.#listener = parts.listener;
    this.answerSdp = parts.answerSdp;
    this.audio = parts.audio;
    this.#listen();
    if (parts.channel !== undefined) this.#openChannel(parts.channel);
  }

  /** Answers `offer`. Throws what the stack throws if it can't. */
  static async answer(
    offer: Offer,
    listener: PeerListener,
    options: DataChannelPeerOptions,
  ): Promise<DataChannelPeer> {
    const connection = new nodeDataChannel.PeerConnection('client', {
      iceServers: [],
      disableAutoNegotiation: true,
      enableIceUdpMux: true,
      portRangeBegin: options.mediaPort,
      portRangeEnd: options.mediaPort,
      ...(options.bindAddress === undefined ? {} : { bindAddress: options.bindAddress }),
    });
    try {
      // The answer takes the DTLS client's role. As the DTLS server this stack drops a first flight that comes before
      // its own ICE checks are done, and clients without a short DTLS timer then lose a second.
      connection.setRemoteDescription(offer.sdp, 'offer');
      const { section, audio } = answerAudio(offer.audio, options.ssrc);
      const track = connection.addTrack(section);
      const channel = openNegotiatedChannel(connection, options.dataChannelId);
      const answerSdp = await gatherAnswer(connection);
      return new DataChannelPeer({ connection, track, channel, listener, answerSdp, audio });
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  sendPacket(bytes: Uint8Array): boolean {
    if (this.#isClosed || !this.#track.isOpen()) return false;
    return this.#track.sendMessageBinary(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  }

  sendText(text: string): SendOutcome {
    const channel = this.#channel;
    if (this.#isClosed || channel === undefined || !channel.isOpen()) return 'unsent';
    if (Buffer.byteLength(text) > channel.maxMessageSize()) return 'too_large';
    return channel.sendMessage(text) ? 'sent' : 'unsent';
  }

  describe(): PeerDescription {
    const pair = this.#isClosed ? null : this.#connection.getSelectedCandidatePair();
    const rttMs = this.#isClosed ? -1 : this.#connection.rtt();
    return {
      state: this.#isClosed ? 'closed' : this.#connection.state(),
      candidatePair:
        pair === null
          ? undefined
          : `${pair.local.type}/${pair.remote.type} ${pair.local.transportType}`,
      rttMs: rttMs < 0 ? undefined : rttMs,
      bytesSent: this.#isClosed ? 0 : this.#connection.bytesSent(),
      bytesReceived: this.#isClosed ? 0 : this.#connection.bytesReceived(),
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // All three, and each with its closed handler set: what is left to the connection is never let go by the stack,
    // and keeps the process alive.
    this.#channel?.close();
    this.#track.close();
    this.#connection.close();
  }

  #listen(): void {
    this.#connection.onStateChange((state) => {
      if (this.#isClosed) return;
      if (state === 'connected') this.#listener.connected();
      else if (state === 'failed' || state === 'closed') this.#listener.closed();
    });
    this.#connection.onDataChannel((channel) => this.#openChannel(channel));
    this.#track.onClosed(() => undefined);
    this.#track.onMessage((message) => {
      if (!this.#isClosed) this.#listener.packet(message);
    });
  }

  #openChannel(channel: DataChannel): void {
    if (this.#isClosed || this.#channel !== undefined) {
      // One channel carries the events; a client that opens more gets them closed.
      channel.close();
      return;
    }
    this.#channel = channel;
    channel.onMessage((message) => {
      if (this.#isClosed) return;
      this.#listener.channelMessage(
        typeof message === 'string' ? message : Buffer.from(message as Buffer).toString(),
      );
    });
    channel.onClosed(() => {
      if (!this.#isClosed) this.#listener.channelClosed();
    });
    // A pre-negotiated channel is there before it is open.
    if (channel.isOpen()) this.#listener.channelOpened();
    else {
      channel.onOpen(() => {
        if (!this.#isClosed) this.#listener.channelOpened();
      });
    }
  }
}

function openNegotiatedChannel(
  connection: PeerConnection,
  dataChannelId: number | undefined,
): DataChannel | undefined {
  if (dataChannelId === undefined) return undefined;
  return connection.createDataChannel(CHANNEL_LABEL, { negotiated: true, id: dataChannelId });
}

function gatherAnswer(connection: PeerConnection): Promise<string> {
  return new Promise((resolve, reject) => {
    connection.onGatheringStateChange((state) => {
      if (state !== 'complete') return;
      const description = connection.localDescription();
      if (description === null) reject(new Error('no local description'));
      else resolve(description.sdp);
    });
    connection.setLocalDescription('answer');
  });
}
