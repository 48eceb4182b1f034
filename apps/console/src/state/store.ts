/** Holds one immutable state and tells its subscribers when it is replaced. */
export interface Store<State, Action> {
  readonly state: () => State;
  readonly dispatch: (action: Action) => void;
  /** Calls back after each change; the returned function ends that. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** A store whose state only `reduce` makes; an unchanged state notifies nobody. */
export function createStore<State, Action>(
  reduce: (state: State, action: Action) => State,
  initial: State,
): Store<State, Action> {
  let current = initial;
  const listeners = new Set<() => void>();
  return {
    state: () => current,
    dispatch: (action) => {
      const next = reduce(current, action);
      if (next === current) return;
      current = next;
      for (const listener of listeners) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
  };
}
