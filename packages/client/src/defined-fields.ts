/** An object whose members are absent where those of `Fields` may be undefined. */
export type DefinedFields<Fields> = {
  readonly [Name in keyof Fields as undefined extends Fields[Name] ? never : Name]: Fields[Name];
} & {
  readonly [Name in keyof Fields as undefined extends Fields[Name] ? Name : never]?: Exclude<
    Fields[Name],
    undefined
  >;
};

/** The members of an object that have a value: one that is undefined is absent, as on the wire. */
export function definedFields<Fields extends object>(fields: Fields): DefinedFields<Fields> {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as DefinedFields<Fields>;
}
