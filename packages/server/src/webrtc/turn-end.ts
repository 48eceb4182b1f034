/** Something that waits for the end of a turn of the event loop. */
export interface TurnEndOwner {
  turnEnded(): void;
}

/**
 * The end of a turn of the event loop, for all peers: what isn't as urgent as media is sent then.
 *
 * An upstream's read brings `response.created` and the first audio of an answer at once. To tell the client of the
 * event takes longer, all in all, than everything that is done for the packet.
 */
export class TurnEnd {
  readonly #owners = new Set<TurnEndOwner>();
  #immediate: NodeJS.Immediate | undefined;

  /** Calls `owner` once, when the turn of the event loop that is on is over. */
  await(owner: TurnEndOwner): void {
    this.#owners.add(owner);
    this.#immediate ??= setImmediate(() => this.#end());
  }

  /** Calls nobody any more. */
  close(): void {
    this.#owners.clear();
    clearImmediate(this.#immediate);
    this.#immediate = undefined;
  }

  #end(): void {
    this.#immediate = undefined;
    const owners = [...this.#owners];
    this.#owners.clear();
    for (const owner of owners) owner.turnEnded();
  }
}
