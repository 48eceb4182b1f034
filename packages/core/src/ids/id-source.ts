import type { CallIds } from '@prism/protocol';

/** Where identifiers come from: random in the server, counted in tests. */
export interface IdSource {
  nextCallIds(): CallIds;
  /** `event_` and 21 base62 characters. */
  nextEventId(): string;
}
