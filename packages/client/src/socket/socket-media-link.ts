import type { CallEndpoint } from '../call.ts';
import { asClientError, PrismClientError } from '../client-error.ts';
import type { ContinuedCall, Link, LinkSink } from '../connection/link.ts';
import { failureOf, type LinkFailure } from '../connection/link-failure.ts';
import type { FadeStep, SilenceTeller } from '../playback-fade.ts';
import type { HandedOverPacket } from '../playout-position.ts';
import type { MicrophoneTap } from '../sound/microphone-tap.ts';
import { AudioEngine, type SpeakerChoice } from './audio-engine.ts';
import { type FrameCoder, type FrameCoderSink, Pcm16Coder } from './frame-coder.ts';
import { type MediaPacket, MediaPacketWriter } from './media-packet.ts';
import { OpusCoder } from './opus-coder.ts';
import { SocketLink } from './socket-link.ts';

/** RTP ticks of a frame: 20 ms at 48 kHz. */
const FRAME_TICKS = 960;

/** Close codes that end a call for good, by what they mean (`docs/reference/media-websocket.md`). */
const DRAINING_CODE = 1012;
/** The server doesn't take the token. */
const TOKEN_REFUSED_CODE = 3000;
const ABNORMAL_CODES: ReadonlySet<number> = new Set([1005, 1006, 1015]);

export interface SocketMediaLinkOptions {
  readonly endpoint: CallEndpoint;
  /** The microphone, which records until the socket is open. */
  readonly tap: Promise<MicrophoneTap>;
  readonly call: ContinuedCall | undefined;
  readonly speaker: SpeakerChoice;
}

/** A call over a media WebSocket. */
export class SocketMediaLink implements Link {
  readonly kind = 'websocket';
  readonly silencesAtOnce = true;
  readonly #options: SocketMediaLinkOptions;
  readonly #sink: LinkSink;
  readonly #writer = new MediaPacketWriter(crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);
  #tap: MicrophoneTap | undefined;
  #engine: AudioEngine | undefined;
  #coder: FrameCoder | undefined;
  #socket: SocketLink | undefined;
  /** Of what was said before the socket was open, what is still to be sent. */
  #earlyFrames = 0;
  #isOpen = false;
  #isDialledAgain = false;
  #isDetached = false;
  #ssrc = 0;
  #packetsReceived = 0;
  #bytesReceived = 0;

  constructor(options: SocketMediaLinkOptions, sink: LinkSink) {
    this.#options = options;
    this.#sink = sink;
  }

