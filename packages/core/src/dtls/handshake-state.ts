import {
  type CipherSuite,
  HANDSHAKE,
  type HandshakeMessage,
  handshakeMessageBytes,
  joinBytes,
  type SrtpProfile,
} from '@prism/protocol';
import { invariant } from '../errors/invariant.ts';
import type { DtlsKeysEffect, DtlsOptions } from './dtls-contract.ts';
import type { FlightPart } from './flight.ts';
import {
  type KeyMaterial,
  masterSecretOf,
  recordKeysOf,
  srtpKeysOf,
  verifyDataOf,
} from './key-schedule.ts';
import type { Epoch, RecordKeys } from './record-layer.ts';

/** What both ends have agreed on in their hellos. */
export interface AgreedParameters {
  readonly clientRandom: Uint8Array;
  readonly serverRandom: Uint8Array;
  readonly suite: CipherSuite;
  readonly srtpProfile: SrtpProfile;
  /** Whether the master secret is bound to the whole handshake (RFC 7627). */
  readonly hasExtendedMasterSecret: boolean;
}

/** What either role needs of its handshake: its messages so far, what is agreed, the secret. */
export class HandshakeState {
  readonly options: DtlsOptions;
  /** All messages of both ends so far, as the transcript has them. */
  #transcript: Uint8Array[] = [];
  #nextSequence = 0;
  #agreed: AgreedParameters | undefined;
  #masterSecret: Uint8Array | undefined;

  constructor(options: DtlsOptions) {
    this.options = options;
  }

  get agreed(): AgreedParameters {
    invariant(this.#agreed !== undefined, 'hellos come before what they agree on');
    return this.#agreed;
  }

  agree(agreed: AgreedParameters): void {
    this.#agreed = agreed;
  }

  /** All messages so far. */
  get transcript(): Uint8Array {
    return joinBytes(...this.#transcript);
  }

  /** Forgets what was said: the first ClientHello doesn't count where a cookie is asked for (RFC 6347, 4.2.1). */
  forgetTranscript(): void {
    this.#transcript = [];
  }

  /** Notes a message of the peer. */
  note(message: HandshakeMessage): void {
    this.#transcript.push(handshakeMessageBytes(message));
  }

  /** Our next message, noted and ready for its flight. */
  write(type: number, body: Uint8Array, epoch: Epoch = 0): FlightPart {
    const message = { type, messageSequence: this.#nextSequence, body };
    this.#nextSequence += 1;
    this.note(message);
    return { type: 'handshake', epoch, message };
  }

  /** Makes the master secret and the keys of records. Everything up to the ClientKeyExchange must be noted, no more. */
  deriveKeys(sharedSecret: Uint8Array): RecordKeys {
    const { hasExtendedMasterSecret, suite } = this.agreed;
    const sessionHash = hasExtendedMasterSecret
      ? this.options.crypto.hash(suite.hash, this.transcript)
      : undefined;
    const material = this.#material();
    this.#masterSecret = masterSecretOf(material, sharedSecret, sessionHash);
    const { client, server } = recordKeysOf(material, this.#masterSecret, suite.keyBytes);
    return this.options.role === 'client'
      ? { local: client, remote: server }
      : { local: server, remote: client };
  }

  /** Our ChangeCipherSpec and Finished. */
  finish(): readonly FlightPart[] {
    const verifyData = this.#verifyDataOf(this.options.role);
    return [{ type: 'change_cipher_spec' }, this.write(HANDSHAKE.finished, verifyData, 1)];
  }

  /** Whether a Finished of the peer, not noted yet, says what this end has seen. */
  isFinishedRight(body: Uint8Array): boolean {
    const peerRole = this.options.role === 'client' ? 'server' : 'client';
    return this.options.crypto.isEqual(body, this.#verifyDataOf(peerRole));
  }

  /** The keys of SRTP. */
  srtpKeys(): DtlsKeysEffect {
    const { srtpProfile: profile } = this.agreed;
    const { client, server } = srtpKeysOf(this.#material(), this.#secret(), profile);
    return this.options.role === 'client'
      ? { type: 'keys', profile, local: client, remote: server }
      : { type: 'keys', profile, local: server, remote: client };
  }

  #verifyDataOf(sender: 'client' | 'server'): Uint8Array {
    const { transcript } = this;
    return verifyDataOf(this.#material(), this.#secret(), { sender, transcript });
  }

  #secret(): Uint8Array {
    invariant(this.#masterSecret !== undefined, 'keys are exchanged before they are used');
    return this.#masterSecret;
  }

  #material(): KeyMaterial {
    const { clientRandom, serverRandom, suite } = this.agreed;
    return { crypto: this.options.crypto, hash: suite.hash, clientRandom, serverRandom };
  }
}
