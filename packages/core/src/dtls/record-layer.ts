import {
  DTLS_12,
  type DtlsRecordHeader,
  type DtlsRecordView,
  joinBytes,
  RECORD_PLAINTEXT_BYTES_MAX,
  RECORD_SEQUENCE_MAX,
  recordHeaderBytes,
  recordNumberBytes,
  uintBytes,
} from '@prism/protocol';
import { invariant } from '../errors/invariant.ts';
import { ReplayWindow } from '../srtp/replay-window.ts';
import type { DtlsCrypto, RecordCipher } from './dtls-crypto.ts';

/** Epoch of the handshake in the clear, and of all that is encrypted. There is no renegotiation, so no third one. */
export type Epoch = 0 | 1;

/** Key and implicit nonce of one direction (RFC 5288, section 3). */
export interface RecordKey {
  readonly key: Uint8Array;
  /** 4 bytes. */
  readonly iv: Uint8Array;
}

export interface RecordKeys {
  readonly local: RecordKey;
  readonly remote: RecordKey;
}

interface Direction {
  readonly cipher: RecordCipher;
  readonly iv: Uint8Array;
}

const EXPLICIT_NONCE_BYTES = 8;
const TAG_BYTES = 16;

/** Numbers and protects records, and opens those of the peer (RFC 6347, section 4.1; AES-GCM of RFC 5288). */
export class RecordLayer {
  readonly #crypto: DtlsCrypto;
  readonly #window = new ReplayWindow();
  readonly #nextSequences: [number, number] = [0, 0];
  #local: Direction | undefined;
  #remote: Direction | undefined;
  #forgedRecordCount = 0;
  #replayedRecordCount = 0;

  constructor(crypto: DtlsCrypto) {
    this.#crypto = crypto;
  }

  /** Whether records can be encrypted and opened. */
  get hasKeys(): boolean {
    return this.#local !== undefined;
  }

  get forgedRecordCount(): number {
    return this.#forgedRecordCount;
  }

  get replayedRecordCount(): number {
    return this.#replayedRecordCount;
  }

  /** Sets the keys of epoch 1, once. */
  install(keys: RecordKeys): void {
    invariant(!this.hasKeys, 'the keys of records are set once');
    const directionOf = ({ key, iv }: RecordKey): Direction => ({
      cipher: this.#crypto.makeCipher(key),
      iv,
    });
    this.#local = directionOf(keys.local);
    this.#remote = directionOf(keys.remote);
  }

  /** A record with the next number of its epoch. */
  seal(contentType: number, epoch: Epoch, plaintext: Uint8Array): Uint8Array {
    const sequence = this.#nextSequences[epoch];
    invariant(sequence <= RECORD_SEQUENCE_MAX, 'no number of a record is used twice');
    this.#nextSequences[epoch] = sequence + 1;
    const header = { contentType, version: DTLS_12, epoch, sequence };
    if (epoch === 0) return joinBytes(recordHeaderBytes(header, plaintext.length), plaintext);
    invariant(this.#local !== undefined, 'epoch 1 has keys');
    const explicitNonce = recordNumberBytes(header);
    const sealed = this.#local.cipher.seal({
      nonce: joinBytes(this.#local.iv, explicitNonce),
      additionalData: additionalDataOf(header, plaintext.length),
      bytes: plaintext,
    });
    const lengthBytes = explicitNonce.length + sealed.length;
    return joinBytes(recordHeaderBytes(header, lengthBytes), explicitNonce, sealed);
  }

  /** The plaintext of a record of epoch 1; undefined, and counted, if it isn't authentic or isn't new. */
  open(record: DtlsRecordView): Uint8Array | undefined {
    invariant(this.#remote !== undefined, 'epoch 1 has keys');
    if (this.#window.judge(record.sequence) !== 'new') {
      this.#replayedRecordCount += 1;
      return undefined;
    }
    const plaintext = openWith(this.#remote, record);
    if (plaintext === undefined) this.#forgedRecordCount += 1;
    else this.#window.accept(record.sequence);
    return plaintext;
  }
}

function openWith({ cipher, iv }: Direction, record: DtlsRecordView): Uint8Array | undefined {
  const { fragment } = record;
  const plaintextBytes = fragment.length - EXPLICIT_NONCE_BYTES - TAG_BYTES;
  if (plaintextBytes < 0 || plaintextBytes > RECORD_PLAINTEXT_BYTES_MAX) return undefined;
  return cipher.open({
    nonce: joinBytes(iv, fragment.subarray(0, EXPLICIT_NONCE_BYTES)),
    additionalData: additionalDataOf(record, plaintextBytes),
    bytes: fragment.subarray(EXPLICIT_NONCE_BYTES),
  });
}

/** What is authenticated beside the content (RFC 5246, section 6.2.3.3). */
function additionalDataOf(header: DtlsRecordHeader, plaintextBytes: number): Uint8Array {
  return joinBytes(
    recordNumberBytes(header),
    uintBytes(header.contentType, 1),
    uintBytes(header.version, 2),
    uintBytes(plaintextBytes, 2),
  );
}