  open(): void {
    void this.#open().catch((failure: unknown) => {
      const error = asClientError(failure);
      this.#fail(failureOf(error), error);
    });
  }

  send(text: string): void {
    if (this.#socket === undefined || !this.#isOpen) throw new PrismClientError('not_connected');
    this.#socket.send(text);
  }

  handedOverPacket(): HandedOverPacket | undefined {
    const told = this.#engine?.playedPosition;
    const rtpTimestamp = told?.position.rtpTimestamp;
    if (told === undefined || rtpTimestamp === undefined) return undefined;
    return { ssrc: this.#ssrc, rtpTimestamp, atMs: told.atMs };
  }

  outputLatencyMs(): number | undefined {
    return this.#engine?.outputLatencyMs;
  }

  /** As a WebRTC report has it, so that who reads those reads this. */
  statistics(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>> {
    const position = this.#engine?.position?.position;
    const playedSamples = position?.playedSamples ?? 0;
    const inbound = {
      type: 'inbound-rtp',
      kind: 'audio',
      codecId: 'codec',
      packetsReceived: this.#packetsReceived,
      bytesReceived: this.#bytesReceived,
      packetsLost: 0,
      jitterBufferDelay: (position?.waitedMs ?? 0) / 1_000,
      jitterBufferEmittedCount: playedSamples,
      totalSamplesReceived: playedSamples,
    };
    const codec = {
      type: 'codec',
      mimeType: this.#coder?.format === 'opus' ? 'audio/opus' : 'audio/L16',
      clockRate: 48_000,
      channels: 1,
    };
    return Promise.resolve(
      new Map<string, Readonly<Record<string, unknown>>>([
        ['inbound', inbound],
        ['codec', codec],
      ]),
    );
  }

  agentRms(): number {
    return this.#engine?.position?.rms ?? 0;
  }

  async startAudio(): Promise<void> {
    await this.#engine?.resume();
  }

  async setOutput(deviceId: string | undefined): Promise<void> {
    await this.#engine?.setOutput(deviceId);
  }

  /** Silence is a flush of what was there, which needs no end; and what the server has made quieter is next. */
  fadePlayback(how: FadeStep, onSilent?: SilenceTeller): void {
    if (how !== 'silence') return;
    // What a decoder has still got came before the cut.
    this.#coder?.forget();
    this.#engine?.flush(onSilent);
  }

  replaceTrack(): void {
    // The microphone's tap has changed to it already.
  }

  detach(): void {
    if (this.#isDetached) return;
    this.#isDetached = true;
    this.#tap?.takeBack(this.#captured);
    this.#socket?.detach();
    this.#engine?.close();
    this.#coder?.close();
  }

  close(): void {
    this.detach();
    this.#socket?.close();
  }

  async #open(): Promise<void> {
    const { tap, endpoint } = this.#options;
    this.#tap = await tap;
    const canOpus = await OpusCoder.isSupported();
    if (this.#isDetached) return;
    const engine = new AudioEngine(this.#tap, this.#options.speaker, {
      onPulse: this.#sink.onPulse,
      onPlayback: this.#sink.onPlayback,
    });
    this.#engine = engine;
    const made: FrameCoderSink = {
      onEncoded: (payload) => this.#encoded(payload),
      onDecoded: (rtpTimestamp, samples) => engine.play(rtpTimestamp, samples),
    };
    this.#coder = canOpus
      ? new OpusCoder(made, () => {
          // What the server sends stays Opus; without a decoder there is nothing to hear.
          this.#fail('network', new PrismClientError('audio_unsupported'));
        })
      : new Pcm16Coder(made);
    this.#dial(this.#coder.format, await endpoint.tokens.current());
  }

  #dial(format: FrameCoder['format'], token: string | undefined): void {
    if (this.#isDetached) return;
    const { endpoint, call } = this.#options;
    const query = call === undefined ? (endpoint.query ?? {}) : queryOf(call);
    this.#socket = new SocketLink(
      { url: endpoint.url, token, format, query },
      {
        onReady: (callId, ssrc) => this.#ready(callId, ssrc),
        onMessage: (text) => this.#sink.onMessage(text),
        onPacket: (packet) => this.#packet(packet),
        onEnded: (code, refusal) => {
          if (code === TOKEN_REFUSED_CODE && refusal !== undefined && !this.#isOpen)
            this.#dialAgain(format, token, refusal);
          else this.#ended(code, refusal);
        },
      },
    );
  }

  #ready(callId: string, ssrc: number): void {
    if (this.#isDetached) return;
    this.#isOpen = true;
    this.#ssrc = ssrc;
    this.#sink.onAnswered(callId);
    this.#sink.onStep('channel_open');
    this.#sink.onOpened(callId);
    // What was said until now goes first, faster than it was spoken.
    const recorded = this.#tap?.recorded() ?? [];
    this.#earlyFrames = recorded.length;
    for (const samples of recorded) this.#coder?.encode(samples);
    this.#tap?.handTo(this.#captured);
  }

  readonly #captured = (samples: Float32Array): void => {
    this.#coder?.encode(samples);
  };

  #encoded(payload: Uint8Array): void {
    const coder = this.#coder;
    if (this.#isDetached || coder === undefined) return;
    const packet = this.#writer.write(coder.payloadType, payload, FRAME_TICKS);
    this.#socket?.sendPacket(packet, this.#earlyFrames > 0);
    if (this.#earlyFrames > 0) this.#earlyFrames -= 1;
  }

  #packet(packet: MediaPacket): void {
    if (this.#isDetached || packet.payloadType !== this.#coder?.payloadType) return;
    this.#packetsReceived += 1;
    this.#bytesReceived += packet.payload.length;
    this.#coder.decode(packet.rtpTimestamp, packet.payload);
  }

  /** Once, with another token; without one the refusal stands. */
  #dialAgain(
    format: FrameCoder['format'],
    refused: string | undefined,
    refusal: PrismClientError,
  ): void {
    const isAgain = this.#isDialledAgain;
    this.#isDialledAgain = true;
    const another = isAgain
      ? Promise.resolve(undefined)
      : this.#options.endpoint.tokens.instead(refused);
    void another.then(
      (token) => {
        if (token === undefined) this.#fail('refused', refusal);
        else this.#dial(format, token);
      },
      (failure: unknown) => {
        const error = failure instanceof PrismClientError ? failure : refusal;
        this.#fail(failureOf(error), error);
      },
    );
  }

  #ended(code: number, refusal: PrismClientError | undefined): void {
    if (refusal !== undefined && !this.#isOpen) return this.#fail(failureOf(refusal), refusal);
    const isLost = ABNORMAL_CODES.has(code);
    const failure: LinkFailure =
      code === DRAINING_CODE ? 'draining' : isLost ? 'network' : 'closed';
    const error = new PrismClientError(this.#isOpen ? 'connection_closed' : 'socket_failed');
    this.#fail(failure, error);
  }

  #fail(failure: LinkFailure, error: PrismClientError): void {
    if (this.#isDetached) return;
    this.detach();
    this.#sink.onFailed(failure, error);
  }
}

function queryOf({ callId }: ContinuedCall): Readonly<Record<string, string>> {
  return { call_id: callId, take_over: 'when_asked' };
}
