import { randomBytes } from 'node:crypto';
import { type Clock, IcePaths, type MonotonicMs, type PathChange } from '@prism/core';
import {
  type AnsweringCandidates,
  type IceCredentials,
  type OfferTransport,
  type StunMessage,
  writeBindingSuccess,
  writeControlledRequest,
  writeRoleConflict,
} from '@prism/protocol';
import type { IceListener, IceTransport, IceTransportDescription } from '../runtime/ports/ice.ts';
import { type ClientPath, mappedAddressOf } from './client-path.ts';
import { newIceCredentials } from './ice-credentials.ts';
import { isSealedWith, sealWith } from './ice-seal.ts';
import { senderSsrc } from './sender-ssrc.ts';

/**
 * Silence after which a client is lost. RFC 7675 allows 30 s; clients check their path every 2.5 to 6 s, and what is
 * said to one that is gone is said to nobody.
 */
const LOST_MS = 7_000;
/** Streams of one client that are known by their SSRC; a further one takes the place of the first. */
const SSRC_COUNT_MAX = 4;
/** Least time between two checks of ours to one address. */
const ASK_MS_MIN = 50;
const TRANSACTION_ID_BYTES = 12;

/** What a session keeps in the front's tables; the front finds it there again. */
export interface SessionTables {
  addUfrag(ufrag: string, session: IceSession): void;
  removeUfrag(ufrag: string): void;
  /** The address is this session's from now on, whosever it was. */
  addPath(key: string, session: IceSession): void;
  removePath(key: string, session: IceSession): void;
  /** The SSRC is this session's, unless it is another's already. */
  addSsrc(ssrc: number, session: IceSession): void;
  removeSsrc(ssrc: number, session: IceSession): void;
  closed(session: IceSession): void;
}

export interface IceSessionParts {
  readonly clock: Clock;
  readonly tables: SessionTables;
  readonly listener: IceListener;
  readonly nodeId: string;
  readonly client: OfferTransport;
  readonly candidates: AnsweringCandidates;
}

/** Credentials that were given out together: ours, and the client's fragment that goes with them. */
interface Generation {
  readonly local: IceCredentials;
  readonly clientUfrag: string;
  readonly clientPwd: string;
}

/** A check of ours that an address has to answer before media goes there. */
interface Question {
  /** The same each time it is sent, so that a late answer is one. */
  readonly transactionId: Buffer;
  readonly clientPwd: string;
  readonly askedAtMs: MonotonicMs;
}

/**
 * One client's transport: checks are answered here, all else passes between its paths and its peer. An ICE lite agent
 * sends no checks; this one does where media is to move to another address, since who holds a call's password can write
 * any sender into a check of its own (RFC 8445, section 19.5.1).
 */
export class IceSession implements IceTransport {
  readonly candidates: AnsweringCandidates;
  readonly #parts: IceSessionParts;
  readonly #paths = new IcePaths();
  readonly #pathByKey = new Map<string, ClientPath>();
  readonly #ssrcs: number[] = [];
  /** By path: those that were asked and haven't answered. */
  readonly #questions = new Map<string, Question>();
  /** The one that is used, and after a restart the one before, until the client uses the new one. */
  #generations: readonly Generation[];
  #selectedPath: ClientPath | undefined;
  /** What is with the peer now: the path that it came on, which may be a stranger's, and its bytes. */
  #arrivingPath: ClientPath | undefined;
  #arrivingBytes: Uint8Array | undefined;
  #heardAtMs: MonotonicMs | undefined;
  #pathChanges = 0;
  #datagramsDropped = 0;
  #isLost = false;
  #isClosed = false;

  constructor(parts: IceSessionParts) {
    this.#parts = parts;
    this.candidates = parts.candidates;
    this.#generations = [this.#newGeneration(parts.client)];
  }

  get local(): IceCredentials {
    return this.#newest.local;
  }

  get path(): 'udp' | 'tcp' | undefined {
    return this.#selectedPath?.transport;
  }

