import { type CallAnswer, type CallEndpoint, exchangeOffer } from '../call.ts';
import { asClientError, PrismClientError } from '../client-error.ts';
import { PeerLink, type PeerLinkSink } from '../peer-link.ts';
import type { FadeStep } from '../playback-fade.ts';
import type { HandedOverPacket } from '../playout-position.ts';
import type { AnswerPlayback } from './answer-playback.ts';
import type { LinkFailure } from './connection-plan.ts';
import type { ContinuedCall, Link, LinkSink } from './link.ts';
import { failureOf } from './link-failure.ts';
import type { PreparedPeer } from './prepared-peer.ts';

export interface WebRtcLinkOptions {
  readonly endpoint: CallEndpoint;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly connection: RTCPeerConnection;
  readonly microphone: MediaStream;
  readonly playback: AnswerPlayback;
  readonly call: ContinuedCall | undefined;
  /** Whether what was said before the call is handed over when it is there. */
  readonly hasEarlyAudio: boolean;
  /** The connection is of a call that was prepared, with its channel and its answer. */
  readonly prepared: PreparedPeer | undefined;
  /** Changes the server's answer before it is applied. */
  readonly editAnswer: (sdp: string) => string;
}

/** A call over WebRTC: its peer connection, and the offer that makes or continues the call. */
export class WebRtcLink implements Link {
  readonly kind = 'webrtc';
  readonly silencesAtOnce = false;
  readonly #options: WebRtcLinkOptions;
  readonly #sink: LinkSink;
  readonly #peer: PeerLink;
  readonly #abort = new AbortController();
  #callId: string | undefined;
  #isConnected = false;
  #isChannelOpen = false;
  #isOpened = false;
  #isDetached = false;

  constructor(options: WebRtcLinkOptions, sink: LinkSink) {
    this.#options = options;
    this.#sink = sink;
    const peerSink: PeerLinkSink = {
      onIceState: sink.onIceState,
      onPeerState: (state) => this.#peerState(state),
      onChannelOpen: () => {
        this.#isChannelOpen = true;
        sink.onStep('channel_open');
        this.#openedIfComplete();
      },
      onMessage: sink.onMessage,
      onChannelClosed: () => this.#fail('closed', new PrismClientError('connection_closed')),
      onTrack: (stream) => void options.playback.play(stream),
    };
    const { connection, microphone, prepared } = options;
    const way = { connection, prepared: prepared?.channel };
    this.#peer = new PeerLink(way, microphone, peerSink);
  }

  open(): void {
    void this.#signal().catch((failure: unknown) => {
      const error = asClientError(failure);
      this.#fail(failureOf(error), error);
    });
  }

  send(text: string): void {
    this.#peer.send(text);
  }

  handedOverPacket(): HandedOverPacket | undefined {
    return this.#peer.handedOverPacket();
  }

  outputLatencyMs(): number | undefined {
    return this.#options.playback.outputLatencyMs();
  }

  statistics(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
    return this.#peer.statistics();
  }

  agentRms(): number {
    return this.#options.playback.rms();
  }

  startAudio(): Promise<void> {
    return this.#options.playback.start();
  }

  setOutput(deviceId: string | undefined): Promise<void> {
    return this.#options.playback.setOutput(deviceId);
  }

  fadePlayback(how: FadeStep): void {
    this.#options.playback.fade[how]();
  }

  replaceTrack(track: MediaStreamTrack): void {
    this.#peer.replaceTrack(track);
  }

  detach(): void {
    if (this.#isDetached) return;
    this.#isDetached = true;
    this.#abort.abort();
    this.#peer.detach();
    this.#options.playback.close();
  }

  close(): void {
    this.detach();
    this.#peer.close();
  }

  async #signal(): Promise<void> {
    const { call, prepared } = this.#options;
    const { answerSdp, callId } = prepared ?? (await this.#exchangeOffer());
    this.#callId = callId ?? call?.callId;
    if (this.#callId !== undefined) this.#sink.onAnswered(this.#callId);
    if (this.#isDetached) return;
    await this.#peer.applyAnswer(this.#options.editAnswer(answerSdp));
    if (this.#isDetached) return;
    this.#sink.onStep('answer_applied');
    this.#openedIfComplete();
  }

  async #exchangeOffer(): Promise<CallAnswer> {
    const { fetch, endpoint, call, hasEarlyAudio } = this.#options;
    const offerSdp = await this.#peer.makeOffer();
    if (!this.#isDetached) this.#sink.onStep('offer_ready');
    const request = { offerSdp, call, hasEarlyAudio, signal: this.#abort.signal };
    return exchangeOffer({ fetch }, endpoint, request);
  }

  #peerState(state: RTCPeerConnectionState): void {
    if (state === 'connected') {
      const wasConnected = this.#isConnected;
      this.#isConnected = true;
      if (wasConnected) this.#sink.onSteady();
      else this.#sink.onStep('peer_connected');
      this.#openedIfComplete();
    } else if (state === 'disconnected') {
      this.#sink.onShaken();
    } else if (state === 'failed') {
      this.#fail('network', new PrismClientError('ice_failed'));
    }
  }

  #openedIfComplete(): void {
    if (this.#isOpened || !this.#isConnected || !this.#isChannelOpen) return;
    this.#isOpened = true;
    // A proxy may hide the header that names the call; then it can't be continued, and lives all the same.
    this.#sink.onOpened(this.#callId ?? '');
  }

  #fail(failure: LinkFailure, error: PrismClientError): void {
    if (this.#isDetached) return;
    this.detach();
    this.#sink.onFailed(failure, error);
  }
}
