import { assertNever } from '../errors/invariant.ts';

/**
 * The life of a session as a table (rules SES1–SES6 in spec/session.md).
 *
 * `opening`: the upstream or the media is still missing. `live`: both are there. `lingering`: the end is decided and
 * the client is being told. `closed`: nothing happens any more.
 */
export type LifecycleState = 'opening' | 'live' | 'lingering' | 'closed';

export type LifecycleEvent = 'parts_ready' | 'end' | 'linger_over';

/** The next state; the same state where the event means nothing. */
export function nextLifecycleState(state: LifecycleState, event: LifecycleEvent): LifecycleState {
  switch (state) {
    case 'opening':
      if (event === 'parts_ready') return 'live';
      return event === 'end' ? 'lingering' : state;
    case 'live':
      return event === 'end' ? 'lingering' : state;
    case 'lingering':
      return event === 'linger_over' ? 'closed' : state;
    case 'closed':
      return state;
    default:
      return assertNever(state, 'lifecycle state');
  }
}
