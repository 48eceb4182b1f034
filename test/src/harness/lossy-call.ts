import type { MonotonicMs } from '@prism/core';
import { isRtcp, parseRtpPacket, type RtpPacket, readOffer } from '@prism/protocol';
import { AudioAttachment, createAudioCodecs, type createPeerFactory } from '@prism/server/internal';

const codecs = createAudioCodecs();

type Peers = ReturnType<typeof createPeerFactory>;
type Accepted = Awaited<ReturnType<Peers['accept']>>;

/** Prism's end of a call without the session behind it: what comes in is counted, and some of it lost on purpose. */
export class LossyCall {
  /** RTP packets that came, those dropped included, by payload type. */
  readonly packetsByPayloadType = new Map<number, number>();
  packetsDropped = 0;
  samplesHeard = 0;
  answerSdp = '';
  readonly #isLost: (packet: RtpPacket) => boolean;
  #accepted: Accepted | undefined;
  #audio: AudioAttachment | undefined;

  private constructor(isLost: (packet: RtpPacket) => boolean) {
    this.#isLost = isLost;
  }

  /** Answers `offerSdp`; of the packets that come, those that `isLost` names are dropped before anybody sees them. */
  static async answer(
    peers: Peers,
    offerSdp: string,
    isLost: (packet: RtpPacket) => boolean,
  ): Promise<LossyCall> {
    const read = readOffer(offerSdp);
    if (!read.isValid) throw new Error(read.error.message);
    const call = new LossyCall(isLost);
    await call.#open(peers, read.offer);
    return call;
  }

  /** What became of the packets. */
  get inbound(): ReturnType<AudioAttachment['stats']>['inbound'] | undefined {
    return this.#audio?.stats().inbound;
  }

  close(): void {
    this.#audio?.close(performance.now() as MonotonicMs);
    if (this.#accepted?.isAccepted === true) this.#accepted.peer.close();
  }

  async #open(peers: Peers, offer: Parameters<Peers['accept']>[0]): Promise<void> {
    const accepted = await peers.accept(
      offer,
      {
        connected: () => undefined,
        closed: () => undefined,
        packet: (bytes) => this.#packet(bytes),
        channelOpened: () => undefined,
        channelMessage: () => undefined,
        channelClosed: () => undefined,
      },
      { dataChannelId: undefined },
    );
    if (!accepted.isAccepted) throw new Error(accepted.error.message);
    this.#accepted = accepted;
    this.answerSdp = accepted.peer.answerSdp;
    this.#audio = new AudioAttachment({
      codecs,
      audio: accepted.peer.audio,
      start: { sequenceNumber: 1, timestamp: 1 },
      wallOffsetMs: 0,
      slotPositionAt: (nowMs) => nowMs / 20,
      setTimer: (atMs, fire) => {
        const handle = setTimeout(
          () => fire(performance.now() as MonotonicMs),
          Math.max(0, atMs - performance.now()),
        );
        return { cancel: () => clearTimeout(handle) };
      },
      receive: (pcm) => {
        this.samplesHeard += pcm.length;
      },
      send: (bytes) => accepted.peer.sendPacket(bytes),
    });
  }

  #packet(bytes: Uint8Array): void {
    const packet = isRtcp(bytes) ? undefined : parseRtpPacket(bytes);
    if (packet !== undefined) {
      const { payloadType } = packet;
      const count = this.packetsByPayloadType.get(payloadType) ?? 0;
      this.packetsByPayloadType.set(payloadType, count + 1);
      if (this.#isLost(packet)) {
        this.packetsDropped += 1;
        return;
      }
    }
    this.#audio?.packet(bytes, performance.now() as MonotonicMs);
  }
}
