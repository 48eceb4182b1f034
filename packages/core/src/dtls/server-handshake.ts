import {
  ALERT,
  CERTIFICATE_TYPE,
  certificateChainBytes,
  certificateRequestBytes,
  HANDSHAKE,
  type HandshakeMessage,
  HELLO_RANDOM_BYTES,
  joinBytes,
  keyExchangeParametersBytes,
  OWN_SIGNATURE_SCHEME_ID,
  parseCertificateVerify,
  parseClientHello,
  parseClientKeyExchange,
  SIGNATURE_SCHEMES,
  serverKeyExchangeBytes,
} from '@prism/protocol';
import { invariant } from '../errors/invariant.ts';
import type { DtlsOptions } from './dtls-contract.ts';
import type { KeyShare, PeerCertificate } from './dtls-crypto.ts';
import type { FlightPart } from './flight.ts';
import {
  AWAIT,
  failed,
  type Handshake,
  type HandshakeOutcome,
  ILLEGAL,
  MALFORMED,
  UNEXPECTED,
} from './handshake-outcome.ts';
import { HandshakeState } from './handshake-state.ts';
import { isCertificate, readPeerCertificate, signatureFault } from './peer-proof.ts';
import { readClientHello, type ServerTerms, serverHelloBody } from './server-hello-terms.ts';

/** The server's half of a handshake (RFC 5246, section 7.3; RFC 6347, section 4.2.4). */
export class ServerHandshake implements Handshake {
  readonly #state: HandshakeState;
  readonly #random: Uint8Array;
  #awaited: number = HANDSHAKE.clientHello;
  #share: KeyShare | undefined;
  #clientCertificate: PeerCertificate | undefined;

  constructor(options: DtlsOptions) {
    this.#state = new HandshakeState(options);
    this.#random = options.crypto.randomBytes(HELLO_RANDOM_BYTES);
  }

  start(): HandshakeOutcome {
    return AWAIT;
  }

  take(message: HandshakeMessage): HandshakeOutcome {
    if (message.type !== this.#awaited) return UNEXPECTED;
    switch (message.type) {
      case HANDSHAKE.clientHello:
        return this.#takeClientHello(message);
      case HANDSHAKE.certificate:
        return this.#takeCertificate(message);
      case HANDSHAKE.clientKeyExchange:
        return this.#takeKeyExchange(message);
      case HANDSHAKE.certificateVerify:
        return this.#takeCertificateVerify(message);
      default:
        return this.#takeFinished(message);
    }
  }

  #takeClientHello(message: HandshakeMessage): HandshakeOutcome {
    const hello = parseClientHello(message.body);
    if (hello === undefined) return MALFORMED;
    const terms = readClientHello(this.#state.options, hello);
    if ('failure' in terms) return terms;
    this.#state.note(message);
    this.#state.agree({ ...terms, clientRandom: hello.random, serverRandom: this.#random });
    this.#await(HANDSHAKE.certificate);
    return { flight: this.#answer(terms) };
  }

  /** ServerHello to ServerHelloDone. */
  #answer(terms: ServerTerms): readonly FlightPart[] {
    const { crypto, certificate } = this.#state.options;
    this.#share = crypto.makeKeyShare(terms.group.name);
    const parameters = keyExchangeParametersBytes(terms.group.id, this.#share.publicKey);
    const { clientRandom, serverRandom } = this.#state.agreed;
    const signature = certificate.sign(joinBytes(clientRandom, serverRandom, parameters));
    const bodies: readonly (readonly [number, Uint8Array])[] = [
      [HANDSHAKE.serverHello, serverHelloBody(terms, this.#random)],
      [HANDSHAKE.certificate, certificateChainBytes([certificate.certificateDer])],
      [
        HANDSHAKE.serverKeyExchange,
        serverKeyExchangeBytes(parameters, { schemeId: OWN_SIGNATURE_SCHEME_ID, signature }),
      ],
      [
        HANDSHAKE.certificateRequest,
        certificateRequestBytes({
          certificateTypes: Uint8Array.of(CERTIFICATE_TYPE.ecdsaSign, CERTIFICATE_TYPE.rsaSign),
          signatureSchemeIds: SIGNATURE_SCHEMES.map(({ id }) => id),
        }),
      ],
      [HANDSHAKE.serverHelloDone, new Uint8Array(0)],
    ];
    return bodies.map(([type, body]) => this.#state.write(type, body));
  }

  #takeCertificate(message: HandshakeMessage): HandshakeOutcome {
    const certificate = readPeerCertificate(this.#state.options, message.body);
    if (!isCertificate(certificate)) return certificate;
    this.#clientCertificate = certificate;
    this.#state.note(message);
    return this.#await(HANDSHAKE.clientKeyExchange);
  }

  #takeKeyExchange(message: HandshakeMessage): HandshakeOutcome {
    const publicKey = parseClientKeyExchange(message.body);
    if (publicKey === undefined) return MALFORMED;
    invariant(this.#share !== undefined, 'our share comes before the key of the client');
    const sharedSecret = this.#share.agree(publicKey);
    if (sharedSecret === undefined) return ILLEGAL;
    this.#share = undefined;
    this.#state.note(message);
    this.#await(HANDSHAKE.certificateVerify);
    return { recordKeys: this.#state.deriveKeys(sharedSecret) };
  }

  #takeCertificateVerify(message: HandshakeMessage): HandshakeOutcome {
    const signed = parseCertificateVerify(message.body);
    if (signed === undefined) return MALFORMED;
    invariant(this.#clientCertificate !== undefined, 'the certificate comes before its signature');
    const fault = signatureFault(this.#clientCertificate, signed, this.#state.transcript);
    if (fault !== undefined) return fault;
    this.#state.note(message);
    return this.#await(HANDSHAKE.finished);
  }

  #takeFinished(message: HandshakeMessage): HandshakeOutcome {
    if (!this.#state.isFinishedRight(message.body))
      return failed('bad_finished', ALERT.decryptError);
    this.#state.note(message);
    return { flight: this.#state.finish(), srtpKeys: this.#state.srtpKeys(), isComplete: true };
  }

  #await(type: number): HandshakeOutcome {
    this.#awaited = type;
    return AWAIT;
  }
}
