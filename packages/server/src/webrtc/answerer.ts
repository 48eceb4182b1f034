import { type IceCredentials, isSpeech, type Offer, writeAnswer } from '@prism/protocol';
import type { IceTransport } from '../runtime/ports/ice.ts';
import type { AnsweredOffer, PeerAudio } from '../runtime/ports/peer.ts';

/** How the real API names its stream; clients take `event.streams[0]`, so it must be a real id, not `-`. */
const STREAM_ID = 'realtimeapi';
const TRACK_ID = 'audio';
/** Longest message that a client may send on the data channel, as the real API says. */
export const MESSAGE_BYTES_MAX = 262_144;
export const SCTP_PORT = 5_000;

/** What is the same in every answer of a connection. */
export interface AnswererIdentity {
  readonly fingerprint: string;
  readonly setup: 'active' | 'passive';
  readonly ssrc: number;
  readonly sessionId: number;
}

/** Answers the first offer of a connection, and those that go on with it. */
export class Answerer {
  /** What the answer says of the audio, both ways. */
  readonly audio: PeerAudio;
  readonly #transport: IceTransport;
  readonly #identity: AnswererIdentity;
  #offer: Offer;
  #answerCount = 0;

  constructor(offer: Offer, transport: IceTransport, identity: AnswererIdentity) {
    this.#offer = offer;
    this.#transport = transport;
    this.#identity = identity;
    this.audio = peerAudio(offer, identity.ssrc);
  }

  answer(local: IceCredentials): string {
    this.#answerCount += 1;
    const { fingerprint, setup, ssrc, sessionId } = this.#identity;
    return writeAnswer(this.#offer, {
      ...local,
      ...this.#transport.candidates,
      fingerprint,
      setup,
      sessionId,
      version: this.#answerCount,
      stream: { ssrc, cname: STREAM_ID, trackId: TRACK_ID },
      channel: { sctpPort: SCTP_PORT, messageBytesMax: MESSAGE_BYTES_MAX },
    });
  }

  /** Answers an offer with the same certificate and a role in DTLS that goes with ours, with new ICE credentials if it has some; else undefined. */
  restart(offer: Offer): AnsweredOffer | undefined {
    const before = this.#offer;
    if (offer.transport.fingerprint !== before.transport.fingerprint) return undefined;
    // Two that begin, or two that wait: the client wants another role, and so another handshake (RFC 8842, section 5.5).
    if (offer.transport.setup === this.#identity.setup) return undefined;
    if (sectionIdsOf(offer) !== sectionIdsOf(before)) {
      const message = 'An offer that goes on with a connection must have its sections.';
      return { isAnswered: false, error: { code: 'invalid_sdp', message } };
    }
    const isRestart = offer.transport.ufrag !== before.transport.ufrag;
    const local = isRestart ? this.#transport.restart(offer.transport) : this.#transport.local;
    this.#offer = offer;
    return { isAnswered: true, answerSdp: this.answer(local) };
  }
}

function sectionIdsOf({ sections }: Offer): string {
  return sections.map(({ kind, mid }) => `${kind} ${mid}`).join();
}

function peerAudio({ audio: { formats } }: Offer, ssrc: number): PeerAudio {
  const speech = formats.flatMap(({ format, payloadType, hasNack }) =>
    isSpeech(format) ? [{ codec: format, payloadType, hasNack }] : [],
  );
  const [first] = speech;
  if (first === undefined) throw new Error('No format of the offer carries speech.');
  return {
    codec: first.codec,
    payloadType: first.payloadType,
    redPayloadType: formats.find(({ format }) => format === 'red')?.payloadType,
    ssrc,
    cname: STREAM_ID,
    formats: new Map(formats.map(({ format, payloadType }) => [payloadType, format])),
    isNackNegotiated: first.hasNack,
  };
}
