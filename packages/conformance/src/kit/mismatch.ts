/** What the wire should have had and what it had. Thrown by expectations, caught by the runner. */
export class Mismatch extends Error {
  readonly expected: string;
  readonly got: string;
  /** The part of the wire that it was seen in, as JSON. */
  readonly excerpt: unknown;

  constructor(expected: string, got: string, excerpt?: unknown) {
    super(`expected ${expected}, got ${got}`);
    this.expected = expected;
    this.got = got;
    this.excerpt = excerpt;
  }
}

/** The server did not come into the state in which the assertion could be tried; it counts as skipped. */
export class Inconclusive extends Error {}
