import { type CallEndpoint, exchangeOffer } from '../call.ts';
import { PrismClientError } from '../client-error.ts';
import { PeerLink } from '../peer-link.ts';
import type { HandedOverPacket } from '../playout-position.ts';
import type { AnswerPlayback } from './answer-playback.ts';
import type { LinkFailure } from './connection-plan.ts';
import type { ContinuedCall, Link, LinkSink } from './link.ts';
import { failureOf } from './link-failure.ts';

export interface WebRtcLinkOptions {
  readonly endpoint: CallEndpoint;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly connection: RTCPeerConnection;
  readonly microphone: MediaStream;
  readonly playback: AnswerPlayback;
  readonly call: ContinuedCall | undefined;
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
    this.#peer = new PeerLink(options.connection, options.microphone, {
      onIceState: sink.onIceState,
      onPeerState: (state) => this.#peerState(state),
      onChannelOpen: () => {
        this.#isChannelOpen = true;
        sink.onStep('channel_open');
        this.#openedIfComplete();
      },
      onMessage: sink.onMessage,
      onChannelClosed: () => this.#fail('closed', new PrismClientError('connection_closed')),
      onTrack: (stream) => {
        options.playback.play(stream).catch((failure: unknown) => {
          if (failure instanceof PrismClientError) sink.onBlocked(failure);
        });
      },
    });
  }

  open(): void {
    void this.#signal().catch((failure: unknown) => {
      const error =
        failure instanceof PrismClientError
          ? failure
          : new PrismClientError('setup_failed', { cause: failure });
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

  softenPlayback(): void {
    this.#options.playback.fade.soften();
  }

  silencePlayback(): void {
    this.#options.playback.fade.silence();
  }

  restorePlayback(): void {
    this.#options.playback.fade.restore();
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
    const { fetch, endpoint, call } = this.#options;
    const offerSdp = await this.#peer.makeOffer();
    if (this.#isDetached) return;
    this.#sink.onStep('offer_ready');
    const request = { offerSdp, call, signal: this.#abort.signal };
    const { answerSdp, callId } = await exchangeOffer({ fetch }, endpoint, request);
    this.#callId = callId ?? call?.callId;
    if (this.#callId !== undefined) this.#sink.onAnswered(this.#callId);
    if (this.#isDetached) return;
    await this.#peer.applyAnswer(this.#options.editAnswer(answerSdp));
    if (this.#isDetached) return;
    this.#sink.onStep('answer_applied');
    this.#openedIfComplete();
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
