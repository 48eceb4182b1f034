/** A JSON object as it came over the wire: every field still has to be looked at. */
export interface WireObject {
  readonly [name: string]: unknown;
}

/** A Realtime event of either direction: an object with a `type`; other fields are unchecked. */
export interface WireEvent extends WireObject {
  readonly type: string;
}

/** Tells whether a value is a JSON object (not null, not a list). */
export function isWireObject(value: unknown): value is WireObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasType(value: WireObject): value is WireEvent {
  return typeof value.type === 'string';
}

/** Reads JSON text; `undefined` if it is no JSON, or no object. */
export function parseWireObject(text: string): WireObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isWireObject(value) ? value : undefined;
  } catch {
    // Text that is no JSON has no object in it.
    return undefined;
  }
}

/** Reads one data channel message; `undefined` if it is not a JSON object with a string `type`. */
export function parseWireEvent(text: string): WireEvent | undefined {
  const value = parseWireObject(text);
  return value !== undefined && hasType(value) ? value : undefined;
}

/** The named field if it is a string. */
export function textField(object: WireObject | undefined, name: string): string | undefined {
  const value = object?.[name];
  return typeof value === 'string' ? value : undefined;
}

/** The named field if it is a finite number. */
export function numberField(object: WireObject | undefined, name: string): number | undefined {
  const value = object?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A boolean member; `undefined` if it is none. */
export function booleanField(object: WireObject | undefined, name: string): boolean | undefined {
  const value = object?.[name];
  return typeof value === 'boolean' ? value : undefined;
}

/** The named field if it is an object. */
export function objectField(object: WireObject | undefined, name: string): WireObject | undefined {
  const value = object?.[name];
  return isWireObject(value) ? value : undefined;
}

/** The objects in the named list field; empty if the field is no list. */
export function objectsField(object: WireObject | undefined, name: string): readonly WireObject[] {
  const value = object?.[name];
  return Array.isArray(value) ? value.filter(isWireObject) : [];
}
