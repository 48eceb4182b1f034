import {
  DataChannels,
  type DataChannelsEffect,
  type DataChannelsInput,
  DtlsConnection,
  type DtlsInput,
  type DtlsKeysEffect,
  type WallMs,
} from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import { type Offer, readOffer } from '@prism/protocol';
import type { IceFront, IceListener, IceTransport } from '../runtime/ports/ice.ts';
import type { PeerListener } from '../runtime/ports/peer.ts';
import { Deadlines } from '../webrtc/deadlines.ts';
import { NODE_DTLS_CRYPTO } from '../webrtc/dtls/node-dtls-crypto.ts';
import { makeOwnCertificate } from '../webrtc/dtls/own-certificate.ts';
import { RtcPeer } from '../webrtc/rtc-peer.ts';
import { SrtpScratch } from '../webrtc/srtp/srtp-scratch.ts';
import { SrtpSender } from '../webrtc/srtp/srtp-sender.ts';
import { TurnEnd } from '../webrtc/turn-end.ts';
import { notingListener } from './fake-peer.ts';

/** The certificates of all benches: making one for each would be most of a test's time. */
const CERTIFICATES = {
  own: makeOwnCertificate(1_800_000_000_000 as WallMs),
  client: makeOwnCertificate(1_800_000_000_000 as WallMs),
};
const STREAM_ID = 1;

export interface RtcPeerBenchOptions {
  /** What the peer tells is told here too, after it was noted. */
  readonly listener?: Partial<PeerListener>;
  /** The certificate that the offer names, if it isn't the client's. */
  readonly namedFingerprint?: string;
  /** Called before each datagram that leaves. */
  readonly sends?: () => void;
}

/** One peer and a client of it, with a media port between them that carries every datagram at once. */
export class RtcPeerBench {
  readonly told: string[] = [];
  /** What the process's log was told. */
  readonly faults: unknown[] = [];
  readonly clock = new ManualClock();
  readonly offer: Offer;
  readonly peer: RtcPeer;
  /** What the peer sent and the client hasn't been given. */
  readonly toClient: Uint8Array[] = [];
  sentCount = 0;
  readonly #clientDtls: DtlsConnection;
  readonly #clientChannels = new DataChannels({ random32: () => 7 });
  #ice: IceListener | undefined;
  #clientKeys: DtlsKeysEffect | undefined;
  #sequenceNumber = 0;
  #isClientHeard = true;
  path: 'udp' | 'tcp' = 'udp';
  /** Whether the transport is in use. */
  isTransportOpen = true;
  readonly #sends: () => void;

