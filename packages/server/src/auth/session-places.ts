import type { PrismErrorInfo } from '@prism/protocol';
import type { Opener, SessionAdmission } from '../runtime/ports/session-admission.ts';
import { SECRET_USED_UP } from './gate.ts';
import type { UseLedger } from './use-ledger.ts';

/** Sessions at a time; `undefined` is no limit. */
export interface PlaceLimits {
  readonly perKey: number | undefined;
  readonly perUser: number | undefined;
  readonly perAddress: number | undefined;
}

/** Counts that several processes add up. */
export interface SharedCounts {
  /** Lets the others know how many a subject has here. */
  tell(counter: string, subject: string, count: number): void;
  /** How many it has elsewhere, as far as is known. */
  elsewhere(counter: string, subject: string): number;
}

/** One process has them all. */
const NOT_SHARED: SharedCounts = { tell: () => undefined, elsewhere: () => 0 };

/** Seconds after which somebody whose places are all taken may ask again. */
const RETRY_AFTER_S = 5;

/**
 * What it takes to open a session, taken in one step, right before it is: a use of its client secret and a place among
 * the sessions of its key, its user and its address. No more counts are kept than there are sessions.
 */
export class SessionPlaces implements SessionAdmission {
  readonly #uses: UseLedger;
  readonly #counters: readonly PlaceCounter[];

  constructor(uses: UseLedger, limits: PlaceLimits, shared: SharedCounts = NOT_SHARED) {
    this.#uses = uses;
    const counter = (
      what: string,
      countMax: number | undefined,
      subjectOf: (opener: Opener) => string | undefined,
    ): PlaceCounter => new PlaceCounter({ what, countMax, subjectOf, shared });
    this.#counters = [
      counter('key', limits.perKey, ({ access }) => access.keyId),
      counter('user', limits.perUser, ({ access }) => access.user),
      counter('address', limits.perAddress, ({ countedAddress }) => countedAddress),
    ];
  }

  refusal(opener: Opener): PrismErrorInfo | undefined {
    const full = this.#counters.find((counter) => counter.isFull(opener));
    if (full !== undefined) return full.error();
    const { tokenId } = opener.access;
    if (opener.isReturn === true) return undefined;
    return tokenId === undefined || this.#uses.hasUses(tokenId) ? undefined : SECRET_USED_UP;
  }

  opened(opener: Opener): void {
    const { tokenId } = opener.access;
    if (tokenId !== undefined && opener.isReturn !== true) this.#uses.take(tokenId);
    for (const counter of this.#counters) counter.add(opener, 1);
  }

  closed(opener: Opener): void {
    for (const counter of this.#counters) counter.add(opener, -1);
  }
}

interface PlaceCounterOptions {
  readonly what: string;
  readonly countMax: number | undefined;
  readonly subjectOf: (opener: Opener) => string | undefined;
  readonly shared: SharedCounts;
}

/** The live sessions of each key, user or address. */
class PlaceCounter {
  readonly #what: string;
  readonly #countMax: number | undefined;
  readonly #subjectOf: (opener: Opener) => string | undefined;
  readonly #shared: SharedCounts;
  readonly #counts = new Map<string, number>();

  constructor({ what, countMax, subjectOf, shared }: PlaceCounterOptions) {
    this.#what = what;
    this.#countMax = countMax;
    this.#subjectOf = subjectOf;
    this.#shared = shared;
  }

  isFull(opener: Opener): boolean {
    const subject = this.#subjectOf(opener);
    if (subject === undefined || this.#countMax === undefined) return false;
    const elsewhere = this.#shared.elsewhere(this.#what, subject);
    return (this.#counts.get(subject) ?? 0) + elsewhere >= this.#countMax;
  }

  add(opener: Opener, count: 1 | -1): void {
    const subject = this.#subjectOf(opener);
    if (subject === undefined) return;
    const after = (this.#counts.get(subject) ?? 0) + count;
    if (after > 0) this.#counts.set(subject, after);
    else this.#counts.delete(subject);
    if (this.#countMax !== undefined) this.#shared.tell(this.#what, subject, after);
  }

  error(): PrismErrorInfo {
    const message = `This ${this.#what} has ${this.#countMax ?? 0} sessions, which is all it may have at a time.`;
    return { code: 'concurrent_sessions_exceeded', message, retryAfterS: RETRY_AFTER_S };
  }
}
