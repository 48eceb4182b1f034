import type { MonotonicMs } from '../time/clock.ts';

/** One way to the client: a remote address on the UDP port, or a TCP connection. */
export type PathKey = string;

/** What a valid connectivity check says of its path. */
export interface PathCheck {
  /** The PRIORITY that the client gives the path. */
  readonly priority: number;
  /** Whether it carries USE-CANDIDATE. */
  readonly isNominating: boolean;
  /** Whether the path's other end gets what is sent there for certain, as that of a connection does. */
  readonly isProven?: boolean;
}

/** What came of an input. */
export interface PathChange {
  /** The path that media is sent on from now on, if that changed. */
  readonly selected: PathKey | undefined;
  /** A path that was given up for lack of room. */
  readonly evicted: PathKey | undefined;
  /** A path that would be selected if somebody there had answered: to be asked, and told to `proven` then. */
  readonly unproven: PathKey | undefined;
}

interface Path {
  priority: number;
  heardAtMs: MonotonicMs;
  isProven: boolean;
  /** When the client last wanted media there, in vain. */
  wantedAtMs: MonotonicMs | undefined;
}

interface Probe {
  readonly key: PathKey;
  readonly sinceMs: MonotonicMs;
  forwarded: number;
  verified: number;
}

/** Most paths of one client; the one that was silent longest makes room, never the selected one. */
export const PATH_COUNT_MAX = 16;
/** Silence of the selected path after which another one may take over without a higher priority. */
export const PATH_SILENCE_MS = 200;
/** How long one unknown address is tried before another one may be. */
const PROBE_MS_MAX = 500;
/** Packets of one unknown address that are tried. */
const PROBE_COUNT_MAX = 50;
/** Verified packets that make an unknown address the client's. */
const PROBE_VERIFIED_COUNT = 2;

/** How long a wish holds for media on a path that hasn't answered yet: the longest round trip. */
const WISH_MS_MAX = 2_000;

const NOTHING: PathChange = { selected: undefined, evicted: undefined, unproven: undefined };

/**
 * The paths of one client, and which of them media is sent on: the controlled side of ICE (RFC 8445, section 7.3),
 * lite, for clients whose address may change under them.
 *
 * A path is the client's if a check with the right password came on it. Media is sent on the first such path, then on
 * the one that was nominated with the highest priority, then on any nominated one once the selected path is silent.
 * A client whose NAT gave it a new address sends media before it sends its next check: while the selected path is
 * silent, packets of its SSRC from an unknown address are let through to SRTP, and if SRTP verifies them the address
 * is taken as the client's.
 *
 * Both can be sent from a false address by a client that wants somebody else to get its media. So media moves to an
 * address once somebody there has answered; on the first path nothing but a handshake passes before its answers do.
 */
export class IcePaths {
  readonly #paths = new Map<PathKey, Path>();
  #selectedKey: PathKey | undefined;
  #probe: Probe | undefined;

  get selectedKey(): PathKey | undefined {
    return this.#selectedKey;
  }

  get size(): number {
    return this.#paths.size;
  }

  /** When the client was heard last; undefined before its first check. */
  get heardAtMs(): MonotonicMs | undefined {
    return this.#selected?.heardAtMs;
  }

  has(key: PathKey): boolean {
    return this.#paths.has(key);
  }

  /** A check with the right password came on `key`. */
  check(key: PathKey, check: PathCheck, nowMs: MonotonicMs): PathChange {
    const isTakeover = this.#takesOver(key, check, nowMs);
    const isFirst = this.#selectedKey === undefined;
    const { path, evicted } = this.#hear(key, check.priority, nowMs);
    if (check.isProven === true) path.isProven = true;
    if (isTakeover) return this.#want(key, { path, evicted, isSure: isFirst }, nowMs);
    return evicted === undefined ? NOTHING : { ...NOTHING, evicted };
  }

