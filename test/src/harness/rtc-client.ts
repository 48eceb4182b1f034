import { RtpSender, SLOT_MS, SLOT_SAMPLES } from '@prism/core';
import { isRtcp, parseRtpPacket } from '@prism/protocol';
import { createOpusCodec } from '@prism/server/internal';
import nodeDataChannel, {
  type DataChannel,
  type PeerConnection,
  type Track,
} from 'node-datachannel';

const codec = createOpusCodec();

/** How long libdatachannel has for what it still does when no client of this process is open any more. */
const CLEAN_UP_MS = 2_000;

/**
 * Counts the clients that are open, and frees what libdatachannel keeps of those that were.
 *
 * When both ends of a call close at once it now and then doesn't tell that the client's is closed; node-datachannel
 * (0.33) then keeps that callback, and with it the process, for ever. A process that ends by itself isn't held up.
 */
const openClients = {
  count: 0,
  opened(): void {
    this.count += 1;
  },
  closed(): void {
    this.count -= 1;
    if (this.count > 0) return;
    setTimeout(() => {
      if (this.count === 0) nodeDataChannel.cleanup();
    }, CLEAN_UP_MS).unref();
  },
};

/** Opus' payload type in this client's offers. */
const PAYLOAD_TYPE = 111;

export interface CallOptions {
  /** The query of the call's URL, with its `?`. */
  readonly query?: string;
  /** The session asked for, in a multipart body. */
  readonly session?: object | undefined;
  /** Sent instead of this client's own offer. */
  readonly offer?: string;
  /** Changes the offer before it is sent. */
  readonly editOffer?: ((sdp: string) => string) | undefined;
  /** Changes the answer before it is taken. */
  readonly editAnswer?: ((sdp: string) => string) | undefined;
}

