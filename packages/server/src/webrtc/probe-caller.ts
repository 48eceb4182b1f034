import nodeDataChannel, {
  type DataChannel,
  type PeerConnection,
  type Track,
} from 'node-datachannel';

/** What a {@link ProbeCaller} tells. */
export interface ProbeListener {
  connected(): void;
  channelOpened(): void;
  message(text: string): void;
  /** An RTP or RTCP packet of the audio section. */
  packet(bytes: Uint8Array): void;
  /** The other side has ended the call, or can't be reached any more. May be told more than once. */
  ended?(): void;
}

export interface ProbeSound {
  readonly payloadType: number;
  readonly ssrc: number;
}

/** A WebRTC client in the place of a browser: offers a call as official clients do, to try a server. */
export class ProbeCaller {
  readonly #connection: PeerConnection;
  readonly #track: Track;
  readonly #channel: DataChannel;
  #isClosed = false;

  constructor(sound: ProbeSound, listener: ProbeListener) {
    this.#connection = new nodeDataChannel.PeerConnection('doctor', {
      iceServers: [],
      disableAutoNegotiation: true,
    });
    const audio = new nodeDataChannel.Audio('0', 'SendRecv');
    audio.addOpusCodec(sound.payloadType);
    audio.addSSRC(sound.ssrc, 'doctor', 'doctor', 'microphone');
    this.#track = this.#connection.addTrack(audio);
    this.#channel = this.#connection.createDataChannel('oai-events');
    this.#connection.onStateChange((state) => {
      if (this.#isClosed) return;
      if (state === 'connected') listener.connected();
      if (state === 'failed' || state === 'closed') listener.ended?.();
    });
    this.#channel.onOpen(() => {
      if (!this.#isClosed) listener.channelOpened();
    });
    this.#channel.onClosed(() => {
      if (!this.#isClosed) listener.ended?.();
    });
    this.#channel.onMessage((message) => {
      if (!this.#isClosed && typeof message === 'string') listener.message(message);
    });
    this.#track.onClosed(() => undefined);
    this.#track.onMessage((bytes) => {
      if (!this.#isClosed) listener.packet(bytes);
    });
  }

  /**
   * The offer without candidates, as official clients post it: a check of the server that came before the answer
   * would start DTLS without a fingerprint to verify.
   */
  async offer(): Promise<string> {
    const sdp = await new Promise<string>((resolve) => {
      this.#connection.onGatheringStateChange((state) => {
        if (state === 'complete') resolve(this.#connection.localDescription()?.sdp ?? '');
      });
      this.#connection.setLocalDescription('offer');
    });
    return sdp.replace(/^a=(candidate:.*|end-of-candidates)\r\n/gm, '');
  }

  /** Takes the answer. Throws what the stack throws if it can't. */
  answer(sdp: string): void {
    this.#connection.setRemoteDescription(sdp, 'answer');
  }

  /** Sends one RTP packet; false as long as there is no way. */
  sendPacket(bytes: Uint8Array): boolean {
    if (this.#isClosed || !this.#track.isOpen()) return false;
    return this.#track.sendMessageBinary(Buffer.from(bytes));
  }

  /** Sends an event; false as long as the channel isn't open. */
  send(text: string): boolean {
    return !this.#isClosed && this.#channel.isOpen() && this.#channel.sendMessage(text);
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    // Each by itself: what is left to the connection is never let go by the stack.
    this.#channel.close();
    this.#track.close();
    this.#connection.close();
  }
}
