import type { BrowserEnvironment } from '../browser-environment.ts';
import { type CallEndpoint, exchangeOffer, hangUp } from '../call.ts';
import { PrismClientError } from '../client-error.ts';
import { fetchIceServers } from '../ice-servers.ts';
import { offeringAudioNack } from '../offer-nack.ts';
import { eventsChannel } from '../peer-link.ts';
import { endpointOf } from '../session/endpoint.ts';
import type { ConnectOptions } from '../session-options.ts';
import type { PreparedPeer, PreparedWay } from './prepared-peer.ts';

/** The server keeps an answer for 30 s; what is left is for its way, and for the client's first check. */
const USABLE_MS = 25_000;

/**
 * A call that the server has answered ahead of time (`?begin=when_reached`): it begins, and costs, when a session takes
 * it, and saves that session a round trip.
 */
export class PreparedCall implements PreparedWay {
  /** Whose token controls the call. */
  readonly endpoint: CallEndpoint;
  /** Whether the answer is there; `false` if there is none, for whatever reason: `connect` then calls as ever. */
  readonly isReady: Promise<boolean>;
  readonly #environment: BrowserEnvironment;
  readonly #abort = new AbortController();
  #peer: PreparedPeer | undefined;
  #cancelTimer: (() => void) | undefined;

  private constructor(options: ConnectOptions, environment: BrowserEnvironment) {
    this.#environment = environment;
    this.endpoint = endpointOf(options, environment);
    this.isReady = this.#prepare(options);
  }

  /** Asks for an answer; nothing is heard of the microphone yet. */
  static open(options: ConnectOptions, environment: BrowserEnvironment): PreparedCall {
    return new PreparedCall(options, environment);
  }

  /** The connection, for the one who asks first and in time. */
  take(): PreparedPeer | undefined {
    const peer = this.#peer;
    this.#peer = undefined;
    this.#cancelTimer?.();
    this.#abort.abort();
    return peer;
  }

  /** Gives the place of the call back, unless a session has taken it. Idempotent. */
  close(): void {
    const peer = this.take();
    if (peer === undefined) return;
    peer.connection.close();
    if (peer.callId !== undefined) void hangUp(this.#environment, this.endpoint, peer.callId);
  }

  async #prepare(options: ConnectOptions): Promise<boolean> {
    const { signal } = this.#abort;
    const { endpoint } = this;
    const { path = 'any', iceServers = [], earlyAudio = true } = options;
    const hasEarlyAudio = earlyAudio && 'AudioWorkletNode' in globalThis;
    const connection = this.#environment.newConnection({
      iceServers:
        iceServers === 'server'
          ? await fetchIceServers(this.#environment, endpoint, signal)
          : iceServers,
      iceTransportPolicy: path === 'relay' ? 'relay' : 'all',
    });
    try {
      connection.addTransceiver('audio');
      const channel = eventsChannel(connection);
      const { sdp = '' } = await connection.createOffer();
      await connection.setLocalDescription({ type: 'offer', sdp });
      const query = { ...endpoint.query, begin: 'when_reached' };
      const answer = await exchangeOffer(
        this.#environment,
        { ...endpoint, query },
        { offerSdp: offeringAudioNack(sdp), hasEarlyAudio, signal },
      );
      if (signal.aborted) throw new PrismClientError('connect_aborted');
      this.#peer = { ...answer, connection, channel, hasEarlyAudio };
      this.#cancelTimer = this.#environment.setTimer(() => this.close(), USABLE_MS);
      return true;
    } catch (failure) {
      connection.close();
      if (failure instanceof PrismClientError) return false;
      throw failure;
    }
  }
}
