import {
  type Clock,
  type DtlsCloseReason,
  DtlsConnection,
  type DtlsEffect,
  type DtlsInput,
  earliest,
  isDue,
  type MonotonicMs,
} from '@prism/core';
import {
  isDtls,
  type Offer,
  type OfferChannel,
  type SrtpMasterKey,
  type SrtpProfile,
} from '@prism/protocol';
import type { SendOutcome } from '../runtime/ports/controller.ts';
import type { IceFront, IceListener, IceTransport } from '../runtime/ports/ice.ts';
import type {
  AnsweredOffer,
  Peer,
  PeerAudio,
  PeerDescription,
  PeerListener,
} from '../runtime/ports/peer.ts';
import { Answerer, MESSAGE_BYTES_MAX, SCTP_PORT } from './answerer.ts';
import type { DeadlineOwner, Deadlines } from './deadlines.ts';
import { NODE_DTLS_CRYPTO } from './dtls/node-dtls-crypto.ts';
import type { OwnCertificate } from './dtls/own-certificate.ts';
import { EventChannel } from './event-channel.ts';
import { refusalsOf } from './peer-refusals.ts';
import { SrtpReceiver, type SrtpReceiverCounters } from './srtp/srtp-receiver.ts';
import type { SrtpScratch } from './srtp/srtp-scratch.ts';
import { SrtpSender } from './srtp/srtp-sender.ts';
import type { TurnEnd, TurnEndOwner } from './turn-end.ts';

export interface RtcPeerOptions {
  readonly front: IceFront;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly turnEnd: TurnEnd;
  readonly certificate: OwnCertificate;
  /** Where packets are protected before they are sent; one for all peers. */
  readonly sendScratch: SrtpScratch;
  /** Where they are opened: another, since what is received may have something sent before it is read. */
  readonly receiveScratch: SrtpScratch;
  readonly randomUint32: () => number;
  readonly clientAddress: string | undefined;
  /** Stream id of a pre-negotiated data channel; undefined if the client opens it in band. */
  readonly dataChannelId: number | undefined;
  /** The client's first valid check has come. */
  readonly reached: (() => void) | undefined;
  /** A peer was ended by what it threw: for the process's log. */
  readonly fault: (error: unknown) => void;
}

/** Protection that is offered, and so used: every client has it, and with OpenSSL in Node it costs a third of AES-GCM. */
const SRTP_PROFILES_OFFERED: readonly SrtpProfile[] = ['aes128_cm_sha1_80'];
/** What is accepted where the client offers, which has the first one, too, by all means (RFC 8827, section 6.5). */
const SRTP_PROFILES_ACCEPTED: readonly SrtpProfile[] = [
  'aes128_cm_sha1_80',
  'aead_aes_128_gcm',
  'aead_aes_256_gcm',
];
/** First bytes of RTP and RTCP (RFC 7983, section 7). */
const MEDIA_FIRST_BYTE_MIN = 128;
const MEDIA_FIRST_BYTE_MAX = 191;

/**
 * One answered peer connection: DTLS, SRTP and SCTP over one client's way through the media port, all in the thread
 * that reads the port.
 *
 * What calls it from outside of a session (the port, timers, the turn's end) never sees it throw: a throw is a bug, and
 * ends this peer with its call and nothing else.
 */
export class RtcPeer implements Peer, DeadlineOwner, TurnEndOwner {
  readonly answerSdp: string;
  readonly audio: PeerAudio;
  readonly #options: RtcPeerOptions;
  readonly #listener: PeerListener;
  readonly #answerer: Answerer;
  readonly #transport: IceTransport;
  readonly #dtls: DtlsConnection;
  readonly #channel: EventChannel | undefined;
  #sender: SrtpSender | undefined;
  #receiver: SrtpReceiver | undefined;
  /** Of the receiver that was, once no media passes any more. */
  #lastSrtpCounters: SrtpReceiverCounters | undefined;
  #isConnected = false;
  #hasFailed = false;
  #hasEnded = false;
  #endReason: DtlsCloseReason | 'internal_error' | undefined;
  #isClosed = false;
  #bytesSent = 0;
  #bytesReceived = 0;

