import {
  ALERT,
  CERTIFICATE_TYPE,
  certificateChainBytes,
  clientKeyExchangeBytes,
  HANDSHAKE,
  type HandshakeMessage,
  HELLO_RANDOM_BYTES,
  joinBytes,
  NAMED_GROUPS,
  OWN_SIGNATURE_SCHEME_ID,
  parseCertificateRequest,
  parseHelloVerifyRequest,
  parseServerHello,
  parseServerKeyExchange,
  type ServerKeyExchange,
  signatureBytes,
} from '@prism/protocol';
import { invariant } from '../errors/invariant.ts';
import { clientHelloBody, readServerHello } from './client-hello-terms.ts';
import type { DtlsOptions } from './dtls-contract.ts';
import type { PeerCertificate } from './dtls-crypto.ts';
import {
  AWAIT,
  failed,
  type Handshake,
  type HandshakeOutcome,
  ILLEGAL,
  MALFORMED,
  NOTHING_IN_COMMON,
  UNEXPECTED,
} from './handshake-outcome.ts';
import { HandshakeState } from './handshake-state.ts';
import { isCertificate, readPeerCertificate, signatureFault } from './peer-proof.ts';

/** How often a server may ask for a cookie. */
const COOKIE_COUNT_MAX = 2;

/** The client's half of a handshake (RFC 5246, section 7.3; RFC 6347, section 4.2.4). */
export class ClientHandshake implements Handshake {
  readonly #state: HandshakeState;
  readonly #random: Uint8Array;
  #awaited: number = HANDSHAKE.serverHello;
  #cookieCount = 0;
  #serverCertificate: PeerCertificate | undefined;
  #keyExchange: ServerKeyExchange | undefined;

  constructor(options: DtlsOptions) {
    this.#state = new HandshakeState(options);
    this.#random = options.crypto.randomBytes(HELLO_RANDOM_BYTES);
  }

  start(): HandshakeOutcome {
    return this.#sayHello(new Uint8Array(0));
  }

  take(message: HandshakeMessage): HandshakeOutcome {
    // It asks to begin what has begun already, and isn't part of it (RFC 5246, section 7.4.1.1).
    if (message.type === HANDSHAKE.helloRequest) return AWAIT;
    if (message.type === HANDSHAKE.helloVerifyRequest) return this.#takeCookie(message);
    if (message.type !== this.#awaited) return this.#takeOther(message);
    if (message.type === HANDSHAKE.finished) return this.#takeFinished(message);
    this.#state.note(message);
    switch (message.type) {
      case HANDSHAKE.serverHello:
        return this.#takeServerHello(message.body);
      case HANDSHAKE.certificate:
        return this.#takeCertificate(message.body);
      case HANDSHAKE.serverKeyExchange:
        return this.#takeKeyExchange(message.body);
      case HANDSHAKE.certificateRequest:
        return this.#takeCertificateRequest(message.body);
      default:
        return message.body.length === 0 ? this.#answer() : MALFORMED;
    }
  }

  #takeOther({ type }: HandshakeMessage): HandshakeOutcome {
    const wantsNoCertificate =
      this.#awaited === HANDSHAKE.certificateRequest && type === HANDSHAKE.serverHelloDone;
    return wantsNoCertificate ? NOTHING_IN_COMMON : UNEXPECTED;
  }

