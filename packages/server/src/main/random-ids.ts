import { randomBytes, randomInt } from 'node:crypto';
import type { IdSource } from '@prism/core';
import { callIdsFromSuffix } from '@prism/protocol';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Identifiers that nobody can guess: 21 base62 characters from the system's random source. */
export const randomIds: IdSource = {
  nextCallIds: () => callIdsFromSuffix(base62(21)),
  nextEventId: () => `event_${base62(21)}`,
};

/** What follows the prefix of a client secret. */
export function randomSecretSuffix(): string {
  return base62(32);
}

/** A session that only exists on paper, `sess_…`. */
export function randomSessionId(): string {
  return callIdsFromSuffix(base62(21)).sessionId;
}

function base62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      // Bytes beyond the last whole multiple of 62 would make some characters likelier.
      if (byte < 248 && text.length < length) text += BASE62[byte % 62];
    }
  }
  return text;
}

/** A trace's id (W3C Trace Context, section 3.2.2.3). */
export function randomTraceId(): string {
  return randomBytes(16).toString('hex');
}

/** A span's id (W3C Trace Context, section 3.2.2.4). */
export function randomSpanId(): string {
  return randomBytes(8).toString('hex');
}

/** 32 random bits, for RTP's start values. */
export function randomUint32(): number {
  return randomInt(2 ** 32);
}

/** The id of a request, which errors and logs name. */
export function newRequestId(): string {
  return `req_${randomIds.nextEventId().slice('event_'.length)}`;
}