  constructor({ listener, namedFingerprint, sends }: RtcPeerBenchOptions = {}) {
    this.#sends = sends ?? (() => undefined);
    this.offer = offerOf(namedFingerprint ?? CERTIFICATES.client.fingerprint);
    this.#clientDtls = new DtlsConnection({
      role: 'server',
      crypto: NODE_DTLS_CRYPTO,
      certificate: CERTIFICATES.client,
      remoteFingerprints: offerOf(CERTIFICATES.own.fingerprint).transport.fingerprints,
      srtpProfiles: ['aes128_cm_sha1_80'],
    });
    this.peer = new RtcPeer(this.offer, tellBoth(notingListener(this.told), listener), {
      front: this.front,
      clock: this.clock,
      deadlines: new Deadlines(this.clock),
      turnEnd: new TurnEnd(),
      certificate: CERTIFICATES.own,
      sendScratch: new SrtpScratch(),
      receiveScratch: new SrtpScratch(),
      randomUint32: () => 9,
      clientAddress: undefined,
      dataChannelId: undefined,
      reached: undefined,
      fault: (error) => this.faults.push(error),
    });
    this.clientDtls({ type: 'start' });
  }

  /** The media port's side. */
  get ice(): IceListener {
    if (this.#ice === undefined) throw new Error('The peer has opened no transport.');
    return this.#ice;
  }

  /** Connects, and opens the client's channel. */
  static connected(options: RtcPeerBenchOptions = {}): RtcPeerBench {
    const bench = new RtcPeerBench(options);
    bench.ice.reached();
    bench.channels({ type: 'start' });
    bench.channels({ type: 'open', streamId: STREAM_ID, label: 'oai-events', isNegotiated: false });
    return bench;
  }

  /** Gives the client what was sent, and the peer its answers, until nothing is left. */
  carry(): void {
    for (let bytes = this.toClient.shift(); bytes !== undefined; bytes = this.toClient.shift())
      this.clientDtls({ type: 'datagram', bytes });
  }

  /** As {@link carry}, but the first flight's answer is the last of the client's DTLS that comes through. */
  carryOnlyDown(): void {
    this.carryDown(this.toClient.shift());
    this.carry();
  }

  /** The client has this hello, its answer comes, and nothing of the client's after that. */
  carryDown(hello: Uint8Array | undefined): void {
    if (hello !== undefined) this.clientDtls({ type: 'datagram', bytes: hello });
    this.#isClientHeard = false;
  }

  clientDtls(input: DtlsInput): void {
    for (const effect of this.#clientDtls.handle(input, this.clock.nowMs())) {
      if (effect.type === 'datagram' && this.#isClientHeard) this.ice.datagram(effect.bytes);
      if (effect.type === 'keys') this.#clientKeys = effect;
      if (effect.type === 'data') this.channels({ type: 'packet', bytes: effect.bytes });
    }
  }

  /** An input of the client's channels, with all that follows at both ends. */
  channels(input: DataChannelsInput): void {
    this.#performChannels(this.#clientChannels.handle(input, this.clock.nowMs()));
    this.carry();
  }

  /** Messages of the client on its channel, whose packets come in reverse: what is told of all follows from the last. */
  messages(...texts: readonly string[]): void {
    const effects = texts.flatMap((text) =>
      this.#clientChannels.handle(
        { type: 'send', streamId: STREAM_ID, kind: 'text', bytes: Buffer.from(text) },
        this.clock.nowMs(),
      ),
    );
    this.#performChannels(effects.toReversed());
    this.carry();
  }

  /** One packet of the client's audio; gives it back as it was sent. */
  media(): Uint8Array {
    if (this.#clientKeys === undefined) throw new Error('The client has no keys yet.');
    const { profile, local } = this.#clientKeys;
    const packet = Buffer.alloc(32);
    packet.writeUInt16BE(0x806f, 0);
    this.#sequenceNumber += 1;
    packet.writeUInt16BE(this.#sequenceNumber, 2);
    const bytes = new SrtpSender(profile, local).protect(packet);
    if (bytes === undefined) throw new Error('The packet can’t be protected.');
    const sent = Uint8Array.from(bytes);
    this.ice.datagram(sent);
    return sent;
  }

  #performChannels(effects: readonly DataChannelsEffect[]): void {
    for (const effect of effects)
      if (effect.type === 'packet') this.clientDtls({ type: 'send', bytes: effect.bytes });
  }

  /** A media port that carries to and from the client. */
  get front(): IceFront {
    const local = { ufrag: 'prsm', pwd: 'abcdefghijklmnopqrstuvwx' };
    const path = (): 'udp' | 'tcp' => this.path;
    const transport: IceTransport = {
      local,
      candidates: { candidateLines: [], destination: { address: '192.0.2.1', port: 9 } },
      get path() {
        return path();
      },
      send: (bytes) => {
        this.#sends();
        this.sentCount += 1;
        this.toClient.push(Uint8Array.from(bytes));
        return true;
      },
      packetVerified: () => undefined,
      restart: () => local,
      describe: () => ({ path: 'udp', pathCount: 1, pathChanges: 0, datagramsDropped: 0 }),
      close: () => {
        this.isTransportOpen = false;
      },
    };
    return {
      open: (_, listener) => {
        this.#ice = listener;
        return transport;
      },
      close: () => Promise.resolve(),
    };
  }
}

function offerOf(fingerprint: string): Offer {
  const lines = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'm=audio 9 UDP/TLS/RTP/SAVPF 111',
    'a=ice-ufrag:abcd',
    'a=ice-pwd:abcdefghijklmnopqrstuvwx',
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:actpass',
    'a=mid:0',
    'a=rtpmap:111 opus/48000/2',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'a=mid:1',
    'a=sctp-port:5000',
  ];
  const read = readOffer(lines.join('\r\n'));
  if (!read.isValid) throw new Error(read.error.message);
  return read.offer;
}

function tellBoth(first: PeerListener, second: Partial<PeerListener> = {}): PeerListener {
  return {
    connected: () => {
      first.connected();
      second.connected?.();
    },
    closed: () => {
      first.closed();
      second.closed?.();
    },
    lost: () => {
      first.lost();
      second.lost?.();
    },
    failed: (error) => {
      first.failed(error);
      second.failed?.(error);
    },
    packet: (bytes) => {
      first.packet(bytes);
      second.packet?.(bytes);
    },
    channelOpened: () => {
      first.channelOpened();
      second.channelOpened?.();
    },
    channelMessage: (text) => {
      first.channelMessage(text);
      second.channelMessage?.(text);
    },
    channelClosed: () => {
      first.channelClosed();
      second.channelClosed?.();
    },
  };
}