  #sayHello(cookie: Uint8Array): HandshakeOutcome {
    const body = clientHelloBody(this.#state.options, { random: this.#random, cookie });
    return { flight: [this.#state.write(HANDSHAKE.clientHello, body)] };
  }

  #takeCookie({ body }: HandshakeMessage): HandshakeOutcome {
    if (this.#awaited !== HANDSHAKE.serverHello || this.#cookieCount >= COOKIE_COUNT_MAX)
      return UNEXPECTED;
    const cookie = parseHelloVerifyRequest(body);
    if (cookie === undefined) return MALFORMED;
    this.#cookieCount += 1;
    this.#state.forgetTranscript();
    return this.#sayHello(cookie);
  }

  #takeServerHello(body: Uint8Array): HandshakeOutcome {
    const hello = parseServerHello(body);
    if (hello === undefined) return MALFORMED;
    const terms = readServerHello(this.#state.options, hello);
    if ('failure' in terms) return terms;
    this.#state.agree({ ...terms, clientRandom: this.#random });
    return this.#await(HANDSHAKE.certificate);
  }

  #takeCertificate(body: Uint8Array): HandshakeOutcome {
    const certificate = readPeerCertificate(this.#state.options, body);
    if (!isCertificate(certificate)) return certificate;
    // The suite says what kind of key signs the exchange (RFC 8422, section 2).
    if (certificate.signer !== this.#state.agreed.suite.signer)
      return failed('certificate_unusable', ALERT.unsupportedCertificate);
    this.#serverCertificate = certificate;
    return this.#await(HANDSHAKE.serverKeyExchange);
  }

  #takeKeyExchange(body: Uint8Array): HandshakeOutcome {
    const keyExchange = parseServerKeyExchange(body);
    if (keyExchange === undefined) return MALFORMED;
    invariant(this.#serverCertificate !== undefined, 'the certificate comes before its signature');
    const { clientRandom, serverRandom } = this.#state.agreed;
    const data = joinBytes(clientRandom, serverRandom, keyExchange.parameters);
    const fault = signatureFault(this.#serverCertificate, keyExchange.signed, data);
    if (fault !== undefined) return fault;
    this.#keyExchange = keyExchange;
    return this.#await(HANDSHAKE.certificateRequest);
  }

  #takeCertificateRequest(body: Uint8Array): HandshakeOutcome {
    const request = parseCertificateRequest(body);
    if (request === undefined) return MALFORMED;
    const isOursWanted =
      request.certificateTypes.includes(CERTIFICATE_TYPE.ecdsaSign) &&
      request.signatureSchemeIds.includes(OWN_SIGNATURE_SCHEME_ID);
    return isOursWanted ? this.#await(HANDSHAKE.serverHelloDone) : NOTHING_IN_COMMON;
  }

  /** Everything that is left to say, and the keys: our suites allow to go on without the server's Finished (RFC 7918). */
  #answer(): HandshakeOutcome {
    const { crypto, certificate } = this.#state.options;
    invariant(this.#keyExchange !== undefined, 'keys are exchanged before the hello is done');
    const { groupId, publicKey } = this.#keyExchange;
    const group = NAMED_GROUPS.find(({ id }) => id === groupId);
    if (group === undefined) return ILLEGAL;
    const share = crypto.makeKeyShare(group.name);
    const sharedSecret = share.agree(publicKey);
    if (sharedSecret === undefined) return ILLEGAL;
    const chain = this.#state.write(
      HANDSHAKE.certificate,
      certificateChainBytes([certificate.certificateDer]),
    );
    const exchange = this.#state.write(
      HANDSHAKE.clientKeyExchange,
      clientKeyExchangeBytes(share.publicKey),
    );
    const recordKeys = this.#state.deriveKeys(sharedSecret);
    const signature = certificate.sign(this.#state.transcript);
    const proof = this.#state.write(
      HANDSHAKE.certificateVerify,
      signatureBytes({ schemeId: OWN_SIGNATURE_SCHEME_ID, signature }),
    );
    this.#await(HANDSHAKE.finished);
    return {
      recordKeys,
      flight: [chain, exchange, proof, ...this.#state.finish()],
      srtpKeys: this.#state.srtpKeys(),
    };
  }

  #takeFinished({ body }: HandshakeMessage): HandshakeOutcome {
    return this.#state.isFinishedRight(body)
      ? { isComplete: true }
      : failed('bad_finished', ALERT.decryptError);
  }

  #await(type: number): HandshakeOutcome {
    this.#awaited = type;
    return AWAIT;
  }
}
