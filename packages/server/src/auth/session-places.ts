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

/** Seconds after which somebody whose places are all taken may ask again. */
const RETRY_AFTER_S = 5;

/**
 * What it takes to open a session, taken in one step, right before it is: a use of its client secret and a place among
 * the sessions of its key, its user and its address. No more counts are kept than there are sessions.
 */
export class SessionPlaces implements SessionAdmission {
  readonly #uses: UseLedger;
  readonly #counters: readonly PlaceCounter[];

  constructor(uses: UseLedger, limits: PlaceLimits) {
    this.#uses = uses;
    this.#counters = [
      new PlaceCounter('key', limits.perKey, ({ access }) => access.keyId),
      new PlaceCounter('user', limits.perUser, ({ access }) => access.user),
      new PlaceCounter('address', limits.perAddress, ({ countedAddress }) => countedAddress),
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

/** The live sessions of each key, user or address. */
class PlaceCounter {
  readonly #what: string;
  readonly #countMax: number | undefined;
  readonly #subjectOf: (opener: Opener) => string | undefined;
  readonly #counts = new Map<string, number>();

  constructor(
    what: string,
    countMax: number | undefined,
    subjectOf: (opener: Opener) => string | undefined,
  ) {
    this.#what = what;
    this.#countMax = countMax;
    this.#subjectOf = subjectOf;
  }

  isFull(opener: Opener): boolean {
    const subject = this.#subjectOf(opener);
    if (subject === undefined || this.#countMax === undefined) return false;
    return (this.#counts.get(subject) ?? 0) >= this.#countMax;
  }

  add(opener: Opener, count: 1 | -1): void {
    const subject = this.#subjectOf(opener);
    if (subject === undefined) return;
    const after = (this.#counts.get(subject) ?? 0) + count;
    if (after > 0) this.#counts.set(subject, after);
    else this.#counts.delete(subject);
  }

  error(): PrismErrorInfo {
    const message = `This ${this.#what} has ${this.#countMax ?? 0} sessions, which is all it may have at a time.`;
    return { code: 'concurrent_sessions_exceeded', message, retryAfterS: RETRY_AFTER_S };
  }
}
