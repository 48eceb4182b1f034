import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  DtlsConnection,
  type DtlsEffect,
  type DtlsInput,
  type DtlsKeysEffect,
  type DtlsOptions,
  type MonotonicMs,
  type WallMs,
} from '@prism/core';
import { NODE_DTLS_CRYPTO } from '../webrtc/dtls/node-dtls-crypto.ts';
import { makeOwnCertificate } from '../webrtc/dtls/own-certificate.ts';

export type EndName = 'client' | 'server';

export interface PassingDatagram {
  readonly from: EndName;
  /** How many the sender had sent before. */
  readonly index: number;
  readonly bytes: Uint8Array;
}

export interface PairOptions {
  readonly client?: Partial<DtlsOptions>;
  readonly server?: Partial<DtlsOptions>;
  /** One way, in milliseconds. */
  readonly delayMs?: number;
  /** Up to that much more, which changes the order. */
  readonly jitterMs?: number;
  readonly lossRate?: number;
  readonly duplicateRate?: number;
  readonly seed?: number;
  /** What arrives in place of a datagram. */
  readonly change?: (datagram: PassingDatagram) => readonly Uint8Array[];
}

/** The certificates of all pairs: making one for each would be most of a test's time. */
const CERTIFICATES = {
  client: makeOwnCertificate(1_800_000_000_000 as WallMs),
  server: makeOwnCertificate(1_800_000_000_000 as WallMs),
};

/** Numbers from 0 to 1 that depend on the seed alone (mulberry32). */
export function seededNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What one end of a call would be made with, besides what a test wants. */
function dtlsOptions(role: EndName, wanted: Partial<DtlsOptions> = {}): DtlsOptions {
  const peer = CERTIFICATES[role === 'client' ? 'server' : 'client'];
  const digest = createHash('sha256').update(peer.certificateDer).digest();
  return {
    role,
    crypto: NODE_DTLS_CRYPTO,
    certificate: CERTIFICATES[role],
    remoteFingerprints: [{ algorithm: 'sha-256', digest }],
    srtpProfiles: ['aead_aes_128_gcm', 'aes128_cm_sha1_80'],
    ...wanted,
  };
}

/** One end of a simulated connection, and all that came of it. */
export class DtlsEnd {
  readonly name: EndName;
  readonly connection: DtlsConnection;
  readonly effects: DtlsEffect[] = [];
  sentCount = 0;

  constructor(name: EndName, wanted: Partial<DtlsOptions> | undefined) {
    this.name = name;
    this.connection = new DtlsConnection(dtlsOptions(name, wanted));
  }

  get keys(): DtlsKeysEffect | undefined {
    return this.effects.find((effect) => effect.type === 'keys');
  }

  /** Application data that came, as text. */
  get texts(): readonly string[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'data' ? [Buffer.from(effect.bytes).toString()] : [],
    );
  }

  /** Reasons of ends; one at most. */
  get ends(): readonly string[] {
    return this.effects.flatMap((effect) => (effect.type === 'closed' ? [effect.reason] : []));
  }

  get datagrams(): readonly Uint8Array[] {
    return this.effects.flatMap((effect) => (effect.type === 'datagram' ? [effect.bytes] : []));
  }
}

/** A client and a server on a network of which everything follows from its options. */
export class DtlsPair {
  readonly client: DtlsEnd;
  readonly server: DtlsEnd;
  readonly #options: PairOptions;
  readonly #random: () => number;
  readonly #underway: {
    readonly atMs: number;
    readonly to: DtlsEnd;
    readonly bytes: Uint8Array;
  }[] = [];
  #nowMs = 0;

  constructor(options: PairOptions = {}) {
    this.#options = options;
    this.#random = seededNumbers(options.seed ?? 1);
    this.client = new DtlsEnd('client', options.client);
    this.server = new DtlsEnd('server', options.server);
  }

  /** One that has run long enough to be connected, if it can be. */
  static connected(options: PairOptions = {}): DtlsPair {
    const pair = new DtlsPair(options);
    pair.start();
    pair.run(100);
    return pair;
  }

  get nowMs(): MonotonicMs {
    return this.#nowMs as MonotonicMs;
  }

  start(): void {
    this.input('server', { type: 'start' });
    this.input('client', { type: 'start' });
  }

  input(name: EndName, input: DtlsInput): readonly DtlsEffect[] {
    const end = this[name];
    const effects = end.connection.handle(input, this.nowMs);
    end.effects.push(...effects);
    for (const effect of effects) if (effect.type === 'datagram') this.#send(end, effect.bytes);
    return effects;
  }

  /** Lets time pass, with all that happens meanwhile. */
  run(durationMs: number): void {
    const endMs = this.#nowMs + durationMs;
    while (this.#step(endMs)) {
      // Each step is one arrival or one deadline.
    }
    this.#nowMs = endMs;
  }

  #step(endMs: number): boolean {
    this.#underway.sort((left, right) => left.atMs - right.atMs);
    const arrival = this.#underway[0];
    const due = this.#nextDeadline();
    const atMs = Math.min(arrival?.atMs ?? Infinity, due?.atMs ?? Infinity);
    if (atMs > endMs) return false;
    this.#nowMs = Math.max(this.#nowMs, atMs);
    if (arrival !== undefined && arrival.atMs <= atMs) {
      this.#underway.shift();
      this.input(arrival.to.name, { type: 'datagram', bytes: arrival.bytes });
    } else if (due !== undefined) {
      this.input(due.name, { type: 'deadline' });
    }
    return true;
  }

  #nextDeadline(): { readonly atMs: number; readonly name: EndName } | undefined {
    const dues = [this.client, this.server].flatMap(({ name, connection: { deadlineMs } }) =>
      deadlineMs === undefined ? [] : [{ atMs: deadlineMs, name }],
    );
    return dues.toSorted((left, right) => left.atMs - right.atMs)[0];
  }

  #send(from: DtlsEnd, bytes: Uint8Array): void {
    const { change, lossRate = 0, duplicateRate = 0, delayMs = 5, jitterMs = 0 } = this.#options;
    const passing = { from: from.name, index: from.sentCount, bytes };
    from.sentCount += 1;
    const to = from === this.client ? this.server : this.client;
    for (const arriving of change?.(passing) ?? [bytes]) {
      if (this.#random() < lossRate) continue;
      const copies = this.#random() < duplicateRate ? 2 : 1;
      for (let copy = 0; copy < copies; copy += 1) {
        const atMs = this.#nowMs + delayMs + this.#random() * jitterMs;
        this.#underway.push({ atMs, to, bytes: arriving });
      }
    }
  }
}

/** Fails unless both ends are connected, nothing is awaited, and each has the other's keys. */
export function assertDtlsConnected({ client, server }: DtlsPair): void {
  assert.deepEqual([client.ends, server.ends], [[], []]);
  assert.equal(client.connection.state, 'connected');
  assert.equal(server.connection.state, 'connected');
  assert.deepEqual(
    [client.connection.deadlineMs, server.connection.deadlineMs],
    [undefined, undefined],
  );
  assert.ok(client.keys !== undefined && server.keys !== undefined);
  assert.equal(client.keys.profile, server.keys.profile);
  assert.deepEqual(client.keys.local, server.keys.remote);
  assert.deepEqual(client.keys.remote, server.keys.local);
  assert.notDeepEqual(client.keys.local, client.keys.remote);
}
