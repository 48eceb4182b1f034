import { readSctpInit, SCTP_CHUNK, type SctpInit, writeSctpInit } from '@prism/protocol';
import { after, type MonotonicMs } from '../time/clock.ts';
import type { PacketOutbox } from './packet-outbox.ts';
import type { RetransmissionTimeout } from './retransmission-timeout.ts';
import { type AssociationFacts, readStateCookie, writeStateCookie } from './state-cookie.ts';

/** Streams that are offered each way. WebRTC's peers ask for as many, and may number a channel as they like. */
const STREAM_COUNT = 65_535;

/** What a COOKIE ECHO means (RFC 9260, section 5.2.4). */
export type CookieVerdict = 'established' | 'repeated' | 'restarted' | 'ignored';

export interface HandshakeParts {
  readonly outbox: PacketOutbox;
  readonly timeout: RetransmissionTimeout;
  readonly random32: () => number;
  /** What the peer is told of the room for its data. */
  readonly windowBytes: number;
}

/**
 * How an association comes to be: INIT, INIT ACK, COOKIE ECHO, COOKIE ACK, begun by either side or, as in WebRTC always,
 * by both (RFC 9260, section 5).
 */
export class Handshake {
  readonly #parts: HandshakeParts;
  #phase: 'idle' | 'cookie_wait' | 'cookie_echoed' | 'done' = 'idle';
  #localTag: number;
  readonly #localFirstTsn: number;
  #facts: AssociationFacts | undefined;
  /** What the peer wants to have back. */
  #cookie: Uint8Array | undefined;
  #deadlineMs: MonotonicMs | undefined;
  /** When INIT or COOKIE ECHO was sent; undefined once it has been repeated. */
  #sentOnceAtMs: MonotonicMs | undefined;

  constructor(parts: HandshakeParts) {
    this.#parts = parts;
    this.#localTag = newTag(parts.random32);
    this.#localFirstTsn = parts.random32() >>> 0;
  }

  get phase(): 'idle' | 'cookie_wait' | 'cookie_echoed' | 'done' {
    return this.#phase;
  }

  /** Tag that packets of the peer have. */
  get localTag(): number {
    return this.#localTag;
  }

  /** Tag that packets to the peer have; undefined until its part is known. */
  get peerTag(): number | undefined {
    return this.#facts?.peerTag;
  }

  /** What is agreed; undefined until the peer's part is known. */
  get facts(): AssociationFacts | undefined {
    return this.#facts;
  }

  /** When INIT or COOKIE ECHO goes again (T1-init, T1-cookie). */
  get deadlineMs(): MonotonicMs | undefined {
    return this.#deadlineMs;
  }

