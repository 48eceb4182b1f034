import { answerForClient, type Offer, offerForStack, readOfferTransport } from '@prism/protocol';
import nodeDataChannel, {
  type DataChannel,
  type PeerConnection,
  type Track,
} from 'node-datachannel';
import type { SendOutcome } from '../runtime/ports/controller.ts';
import type { IceFront, IceTransport } from '../runtime/ports/ice.ts';
import type {
  AnsweredOffer,
  Peer,
  PeerAudio,
  PeerDescription,
  PeerListener,
} from '../runtime/ports/peer.ts';
import { answerAudio } from './answer-audio.ts';

export interface DataChannelPeerOptions {
  readonly front: IceFront;
  readonly stackPort: number;
  readonly stackAddress: string;
  readonly clientAddress: string | undefined;
  readonly ssrc: number;
  /** Stream id of a pre-negotiated data channel; undefined if the client opens it in band. */
  readonly dataChannelId: number | undefined;
  /** The client's first valid check has come. */
  readonly reached: (() => void) | undefined;
}

/** What official clients call the channel of the events. */
const CHANNEL_LABEL = 'oai-events';

/** One answered peer connection on node-datachannel. */
export class DataChannelPeer implements Peer {
  readonly answerSdp: string;
  readonly #transport: IceTransport;
  readonly #stackSdp: string;
  #offer: Offer;
  #answerCount = 1;
  readonly audio: PeerAudio;
  readonly #connection: PeerConnection;
  readonly #track: Track;
  readonly #listener: PeerListener;
  #channel: DataChannel | undefined;
  /** Set by the first packet that leaves, so that those behind it needn't ask the stack. */
  #isTrackOpen = false;
  #isClosed = false;

  private constructor(parts: {
    readonly offer: Offer;
    readonly stackSdp: string;
    readonly transport: IceTransport;
    readonly connection: PeerConnection;
    readonly track: Track;
    readonly channel: DataChannel | undefined;
    readonly listener: PeerListener;
    readonly answerSdp: string;
    readonly audio: PeerAudio;
  }) {
    this.#offer = parts.offer;
    this.#stackSdp = parts.stackSdp;
    this.#transport = parts.transport;
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
    const { stackPort, clientAddress } = options;
    const transport = await options.front.open(
      { client: offer.transport, clientAddress, stackPort },
      {
        reached: () => options.reached?.(),
        lost: () => listener.lost(),
        found: () => listener.connected(),
      },
    );
    const connection = openConnection(options);
    try {
      // The answer takes the DTLS client's role: its first flight leaves as soon as a check of the client has come,
      // one round trip before the client could send its own.
      connection.setRemoteDescription(offerForStack(offer.sdp, transport.inner), 'offer');
      const { section, audio } = answerAudio(offer.audio, options.ssrc);
      const track = connection.addTrack(section);
      const channel = openNegotiatedChannel(connection, options.dataChannelId);
      const stackSdp = gatherAnswer(connection);
      const stack = readOfferTransport(stackSdp);
      if (stack === undefined) throw new Error('the stack has no ICE credentials');
      transport.start(stack);
      const { local, candidates } = transport;
      const answerSdp = answerForClient(stackSdp, { ...local, ...candidates });
      return new DataChannelPeer({
        offer,
        stackSdp,
        transport,
        connection,
        track,
        channel,
        listener,
        answerSdp,
        audio,
      });
    } catch (error) {
      transport.close();
      connection.close();
      throw error;
    }
  }

  sendPacket(bytes: Uint8Array): boolean {
    if (this.#isClosed) return false;
    this.#isTrackOpen ||= this.#track.isOpen();
    if (!this.#isTrackOpen) return false;
    try {
      return this.#track.sendMessageBinary(
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length),
      );
    } catch {
      // The stack has closed the track by itself, and its callback is on the way.
      this.#isTrackOpen = false;
      return false;
    }
  }

  sendText(text: string): SendOutcome {
    const channel = this.#channel;
    if (this.#isClosed || channel === undefined || !channel.isOpen()) return 'unsent';
    if (Buffer.byteLength(text) > channel.maxMessageSize()) return 'too_large';
    return channel.sendMessage(text) ? 'sent' : 'unsent';
  }

  restart(offer: Offer): AnsweredOffer | undefined {
    const before = this.#offer;
    if (this.#isClosed || offer.transport.fingerprint !== before.transport.fingerprint)
      return undefined;
    if (sectionIdsOf(offer) !== sectionIdsOf(before)) {
      const message = 'An offer that goes on with a connection must have its sections.';
      return { isAnswered: false, error: { code: 'invalid_sdp', message } };
    }
    const isRestart = offer.transport.ufrag !== before.transport.ufrag;
    const local = isRestart ? this.#transport.restart(offer.transport) : this.#transport.local;
    this.#offer = offer;
    this.#answerCount += 1;
    const { candidates } = this.#transport;
    const answerSdp = answerForClient(this.#stackSdp, { ...local, ...candidates });
    return { isAnswered: true, answerSdp: withVersion(answerSdp, this.#answerCount) };
  }

  describe(): PeerDescription {
    const rttMs = this.#isClosed ? -1 : this.#connection.rtt();
    return {
      state: this.#isClosed ? 'closed' : this.#connection.state(),
      ice: this.#transport.describe(),
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
    this.#transport.close();
  }

  #listen(): void {
    this.#connection.onStateChange((state) => {
      if (this.#isClosed) return;
      if (state === 'connected') this.#listener.connected();
      else if (state === 'failed') this.#listener.lost();
      else if (state === 'closed') this.#listener.closed();
    });
    this.#connection.onDataChannel((channel) => this.#openChannel(channel));
    this.#track.onClosed(() => undefined);
    this.#track.onMessage((message) => {
      if (this.#isClosed) return;
      this.#transport.packetVerified();
      this.#listener.packet(message);
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

function sectionIdsOf({ sdp }: Offer): string {
  return (sdp.match(/^a=mid:.*$/gm) ?? []).join();
}

/** Each answer of a connection has a version of its own (RFC 8866, section 5.2). */
function withVersion(sdp: string, version: number): string {
  return sdp.replace(/^(o=\S+ \S+) \d+ /m, `$1 ${version} `);
}

function openConnection({ stackPort, stackAddress }: DataChannelPeerOptions): PeerConnection {
  return new nodeDataChannel.PeerConnection('client', {
    iceServers: [],
    disableAutoNegotiation: true,
    enableIceUdpMux: true,
    portRangeBegin: stackPort,
    portRangeEnd: stackPort,
    bindAddress: stackAddress,
  });
}

function openNegotiatedChannel(
  connection: PeerConnection,
  dataChannelId: number | undefined,
): DataChannel | undefined {
  if (dataChannelId === undefined) return undefined;
  return connection.createDataChannel(CHANNEL_LABEL, { negotiated: true, id: dataChannelId });
}

/** The answer with the stack's candidates, which it has at once where it asks no STUN server for them. */
function gatherAnswer(connection: PeerConnection): string {
  connection.setLocalDescription('answer');
  // Without a callback: each would cost every turn of the event loop, as long as the call lasts.
  const description = connection.localDescription();
  if (connection.gatheringState() !== 'complete' || description === null)
    throw new Error('the stack has no candidates');
  return description.sdp;
}