  send(bytes: Uint8Array): boolean {
    if (this.#selectedPath?.send(bytes) === true) return true;
    if (this.#selectedPath !== undefined) this.#datagramsDropped += 1;
    return false;
  }

  restart(client: OfferTransport): IceCredentials {
    const generation = this.#newGeneration(client);
    // At most two: what an unanswered restart before this one gave out is void.
    for (const { local } of this.#generations.slice(1)) this.#parts.tables.removeUfrag(local.ufrag);
    this.#generations = [...this.#generations.slice(0, 1), generation];
    return generation.local;
  }

  packetVerified(): void {
    const [path, bytes] = [this.#arrivingPath, this.#arrivingBytes];
    if (path === undefined || bytes === undefined) return;
    this.#learnSsrc(bytes);
    const nowMs = this.#parts.clock.nowMs();
    this.#follow(this.#paths.verified(path.key, nowMs), path, nowMs);
  }

  /** A Binding request for one of this session's fragments. False if it wasn't made with its password. */
  takeCheck(path: ClientPath, message: StunMessage, bytes: Uint8Array): boolean {
    const [localUfrag, clientUfrag] = (message.username ?? '').split(':', 2);
    const generation = this.#generations.find(({ local }) => local.ufrag === localUfrag);
    const { integrityOffset } = message;
    if (this.#isClosed || generation === undefined || integrityOffset === undefined) return false;
    if (clientUfrag !== generation.clientUfrag) return false;
    if (!isSealedWith(generation.local.pwd, bytes, integrityOffset)) return false;
    const seal = sealWith(generation.local.pwd);
    if (message.isSenderControlled) {
      path.send(writeRoleConflict(message.transactionId, seal));
      return true;
    }
    this.#useGeneration(generation);
    const isFirst = this.#heardAtMs === undefined;
    path.send(writeBindingSuccess(message.transactionId, mappedAddressOf(path), seal));
    const nowMs = this.#hearNow();
    const check = {
      priority: message.priority,
      isNominating: message.hasUseCandidate,
      isProven: path.transport === 'tcp',
    };
    const change = this.#paths.check(path.key, check, nowMs);
    // Each time: an address that another session has taken meanwhile is whose valid check came last.
    this.#adopt(path);
    this.#follow(change, path, nowMs);
    if (isFirst) this.#parts.listener.reached();
    return true;
  }

  /** An answer on one of this session's paths; whether it is to a check of ours, by the client. */
  takeAnswer(
    key: string,
    { transactionId, integrityOffset }: StunMessage,
    bytes: Uint8Array,
  ): boolean {
    const question = this.#questions.get(key);
    if (question === undefined || integrityOffset === undefined) return false;
    if (!question.transactionId.equals(transactionId)) return false;
    if (!isSealedWith(question.clientPwd, bytes, integrityOffset)) return false;
    this.#questions.delete(key);
    const nowMs = this.#hearNow();
    this.#follow(this.#paths.proven(key, nowMs), this.#pathByKey.get(key), nowMs);
    return true;
  }

  pathOf(key: string): ClientPath | undefined {
    return this.#pathByKey.get(key);
  }

  /** An indication, which only says that the client is there. */
  keepAlive(key: string): void {
    this.#paths.heard(key, this.#hearNow());
  }

  /** Media or DTLS on a path that a check came on. */
  takeDatagram(key: string, bytes: Uint8Array): void {
    const path = this.#pathByKey.get(key);
    if (path === undefined) return;
    this.#paths.heard(key, this.#hearNow());
    this.#give(path, bytes);
  }

  /** A packet with an SSRC of this client, from an address that no check came from. */
  takeStranger(path: ClientPath, bytes: Uint8Array): void {
    if (this.#isClosed || !this.#paths.admitsStranger(path.key, this.#parts.clock.nowMs())) return;
    this.#give(path, bytes);
  }

  /** A connection is over. */
  pathClosed(key: string): void {
    this.#paths.remove(key);
    this.#pathByKey.delete(key);
    this.#questions.delete(key);
    if (this.#selectedPath?.key === key) this.#selectedPath = undefined;
  }

  /** Something threw while this session was at work, which is a bug. */
  failed(error: unknown): void {
    this.#parts.listener.failed(error);
  }

  /** Tells the listener if the client was silent for too long. */
  sweep(nowMs: MonotonicMs): void {
    if (this.#isLost || this.#isClosed || this.#heardAtMs === undefined) return;
    if (nowMs - this.#heardAtMs < LOST_MS) return;
    this.#isLost = true;
    this.#parts.listener.lost();
  }

  describe(): IceTransportDescription {
    return {
      path: this.#selectedPath?.transport ?? 'none',
      pathCount: this.#paths.size,
      pathChanges: this.#pathChanges,
      datagramsDropped: this.#datagramsDropped,
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { tables } = this.#parts;
    for (const { local } of this.#generations) tables.removeUfrag(local.ufrag);
    for (const ssrc of this.#ssrcs) tables.removeSsrc(ssrc, this);
    for (const [key, path] of this.#pathByKey) {
      tables.removePath(key, this);
      path.close();
    }
    this.#pathByKey.clear();
    this.#questions.clear();
    this.#selectedPath = undefined;
    tables.closed(this);
  }

  get #newest(): Generation {
    const newest = this.#generations.at(-1);
    if (newest === undefined) throw new Error('A session has credentials.');
    return newest;
  }

  #newGeneration({ ufrag, pwd }: OfferTransport): Generation {
    const local = newIceCredentials(this.#parts.nodeId);
    this.#parts.tables.addUfrag(local.ufrag, this);
    return { local, clientUfrag: ufrag, clientPwd: pwd };
  }

  /** The client has taken up the restart: what it used before is void. */
  #useGeneration(generation: Generation): void {
    if (this.#generations.length === 1 || generation !== this.#newest) return;
    for (const { local } of this.#generations.slice(0, -1))
      this.#parts.tables.removeUfrag(local.ufrag);
    this.#generations = [generation];
  }

  #hearNow(): MonotonicMs {
    const nowMs = this.#parts.clock.nowMs();
    this.#heardAtMs = nowMs;
    if (this.#isLost) {
      this.#isLost = false;
      this.#parts.listener.found();
    }
    return nowMs;
  }

  #adopt(path: ClientPath): void {
    this.#pathByKey.set(path.key, path);
    this.#parts.tables.addPath(path.key, this);
  }

  #follow(change: PathChange, path: ClientPath | undefined, nowMs: MonotonicMs): void {
    if (change.evicted !== undefined) {
      this.#pathByKey.delete(change.evicted);
      this.#questions.delete(change.evicted);
      this.#parts.tables.removePath(change.evicted, this);
    }
    if (change.unproven !== undefined && path?.key === change.unproven) this.#ask(path, nowMs);
    if (change.selected === undefined || path?.key !== change.selected) return;
    if (!this.#pathByKey.has(path.key)) this.#adopt(path);
    if (this.#selectedPath !== undefined) this.#pathChanges += 1;
    this.#selectedPath = path;
    this.#parts.listener.moved();
  }

  /** Sends a check to where media is wanted, at most as often as something comes from there. */
  #ask(path: ClientPath, nowMs: MonotonicMs): void {
    const [generation] = this.#generations;
    if (generation === undefined) return;
    if (!this.#pathByKey.has(path.key)) this.#adopt(path);
    const { local, clientUfrag, clientPwd } = generation;
    const before = this.#questions.get(path.key);
    const isOfNow = before?.clientPwd === clientPwd;
    if (isOfNow && nowMs - before.askedAtMs < ASK_MS_MIN) return;
    const transactionId = isOfNow ? before.transactionId : randomBytes(TRANSACTION_ID_BYTES);
    this.#questions.set(path.key, { transactionId, clientPwd, askedAtMs: nowMs });
    const username = `${clientUfrag}:${local.ufrag}`;
    path.send(writeControlledRequest({ transactionId, username }, sealWith(clientPwd)));
  }

  /** Hands a datagram to the peer, which says before it returns whether it is authentic. */
  #give(path: ClientPath, bytes: Uint8Array): void {
    this.#arrivingPath = path;
    this.#arrivingBytes = bytes;
    try {
      this.#parts.listener.datagram(bytes);
    } finally {
      this.#arrivingPath = undefined;
      this.#arrivingBytes = undefined;
    }
  }

  /** By packets that SRTP has verified: anybody can write any SSRC into others. */
  #learnSsrc(bytes: Uint8Array): void {
    const ssrc = senderSsrc(bytes);
    if (ssrc === undefined || this.#ssrcs.includes(ssrc)) return;
    const { tables } = this.#parts;
    if (this.#ssrcs.length >= SSRC_COUNT_MAX) {
      const [first] = this.#ssrcs.splice(0, 1);
      if (first !== undefined) tables.removeSsrc(first, this);
    }
    this.#ssrcs.push(ssrc);
    tables.addSsrc(ssrc, this);
  }
}