  /** Answers `offer`. */
  constructor(offer: Offer, listener: PeerListener, options: RtcPeerOptions) {
    this.#options = options;
    this.#listener = listener;
    const { clientAddress, certificate, randomUint32 } = options;
    this.#transport = options.front.open(
      { client: offer.transport, clientAddress },
      this.#iceListener(),
    );
    try {
      // The answer takes the DTLS client's role where it may: its first flight leaves as soon as a check of the client
      // has come, one round trip before the client could send its own.
      const role = offer.transport.setup === 'active' ? 'server' : 'client';
      this.#dtls = new DtlsConnection({
        role,
        crypto: NODE_DTLS_CRYPTO,
        certificate,
        remoteFingerprints: offer.transport.fingerprints,
        srtpProfiles: role === 'client' ? SRTP_PROFILES_OFFERED : SRTP_PROFILES_ACCEPTED,
      });
      this.#answerer = new Answerer(offer, this.#transport, {
        fingerprint: `sha-256 ${certificate.fingerprint}`,
        setup: role === 'client' ? 'active' : 'passive',
        ssrc: randomUint32(),
        sessionId: randomUint32(),
      });
      this.audio = this.#answerer.audio;
      this.answerSdp = this.#answerer.answer(this.#transport.local);
      if (offer.channel !== undefined) this.#channel = this.#channelFor(offer.channel);
    } catch (error) {
      this.#transport.close();
      throw error;
    }
  }

  get deadlineMs(): MonotonicMs | undefined {
    if (this.#isClosed) return undefined;
    return earliest(this.#dtls.deadlineMs, this.#channel?.deadlineMs);
  }

  deadlineDue(nowMs: MonotonicMs): void {
    this.#guard(() => {
      if (isDue(this.#dtls.deadlineMs, nowMs)) this.#secure({ type: 'deadline' }, nowMs);
      if (isDue(this.#channel?.deadlineMs, nowMs)) this.#channel?.deadlineDue(nowMs);
    });
  }

  turnEnded(): void {
    this.#guard(() => {
      if (this.#isClosed) return;
      this.#channel?.flush(this.#options.clock.nowMs());
      this.#options.deadlines.update(this);
    });
  }

  sendPacket(bytes: Uint8Array): boolean {
    if (!this.#isConnected || this.#sender === undefined) return false;
    const packet = this.#sender.protect(bytes);
    return packet !== undefined && this.#send(packet);
  }

  sendText(text: string): SendOutcome {
    if (this.#isClosed || this.#channel === undefined) return 'unsent';
    const outcome = this.#channel.sendText(text);
    if (outcome === 'sent') this.#options.turnEnd.await(this);
    return outcome;
  }

  restart(offer: Offer): AnsweredOffer | undefined {
    if (this.#hasEnded) return undefined;
    return this.#answerer.restart(offer);
  }

  describe(): PeerDescription {
    return {
      state: this.#state,
      endReason: this.#endReason,
      ice: this.#transport.describe(),
      rttMs: this.#isClosed ? undefined : this.#channel?.rttMs,
      handshakeRepeats: this.#dtls.counters.repeatedFlightCount,
      bytesSent: this.#bytesSent,
      bytesReceived: this.#bytesReceived,
      refused: refusalsOf(
        this.#receiver?.counters ?? this.#lastSrtpCounters,
        this.#dtls.counters,
        this.#channel?.counters,
      ),
    };
  }

  close(): void {
    if (this.#isClosed) return;
    // From here on nothing is told.
    this.#stop();
    const nowMs = this.#options.clock.nowMs();
    this.#channel?.close(nowMs);
    this.#secure({ type: 'close' }, nowMs);
    this.#isClosed = true;
    this.#options.deadlines.remove(this);
    this.#transport.close();
  }

  get #state(): string {
    if (this.#isClosed) return this.#endReason === 'internal_error' ? 'failed' : 'closed';
    if (this.#hasEnded) return this.#hasFailed ? 'failed' : 'closed';
    if (this.#isConnected) return 'connected';
    return this.#dtls.state === 'new' ? 'new' : 'connecting';
  }

  #iceListener(): IceListener {
    return {
      reached: () => this.#guard(() => this.#reached()),
      moved: () => this.#guard(() => this.#moved()),
      datagram: (bytes) => {
        // Not by `#guard`: a closure for each packet is garbage.
        try {
          this.#take(bytes);
        } catch (error) {
          this.#fail(error);
        }
      },
      lost: () =>
        this.#guard(() => {
          if (!this.#hasEnded) this.#listener.lost();
        }),
      found: () =>
        this.#guard(() => {
          if (this.#isConnected) this.#listener.connected();
        }),
      failed: (error) => this.#fail(error),
    };
  }

  #channelFor(channel: OfferChannel): EventChannel {
    const { randomUint32, dataChannelId } = this.#options;
    return new EventChannel({
      ...channel,
      localSctpPort: SCTP_PORT,
      localMessageBytesMax: MESSAGE_BYTES_MAX,
      randomUint32,
      dataChannelId,
      listener: this.#listener,
      ended: () => this.#end(true),
      send: (bytes, nowMs) => this.#secure({ type: 'send', bytes }, nowMs),
    });
  }

  #reached(): void {
    this.#options.reached?.();
    this.#secure({ type: 'start' }, this.#options.clock.nowMs());
  }

  #moved(): void {
    const isReliable = this.#transport.path === 'tcp';
    this.#secure({ type: 'path', isReliable }, this.#options.clock.nowMs());
  }

  #take(bytes: Uint8Array): void {
    if (this.#isClosed) return;
    this.#bytesReceived += bytes.length;
    const first = bytes[0] ?? 0;
    if (first >= MEDIA_FIRST_BYTE_MIN && first <= MEDIA_FIRST_BYTE_MAX) this.#takeMedia(bytes);
    else if (isDtls(bytes)) this.#secure({ type: 'datagram', bytes }, this.#options.clock.nowMs());
  }

  #takeMedia(bytes: Uint8Array): void {
    const packet = this.#receiver?.unprotect(bytes);
    if (packet === undefined) return;
    this.#transport.packetVerified();
    // It has our Finished, and its own is lost.
    if (!this.#isConnected) this.#secure({ type: 'peer_is_ahead' }, this.#options.clock.nowMs());
    this.#listener.packet(packet);
  }

  #send(bytes: Uint8Array): boolean {
    const isSent = this.#transport.send(bytes);
    if (isSent) this.#bytesSent += bytes.length;
    return isSent;
  }

  #secure(input: DtlsInput, nowMs: MonotonicMs): void {
    for (const effect of this.#dtls.handle(input, nowMs)) {
      if (this.#isClosed) return;
      this.#execute(effect, nowMs);
    }
    this.#options.deadlines.update(this);
  }

  #execute(effect: DtlsEffect, nowMs: MonotonicMs): void {
    switch (effect.type) {
      case 'datagram':
        this.#send(effect.bytes);
        return;
      case 'keys':
        this.#useKeys(effect.profile, effect.local, effect.remote);
        this.#channel?.start(this.#dtls.roundTripMs, nowMs);
        return;
      case 'connected':
        this.#isConnected = true;
        this.#listener.connected();
        return;
      case 'data':
        this.#channel?.packet(effect.bytes, nowMs);
        return;
      case 'closed':
        if (!this.#hasEnded) this.#endReason = effect.reason;
        this.#end(effect.reason === 'closed_by_peer');
    }
  }

  #useKeys(profile: SrtpProfile, local: SrtpMasterKey, remote: SrtpMasterKey): void {
    this.#sender = new SrtpSender(profile, local, this.#options.sendScratch);
    this.#receiver = new SrtpReceiver(profile, remote, this.#options.receiveScratch);
  }

  /** The client has said goodbye, or DTLS has failed. Once. */
  #end(isGoodbye: boolean): void {
    if (this.#hasEnded) return;
    this.#stop();
    this.#hasFailed = !isGoodbye;
    this.#channel?.connectionEnded();
    if (this.#isClosed) return;
    if (isGoodbye) this.#listener.closed();
    else this.#listener.lost();
  }

  /** Runs what comes from outside of the session; a throw is a bug and ends this peer. */
  #guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A bug: this peer is over, and its call with it. */
  #fail(error: unknown): void {
    if (this.#isClosed) return;
    this.#endReason = 'internal_error';
    this.#stop();
    try {
      this.#secure({ type: 'close' }, this.#options.clock.nowMs());
    } catch {
      // What threw may throw again; then the client hears no goodbye.
    }
    this.#isClosed = true;
    this.#options.deadlines.remove(this);
    this.#transport.close();
    this.#options.fault(error);
    this.#listener.failed(error);
  }

  /** No media passes any more, either way. */
  #stop(): void {
    this.#hasEnded = true;
    this.#isConnected = false;
    this.#sender = undefined;
    this.#lastSrtpCounters = this.#receiver?.counters ?? this.#lastSrtpCounters;
    this.#receiver = undefined;
  }
}
