import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { CipherInput, RecordCipher } from '@prism/core';

const TAG_BYTES = 16;

/** AES-GCM for records (RFC 5288) under a key of 16 or 32 bytes. */
export function makeRecordCipher(key: Uint8Array): RecordCipher {
  const algorithm = key.length === 16 ? 'aes-128-gcm' : 'aes-256-gcm';
  return {
    seal: ({ nonce, additionalData, bytes }) => {
      const cipher = createCipheriv(algorithm, key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(additionalData);
      return Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
    },
    open: (input) => open(algorithm, key, input),
  };
}

function open(
  algorithm: 'aes-128-gcm' | 'aes-256-gcm',
  key: Uint8Array,
  { nonce, additionalData, bytes }: CipherInput,
): Uint8Array | undefined {
  if (bytes.length < TAG_BYTES) return undefined;
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData);
  decipher.setAuthTag(bytes.subarray(bytes.length - TAG_BYTES));
  const plaintext = decipher.update(bytes.subarray(0, bytes.length - TAG_BYTES));
  try {
    decipher.final();
    return plaintext;
  } catch {
    // The tag is wrong: forged, damaged, or of another key.
    return undefined;
  }
}