  /** Sends INIT, unless something has begun already. */
  start(nowMs: MonotonicMs): void {
    if (this.#phase !== 'idle') return;
    this.#phase = 'cookie_wait';
    this.#sendInit();
    this.#sentOnceAtMs = nowMs;
    this.#restartTimer(nowMs);
  }

  /** The timer is due: sends INIT again. COOKIE ECHO is `writeCookie`'s, since data goes with it. */
  timedOut(nowMs: MonotonicMs): void {
    this.#sentOnceAtMs = undefined;
    this.#parts.timeout.backOff();
    if (this.#phase === 'cookie_wait') this.#sendInit();
    this.#restartTimer(nowMs);
  }

  /** Begins COOKIE ECHO's packet. */
  writeCookie(): void {
    if (this.#cookie === undefined) return;
    this.#parts.outbox.add({ type: SCTP_CHUNK.cookieEcho, body: this.#cookie });
  }

  /** Answers an INIT; nothing changes by it (RFC 9260, sections 5.1, 5.2.1 and 5.2.2). False if it is malformed. */
  answerInit(body: Uint8Array): boolean {
    const init = readSctpInit(body);
    if (init === undefined) return false;
    const current = this.#facts;
    const isFresh = this.#phase === 'done';
    const facts = factsOf(init, {
      localTag: isFresh ? newTag(this.#parts.random32) : this.#localTag,
      localFirstTsn: isFresh ? this.#parts.random32() >>> 0 : this.#localFirstTsn,
    });
    const cookie = writeStateCookie({
      facts,
      localTieTag: current?.localTag ?? 0,
      peerTieTag: current?.peerTag ?? 0,
    });
    const chunkBody = writeSctpInit({
      ...this.#offer(facts.localTag, facts.localFirstTsn),
      cookie,
      unrecognized: init.unrecognized ?? [],
    });
    this.#parts.outbox.sendAlone(facts.peerTag, { type: SCTP_CHUNK.initAck, body: chunkBody });
    return true;
  }

  /** Takes the INIT ACK; true if COOKIE ECHO is to be written now, for what `facts` says. */
  takeInitAck(body: Uint8Array, nowMs: MonotonicMs): boolean {
    if (this.#phase !== 'cookie_wait') return false;
    const init = readSctpInit(body);
    if (init?.cookie === undefined || init.cookie.length > this.#parts.outbox.bodyBytesMax) {
      return false;
    }
    this.#measure(nowMs);
    this.#facts = factsOf(init, { localTag: this.#localTag, localFirstTsn: this.#localFirstTsn });
    this.#cookie = init.cookie.slice();
    this.#phase = 'cookie_echoed';
    this.#sentOnceAtMs = nowMs;
    this.#restartTimer(nowMs);
    return true;
  }

  /** Takes a COOKIE ECHO that came under a verification tag. `facts` are new where something is established by it. */
  takeCookie(body: Uint8Array, verificationTag: number): CookieVerdict {
    const cookie = readStateCookie(body);
    if (cookie === undefined || cookie.facts.localTag !== verificationTag) return 'ignored';
    const { facts } = cookie;
    const current = this.#facts;
    const isLocalTag = facts.localTag === this.#localTag;
    const isPeerTag = facts.peerTag === current?.peerTag;
    if (this.#phase !== 'done') {
      if (!isLocalTag) return 'ignored';
      this.#finish(facts);
      // Another peer than the one whose INIT ACK was answered: what was sent to that one is void.
      return current !== undefined && !isPeerTag ? 'restarted' : 'established';
    }
    if (isLocalTag) return isPeerTag ? 'repeated' : 'ignored';
    const isOfThis =
      cookie.localTieTag === this.#localTag && cookie.peerTieTag === current?.peerTag;
    if (isPeerTag || !isOfThis) return 'ignored';
    this.#localTag = facts.localTag;
    this.#finish(facts);
    return 'restarted';
  }

  /** COOKIE ACK, or what only a peer sends for which the association stands; true if it stands by this. */
  takeCookieAck(nowMs: MonotonicMs): boolean {
    if (this.#phase !== 'cookie_echoed' || this.#facts === undefined) return false;
    this.#measure(nowMs);
    this.#finish(this.#facts);
    return true;
  }

  /** The peer no longer knows its cookie: INIT again (RFC 9260, section 5.2.6). */
  cookieIsStale(nowMs: MonotonicMs): void {
    if (this.#phase !== 'cookie_echoed') return;
    this.#phase = 'cookie_wait';
    this.#sendInit();
    this.#sentOnceAtMs = undefined;
    this.#restartTimer(nowMs);
  }

  #finish(facts: AssociationFacts): void {
    this.#facts = facts;
    this.#phase = 'done';
    this.#cookie = undefined;
    this.#deadlineMs = undefined;
  }

  #measure(nowMs: MonotonicMs): void {
    if (this.#sentOnceAtMs !== undefined) this.#parts.timeout.measured(nowMs - this.#sentOnceAtMs);
  }

  #restartTimer(nowMs: MonotonicMs): void {
    this.#deadlineMs = after(nowMs, this.#parts.timeout.timeoutMs);
  }

  #sendInit(): void {
    const body = writeSctpInit(this.#offer(this.#localTag, this.#localFirstTsn));
    this.#parts.outbox.sendAlone(0, { type: SCTP_CHUNK.init, body });
  }

  #offer(initiateTag: number, initialTsn: number): SctpInit {
    return {
      initiateTag,
      initialTsn,
      windowBytes: this.#parts.windowBytes,
      outboundStreamCount: STREAM_COUNT,
      inboundStreamCount: STREAM_COUNT,
      hasPartialReliability: true,
      hasStreamReset: true,
    };
  }
}

/** A tag of 32 bits that is not 0. */
function newTag(random32: () => number): number {
  return random32() >>> 0 || 1;
}

function factsOf(
  init: SctpInit,
  local: { readonly localTag: number; readonly localFirstTsn: number },
): AssociationFacts {
  return {
    ...local,
    peerTag: init.initiateTag,
    peerFirstTsn: init.initialTsn,
    peerWindowBytes: init.windowBytes,
    outboundStreamCount: Math.min(STREAM_COUNT, init.inboundStreamCount),
    hasPartialReliability: init.hasPartialReliability,
    hasStreamReset: init.hasStreamReset,
  };
}
