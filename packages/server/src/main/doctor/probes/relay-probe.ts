import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { crc32 } from 'node:zlib';
import { after, type Clock, type Timer } from '@prism/core';
import {
  parseTurnReply,
  type StunSeal,
  type TurnAuthorization,
  type TurnReply,
  writeAllocate,
  writeBindingQuestion,
  writeRelease,
} from '@prism/protocol';
import type { Attempt, RelayAnswer, RelayQuestion } from '../environment.ts';
import { outcomeOf, refused } from './attempt.ts';

/** A request over UDP is sent again after this, and twice as long after that (RFC 8489, section 6.2.1). */
const RETRANSMISSION_MS = 500;
const HEADER_BYTES = 20;
const STALE_NONCE = 438;

interface RelayPlace {
  readonly isTurn: boolean;
  readonly transport: 'udp' | 'tcp' | 'tls';
  readonly host: string;
  readonly port: number;
}

/** `turn:host:port?transport=tcp` and its like (RFC 7064, RFC 7065). */
export function placeOfRelay(url: string): RelayPlace | undefined {
  const match = /^(stuns?|turns?):(\[[^\]]+\]|[^:?]+)(?::(\d+))?(?:\?transport=(udp|tcp))?$/.exec(
    url,
  );
  if (match === null) return undefined;
  const [, scheme = '', host = '', port, transport] = match;
  const isSecure = scheme.endsWith('s');
  return {
    isTurn: scheme.startsWith('turn'),
    transport: isSecure ? 'tls' : transport === 'tcp' ? 'tcp' : 'udp',
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? (isSecure ? 5_349 : 3_478) : Number(port),
  };
}

/** One way to the relay: sends messages, hands on replies. */
interface Line {
  send(bytes: Uint8Array): void;
  readonly isReliable: boolean;
}

type LineEvents = {
  readonly opened: (line: Line) => void;
  readonly reply: (reply: TurnReply) => void;
  readonly failed: (error: Error) => void;
};

/** Asks a STUN server for this machine's address, or a TURN server for an allocation, which is given back. */
export function askRelay(
  question: RelayQuestion,
  signal: AbortSignal,
  clock: Clock,
): Promise<Attempt<RelayAnswer>> {
  const place = placeOfRelay(question.url);
  if (place === undefined) return Promise.resolve({ isOk: false, code: 'no relay URL' });
  return outcomeOf<RelayAnswer>(signal, (settle) => {
    const dialogue = new RelayDialogue(question, { place, clock, settle });
    const close = openLine(place, {
      opened: (line) => dialogue.begin(line),
      reply: (reply) => dialogue.take(reply),
      failed: (error) => settle(refused(error)),
    });
    return () => {
      dialogue.end();
      close();
    };
  });
}

interface DialogueParts {
  readonly place: RelayPlace;
  readonly clock: Clock;
  readonly settle: (outcome: Attempt<RelayAnswer>) => void;
}

/** Request after request until there is an outcome. */
class RelayDialogue {
  readonly #question: RelayQuestion;
  readonly #parts: DialogueParts;
  readonly #startMs: number;
  #firstMs: number | undefined;
  #line: Line | undefined;
  #timer: Timer | undefined;
  #transactionId = new Uint8Array(0);
  #authorization: TurnAuthorization | undefined;
  #hasRetried = false;

  constructor(question: RelayQuestion, parts: DialogueParts) {
    this.#question = question;
    this.#parts = parts;
    this.#startMs = parts.clock.nowMs();
  }

  begin(line: Line): void {
    this.#line = line;
    const { isTurn } = this.#parts.place;
    this.#ask((id) => (isTurn ? writeAllocate(id, undefined) : writeBindingQuestion(id)));
  }

