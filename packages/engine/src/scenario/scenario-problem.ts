/** One thing that is wrong with a scenario file. */
export interface ScenarioProblem {
  /** 1 for the first; 0 if it can't be told. */
  readonly line: number;
  readonly message: string;
}

/** The line on which the value at a path stands. */
export type LineOf = (path: readonly PropertyKey[]) => number;
