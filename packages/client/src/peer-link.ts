import { PrismClientError } from './client-error.ts';
import { offeringAudioNack } from './offer-nack.ts';
import { type HandedOverPacket, sourceTimeMs } from './playout-position.ts';

/** Label of the data channel that carries the Realtime events. */
const EVENTS_CHANNEL_LABEL = 'oai-events';

/** Its stream: both sides have the channel from the start, so that its first event needs no round trip of its own. */
export const EVENTS_CHANNEL_ID = 0;

/** Most bytes that may wait in the data channel before sending is refused. */
const SEND_QUEUE_BYTES_MAX = 1_048_576;

const MESSAGE_BYTES_MAX_DEFAULT = 262_144;

/**
 * A packet's sound leaves the jitter buffer so much later than it is decoded, which is what the browser tells: behind
 * libwebrtc's decoder are 5 ms, what is left of the packet before it, 0 to 10 ms, and now and then 10 ms of output.
 */
const DECODED_AHEAD_MS = 11;

/** What a peer link reports; nothing is called after `detach`. */
export interface PeerLinkSink {
  readonly onIceState: (state: RTCIceConnectionState) => void;
  readonly onPeerState: (state: RTCPeerConnectionState) => void;
  readonly onChannelOpen: () => void;
  readonly onMessage: (text: string) => void;
  /** The other side closed the events channel: the server ended the call. */
  readonly onChannelClosed: () => void;
  readonly onTrack: (stream: MediaStream) => void;
}

/** The channel that carries the Realtime events, on both sides from the start. */
export function eventsChannel(connection: RTCPeerConnection): RTCDataChannel {
  return connection.createDataChannel(EVENTS_CHANNEL_LABEL, {
    negotiated: true,
    id: EVENTS_CHANNEL_ID,
  });
}

/** One peer connection with the microphone's track and the events channel. */
export class PeerLink {
  readonly #connection: RTCPeerConnection;
  readonly #channel: RTCDataChannel;
  readonly #encoder = new TextEncoder();
  #receiver: RTCRtpReceiver | undefined;
  #isClosed = false;

  /** A connection that was prepared has its channel, and a sender without a track. */
  constructor(
    {
      connection,
      prepared,
    }: {
      readonly connection: RTCPeerConnection;
      readonly prepared?: RTCDataChannel | undefined;
    },
    microphone: MediaStream,
    sink: PeerLinkSink,
  ) {
    this.#connection = connection;
    this.#channel = prepared ?? eventsChannel(connection);
    for (const track of microphone.getAudioTracks()) {
      if (prepared === undefined) connection.addTrack(track, microphone);
      else this.replaceTrack(track);
    }
    connection.ontrack = ({ track, streams, receiver }) => {
      this.#receiver = receiver;
      askForSmallestJitterBuffer(receiver);
      sink.onTrack(streams[0] ?? new MediaStream([track]));
    };
    connection.oniceconnectionstatechange = () => {
      sink.onIceState(connection.iceConnectionState);
    };
    connection.onconnectionstatechange = () => {
      sink.onPeerState(connection.connectionState);
    };
    this.#channel.onopen = () => {
      sink.onChannelOpen();
    };
    this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string') sink.onMessage(data);
    };
    this.#channel.onclose = () => {
      sink.onChannelClosed();
    };
  }

  /** Makes the offer for the server and starts ICE; candidates are not awaited, the server learns ours by itself. */
  async makeOffer(): Promise<string> {
    const offer = await this.#connection.createOffer();
    await this.#connection.setLocalDescription(offer);
    return offeringAudioNack(offer.sdp ?? '');
  }

  /** Applies the server's answer; rejects with `answer_invalid`. */
  async applyAnswer(answerSdp: string): Promise<void> {
    try {
      await this.#connection.setRemoteDescription({ type: 'answer', sdp: answerSdp });
    } catch (failure) {
      throw new PrismClientError('answer_invalid', { cause: failure });
    }
  }

  /** Sends one text message; throws `not_connected`, `message_too_large` or `send_queue_full`. */
  send(text: string): void {
    if (this.#isClosed || this.#channel.readyState !== 'open') {
      throw new PrismClientError('not_connected');
    }
    const sizeBytes = this.#encoder.encode(text).length;
    const sizeBytesMax = this.#connection.sctp?.maxMessageSize ?? MESSAGE_BYTES_MAX_DEFAULT;
    if (sizeBytes > sizeBytesMax) throw new PrismClientError('message_too_large');
    if (this.#channel.bufferedAmount + sizeBytes > SEND_QUEUE_BYTES_MAX) {
      throw new PrismClientError('send_queue_full');
    }
    this.#channel.send(text);
  }

  /** The browser's statistics report, by record id. */
  async statistics(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
    const records = new Map<string, Readonly<Record<string, unknown>>>();
    const report = await this.#connection.getStats();
    report.forEach((record: Readonly<Record<string, unknown>>, id) => {
      records.set(id, record);
    });
    return records;
  }

  /** The packet whose sound left the jitter buffer last, on the clock of `performance.now()`. */
  handedOverPacket(): HandedOverPacket | undefined {
    const [source] = this.#receiver?.getSynchronizationSources() ?? [];
    if (source === undefined) return undefined;
    return {
      ssrc: source.source,
      rtpTimestamp: source.rtpTimestamp,
      atMs: sourceTimeMs(source.timestamp, performance.timeOrigin) + DECODED_AHEAD_MS,
    };
  }

  /** Sends another track in place of the microphone's; nothing is negotiated anew. */
  replaceTrack(track: MediaStreamTrack): void {
    for (const sender of this.#connection.getSenders()) void sender.replaceTrack(track);
  }

  /** Stops reporting to the sink; the connection stays open. */
  detach(): void {
    const [connection, channel] = [this.#connection, this.#channel];
    connection.ontrack = null;
    connection.oniceconnectionstatechange = null;
    connection.onconnectionstatechange = null;
    channel.onopen = null;
    channel.onmessage = null;
    channel.onclose = null;
  }

  /** Closes channel and connection; idempotent, and the sink hears nothing of it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.detach();
    this.#channel.close();
    this.#connection.close();
  }
}

/** An answer that is late is worse than one with a gap. The browser keeps what its own measure of jitter asks for. */
function askForSmallestJitterBuffer(receiver: RTCRtpReceiver): void {
  if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
  // Before Chrome 124 it had another name, which no type knows.
  else Reflect.set(receiver, 'playoutDelayHint', 0);
}