  /** Somebody on `key` has answered what nobody else can have read. */
  proven(key: PathKey, nowMs: MonotonicMs): PathChange {
    const path = this.#paths.get(key);
    if (path === undefined) return NOTHING;
    path.isProven = true;
    const isWanted = path.wantedAtMs !== undefined && nowMs - path.wantedAtMs <= WISH_MS_MAX;
    if (!isWanted || !this.#isBetter(path.priority, nowMs)) return NOTHING;
    this.#select(key);
    return { ...NOTHING, selected: key };
  }

  /** Something else came on `key`, one of the client's paths. */
  heard(key: PathKey, nowMs: MonotonicMs): void {
    const path = this.#paths.get(key);
    if (path !== undefined) path.heardAtMs = nowMs;
  }

  /** Whether a packet of the client's SSRC from the unknown address `key` may be tried. */
  admitsStranger(key: PathKey, nowMs: MonotonicMs): boolean {
    const selected = this.#selected;
    if (selected === undefined || nowMs - selected.heardAtMs < PATH_SILENCE_MS) return false;
    if (this.#probe === undefined || nowMs - this.#probe.sinceMs > PROBE_MS_MAX) {
      this.#probe = { key, sinceMs: nowMs, forwarded: 0, verified: 0 };
    }
    if (this.#probe.key !== key || this.#probe.forwarded >= PROBE_COUNT_MAX) return false;
    this.#probe.forwarded += 1;
    return true;
  }

  /**
   * SRTP verified a packet that came on `key`. Answers the path that is selected by it, if one is: what the client's own
   * path brings meanwhile says nothing of the address that is tried, which anybody may send from.
   */
  verified(key: PathKey, nowMs: MonotonicMs): PathChange {
    const probe = this.#probe;
    if (probe === undefined || probe.key !== key) return NOTHING;
    probe.verified += 1;
    if (probe.verified < PROBE_VERIFIED_COUNT) return NOTHING;
    const { path, evicted } = this.#hear(probe.key, this.#selected?.priority ?? 0, nowMs);
    return this.#want(probe.key, { path, evicted, isSure: false }, nowMs);
  }

  /** The path is gone, as a closed connection is. */
  remove(key: PathKey): void {
    this.#paths.delete(key);
    // The selected key stays: media for it has nowhere to go until another path is checked.
  }

  get #selected(): Path | undefined {
    return this.#selectedKey === undefined ? undefined : this.#paths.get(this.#selectedKey);
  }

  #takesOver(key: PathKey, check: PathCheck, nowMs: MonotonicMs): boolean {
    if (key === this.#selectedKey) return false;
    const selected = this.#selected;
    if (selected === undefined) return true;
    return check.isNominating && this.#isBetter(check.priority, nowMs);
  }

  #isBetter(priority: number, nowMs: MonotonicMs): boolean {
    const selected = this.#selected;
    if (selected === undefined) return true;
    return priority >= selected.priority || nowMs - selected.heardAtMs >= PATH_SILENCE_MS;
  }

  /** Selects a path, at once if it is sure who gets what is sent there. */
  #want(
    key: PathKey,
    found: {
      readonly path: Path;
      readonly evicted: PathKey | undefined;
      readonly isSure: boolean;
    },
    nowMs: MonotonicMs,
  ): PathChange {
    const { path, evicted, isSure } = found;
    if (isSure || path.isProven) {
      this.#select(key);
      return { selected: key, evicted, unproven: undefined };
    }
    path.wantedAtMs = nowMs;
    return { selected: undefined, evicted, unproven: key };
  }

  #select(key: PathKey): void {
    this.#selectedKey = key;
    const path = this.#paths.get(key);
    if (path !== undefined) path.wantedAtMs = undefined;
    this.#probe = undefined;
  }

  #hear(
    key: PathKey,
    priority: number,
    nowMs: MonotonicMs,
  ): { readonly path: Path; readonly evicted: PathKey | undefined } {
    const known = this.#paths.get(key);
    if (known !== undefined) {
      known.heardAtMs = nowMs;
      known.priority = priority;
      return { path: known, evicted: undefined };
    }
    const evicted = this.#paths.size >= PATH_COUNT_MAX ? this.#oldestIdle() : undefined;
    if (evicted !== undefined) this.#paths.delete(evicted);
    const path = { priority, heardAtMs: nowMs, isProven: false, wantedAtMs: undefined };
    this.#paths.set(key, path);
    return { path, evicted };
  }

  #oldestIdle(): PathKey | undefined {
    let oldest: { readonly key: PathKey; readonly heardAtMs: MonotonicMs } | undefined;
    for (const [key, { heardAtMs }] of this.#paths) {
      if (key === this.#selectedKey) continue;
      if (oldest === undefined || heardAtMs < oldest.heardAtMs) oldest = { key, heardAtMs };
    }
    return oldest?.key;
  }
}
