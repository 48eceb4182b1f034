import type { OtherServerEvent } from '@prism/protocol';

/** A server event and its text, before policies look at it. */
export interface ToldEvent {
  readonly event: OtherServerEvent;
  readonly text: string;
}
