import {
  ByteReader,
  joinBytes,
  readUint16List,
  uint16ListBytes,
  uintBytes,
  vectorBytes,
} from './byte-reader.ts';
import { extensionsBytes, type HelloExtensions, readExtensions } from './hello-extensions.ts';

/** Length of the random number of each side. */
export const HELLO_RANDOM_BYTES = 32;
/** Most of a session's identifier (RFC 5246, section 7.4.1.2). */
const SESSION_ID_BYTES_MAX = 32;

export interface ClientHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  /** What a HelloVerifyRequest asked to be shown; empty before. */
  readonly cookie: Uint8Array;
  readonly cipherSuiteIds: readonly number[];
  readonly compressionMethods: Uint8Array;
  readonly extensions: HelloExtensions;
}

/** Reads a ClientHello (RFC 6347, section 4.2.1); undefined if the body is none. Its parts are views on it. */
export function parseClientHello(body: Uint8Array): ClientHello | undefined {
  const reader = new ByteReader(body);
  const version = reader.uint(2);
  const random = reader.take(HELLO_RANDOM_BYTES);
  const sessionId = reader.vector(1);
  const cookie = reader.vector(1);
  const cipherSuiteIds = readUint16List(reader.vector(2));
  const compressionMethods = reader.vector(1);
  const extensions = readExtensions(reader);
  if (!reader.isSpent || extensions === undefined || cipherSuiteIds === undefined) return undefined;
  if (sessionId.length > SESSION_ID_BYTES_MAX) return undefined;
  return { version, random, sessionId, cookie, cipherSuiteIds, compressionMethods, extensions };
}

/** The body of a ClientHello. */
export function clientHelloBytes(hello: ClientHello): Uint8Array {
  return joinBytes(
    uintBytes(hello.version, 2),
    hello.random,
    vectorBytes(1, hello.sessionId),
    vectorBytes(1, hello.cookie),
    vectorBytes(2, uint16ListBytes(hello.cipherSuiteIds)),
    vectorBytes(1, hello.compressionMethods),
    extensionsBytes(hello.extensions),
  );
}

export interface ServerHello {
  readonly version: number;
  readonly random: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly cipherSuiteId: number;
  readonly compressionMethod: number;
  readonly extensions: HelloExtensions;
}

/** Reads a ServerHello (RFC 5246, section 7.4.1.3); undefined if the body is none. Its parts are views on it. */
export function parseServerHello(body: Uint8Array): ServerHello | undefined {
  const reader = new ByteReader(body);
  const version = reader.uint(2);
  const random = reader.take(HELLO_RANDOM_BYTES);
  const sessionId = reader.vector(1);
  const cipherSuiteId = reader.uint(2);
  const compressionMethod = reader.uint(1);
  const extensions = readExtensions(reader);
  if (!reader.isSpent || extensions === undefined) return undefined;
  if (sessionId.length > SESSION_ID_BYTES_MAX) return undefined;
  return { version, random, sessionId, cipherSuiteId, compressionMethod, extensions };
}

/** The body of a ServerHello. */
export function serverHelloBytes(hello: ServerHello): Uint8Array {
  return joinBytes(
    uintBytes(hello.version, 2),
    hello.random,
    vectorBytes(1, hello.sessionId),
    uintBytes(hello.cipherSuiteId, 2),
    uintBytes(hello.compressionMethod, 1),
    extensionsBytes(hello.extensions),
  );
}

/** The cookie of a HelloVerifyRequest (RFC 6347, section 4.2.1); undefined if the body is none. */
export function parseHelloVerifyRequest(body: Uint8Array): Uint8Array | undefined {
  const reader = new ByteReader(body);
  reader.uint(2);
  const cookie = reader.vector(1);
  return reader.isSpent ? cookie : undefined;
}

/** The body of a HelloVerifyRequest. */
export function helloVerifyRequestBytes(version: number, cookie: Uint8Array): Uint8Array {
  return joinBytes(uintBytes(version, 2), vectorBytes(1, cookie));
}