/** A WebRTC client without a browser: it offers as browsers do, and keeps all that it hears. */
export class RtcClient {
  /** Events from the data channel, parsed. */
  readonly events: Record<string, unknown>[] = [];
  /** One loudness per received packet: the root mean square of its samples. */
  readonly heardRms: number[] = [];
  callId = '';
  isConnected = false;
  isChannelOpen = false;
  isOver = false;
  /** Told of every message and of the end of the channel, besides what is kept. */
  listener: { message(text: string): void; closed(): void } | undefined;
  /** Told of every packet of the audio section, RTP or RTCP, besides what is kept. The bytes are the listener's. */
  packetListener: ((bytes: Uint8Array) => void) | undefined;
  readonly #connection: PeerConnection;
  readonly #channel: DataChannel;
  readonly #track: Track;
  readonly #decoder = codec.openDecoder();
  readonly #encoder = codec.openEncoder();
  readonly #sender = new RtpSender({
    payloadType: PAYLOAD_TYPE,
    ssrc: 4_242,
    sequenceNumber: 1,
    timestamp: 1,
  });
  #slot = 0;

  /** @param dataChannelId - Stream of a pre-negotiated channel; the channel is opened in band if undefined. */
  private constructor(dataChannelId: number | undefined) {
    openClients.opened();
    this.#connection = new nodeDataChannel.PeerConnection('test client', {
      iceServers: [],
      disableAutoNegotiation: true,
    });
    const audio = new nodeDataChannel.Audio('0', 'SendRecv');
    audio.addOpusCodec(PAYLOAD_TYPE);
    audio.addSSRC(4_242, 'client', 'client', 'microphone');
    this.#track = this.#connection.addTrack(audio);
    this.#channel = this.#connection.createDataChannel(
      'oai-events',
      dataChannelId === undefined ? {} : { negotiated: true, id: dataChannelId },
    );
    this.#listen();
  }

  /** Offers a call to the Prism at `url` and takes its answer. Throws with the server's error if it refuses. */
  static async connect(
    url: string,
    headers: Record<string, string> = {},
    options: CallOptions & { readonly dataChannelId?: number } = {},
  ): Promise<RtcClient> {
    const client = new RtcClient(options.dataChannelId);
    const { status, body } = await client.call(url, headers, options);
    if (status === 201) return client;
    client.close();
    throw new Error(`HTTP ${status}: ${body}`);
  }

  /** A client that has called nobody yet. */
  static create(): RtcClient {
    return new RtcClient(undefined);
  }

  /** Offers a call, with a session if it asks for one, and takes the answer if there is one. */
  async call(
    url: string,
    headers: Record<string, string>,
    { session, offer, query = '', editOffer, editAnswer }: CallOptions = {},
  ): Promise<{ readonly status: number; readonly body: string }> {
    const own = offer ?? (await this.offer());
    const sdp = editOffer?.(own) ?? own;
    const form = new FormData();
    form.set('sdp', sdp);
    form.set('session', JSON.stringify(session));
    const response = await fetch(`${url}/v1/realtime/calls${query}`, {
      method: 'POST',
      headers: session === undefined ? { 'content-type': 'application/sdp', ...headers } : headers,
      body: session === undefined ? sdp : form,
    });
    const body = await response.text();
    if (response.status === 201) {
      this.callId = (response.headers.get('location') ?? '').split('/').at(-1) ?? '';
      this.#connection.setRemoteDescription(editAnswer?.(body) ?? body, 'answer');
    }
    return { status: response.status, body };
  }

  /** Takes an answer that came otherwise than by {@link call}. */
  answer(sdp: string): void {
    this.#connection.setRemoteDescription(sdp, 'answer');
  }

  /** An offer of this kind of client, for tests that post it themselves. */
  static async makeOffer(): Promise<string> {
    const client = new RtcClient(undefined);
    const sdp = await client.offer();
    client.close();
    return sdp;
  }

  /**
   * The offer without candidates, as the official browser SDK posts it. This stack also needs it so: a check that
   * reaches it before the answer would start DTLS without a fingerprint to verify.
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

  /** The answer, as this client took it. */
  get remoteSdp(): string {
    return this.#connection.remoteDescription()?.sdp ?? '';
  }

  eventTypes(): unknown[] {
    return this.events.map((event) => event['type']);
  }

  eventOf(type: string): Record<string, unknown> | undefined {
    return this.events.find((event) => event['type'] === type);
  }

  /** Whether events can be sent. */
  get isOpen(): boolean {
    return this.#channel.isOpen();
  }

  send(event: object | string): void {
    this.#channel.sendMessage(typeof event === 'string' ? event : JSON.stringify(event));
  }

  /** Closes the data channel; the media goes on. */
  closeChannel(): void {
    this.#channel.close();
  }

  /** Sends PCM at 24 kHz in real time, as a microphone does. */
  async speak(pcm: Int16Array): Promise<void> {
    const startMs = performance.now();
    for (
      let start = 0, count = 0;
      start + SLOT_SAMPLES <= pcm.length;
      start += SLOT_SAMPLES, count += 1
    ) {
      const dueMs = startMs + count * SLOT_MS - performance.now();
      if (dueMs > 0) await new Promise((resolve) => setTimeout(resolve, dueMs));
      if (this.isOver) return;
      const payload = this.#encoder.encode(pcm.subarray(start, start + SLOT_SAMPLES));
      this.#track.sendMessageBinary(Buffer.from(this.#sender.packetize(payload, this.#slot)));
      this.#slot += 1;
    }
  }

  /** Sends one packet of the audio section as it is, RTP or RTCP; false if there is no way yet, or no longer. */
  sendPacket(bytes: Uint8Array): boolean {
    if (this.isOver || !this.#track.isOpen()) return false;
    return this.#track.sendMessageBinary(Buffer.from(bytes));
  }

  close(): void {
    if (this.isOver) return;
    this.isOver = true;
    // Each by itself, or the stack keeps their callbacks and the process never ends.
    this.#channel.close();
    this.#track.close();
    this.#connection.close();
    this.#decoder.close();
    this.#encoder.close();
    openClients.closed();
  }

  #listen(): void {
    this.#connection.onStateChange((state) => {
      if (state === 'connected') this.isConnected = true;
      if (state === 'disconnected' || state === 'failed' || state === 'closed')
        this.isConnected = false;
    });
    this.#channel.onOpen(() => {
      this.isChannelOpen = true;
    });
    this.#channel.onClosed(() => {
      this.isChannelOpen = false;
      this.listener?.closed();
    });
    this.#channel.onMessage((message) => {
      if (typeof message !== 'string') return;
      this.listener?.message(message);
      this.events.push(JSON.parse(message) as Record<string, unknown>);
    });
    this.#track.onClosed(() => undefined);
    this.#track.onMessage((bytes) => {
      if (this.isOver) return;
      this.packetListener?.(bytes);
      if (isRtcp(bytes)) return;
      const packet = parseRtpPacket(bytes);
      const pcm = packet === undefined ? undefined : this.#decoder.decode(packet.payload);
      if (pcm === undefined) return;
      const power = pcm.reduce((sum, sample) => sum + sample * sample, 0) / pcm.length;
      this.heardRms.push(Math.sqrt(power));
    });
  }
}