  take(reply: TurnReply): void {
    if (Buffer.compare(reply.transactionId, this.#transactionId) !== 0) return;
    this.#timer?.cancel();
    const nowMs = this.#parts.clock.nowMs();
    this.#firstMs ??= nowMs - this.#startMs;
    if (reply.isSuccess) {
      const { relayed, mapped } = reply;
      const value = { firstMs: this.#firstMs, tookMs: nowMs - this.#startMs, relayed, mapped };
      this.#parts.settle({ isOk: true, value });
      return;
    }
    const { errorCode, realm, nonce } = reply;
    const isAsked = errorCode === 401 && this.#authorization === undefined;
    const isStale = errorCode === STALE_NONCE && !this.#hasRetried;
    if (realm === undefined || nonce === undefined || !(isAsked || isStale)) {
      this.#parts.settle({ isOk: false, code: `STUN ${errorCode ?? 'error'}` });
      return;
    }
    this.#hasRetried = isStale;
    this.#authorization = authorizationOf(this.#question, realm, nonce);
    this.#ask((id) => writeAllocate(id, this.#authorization));
  }

  /** Gives an allocation back. The answer is not waited for: it ends by itself otherwise. */
  end(): void {
    this.#timer?.cancel();
    if (this.#authorization === undefined) return;
    this.#line?.send(writeRelease(randomBytes(12), this.#authorization));
  }

  #ask(write: (transactionId: Uint8Array) => Uint8Array): void {
    this.#transactionId = new Uint8Array(randomBytes(12));
    this.#send(write(this.#transactionId), RETRANSMISSION_MS);
  }

  #send(bytes: Uint8Array, waitMs: number): void {
    this.#line?.send(bytes);
    if (this.#line?.isReliable !== false) return;
    const { clock } = this.#parts;
    this.#timer = clock.setTimer(after(clock.nowMs(), waitMs), () => this.#send(bytes, waitMs * 2));
  }
}

function authorizationOf(
  { username = '', credential = '' }: RelayQuestion,
  realm: Uint8Array,
  nonce: Uint8Array,
): TurnAuthorization {
  // RFC 8489, section 9.2.2.
  const key = createHash('md5')
    .update(`${username}:`)
    .update(realm)
    .update(`:${credential}`)
    .digest();
  const seal: StunSeal = { hmac: (bytes) => createHmac('sha1', key).update(bytes).digest(), crc32 };
  return { username, realm, nonce, seal };
}

function openLine(place: RelayPlace, events: LineEvents): () => void {
  return place.transport === 'udp' ? openDatagrams(place, events) : openStream(place, events);
}

function openDatagrams({ host, port }: RelayPlace, events: LineEvents): () => void {
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
  let isClosed = false;
  const close = (): void => {
    isClosed = true;
    socket.close();
  };
  socket.on('error', events.failed);
  socket.on('message', (bytes) => {
    const reply = parseTurnReply(bytes);
    if (reply !== undefined) events.reply(reply);
  });
  // Connected, so that "port unreachable" is told.
  socket.connect(port, host, () => {
    if (isClosed) return;
    events.opened({ send: (bytes) => socket.send(bytes), isReliable: false });
  });
  // A last message is handed to the kernel before the socket goes.
  return () => setImmediate(close);
}

function openStream({ host, port, transport }: RelayPlace, events: LineEvents): () => void {
  const isTls = transport === 'tls';
  const socket: Socket = isTls
    ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}) })
    : connectTcp({ host, port });
  let rest = Buffer.alloc(0);
  socket.on('error', events.failed);
  socket.on('close', () => events.failed(new Error('closed by the relay')));
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    // A STUN message on a stream frames itself (RFC 8489, section 6.2.2).
    while (rest.length >= HEADER_BYTES && rest.length >= HEADER_BYTES + rest.readUInt16BE(2)) {
      const sizeBytes = HEADER_BYTES + rest.readUInt16BE(2);
      const reply = parseTurnReply(rest.subarray(0, sizeBytes));
      rest = rest.subarray(sizeBytes);
      if (reply !== undefined) events.reply(reply);
    }
  });
  socket.on(isTls ? 'secureConnect' : 'connect', () => {
    events.opened({ send: (bytes) => socket.write(bytes), isReliable: true });
  });
  return () => (socket.connecting ? socket.destroy() : socket.end());
}
