import { isDeepStrictEqual } from 'node:util';
import type { WireEvent } from '../transport/conformance-transport.ts';
import { Mismatch } from './mismatch.ts';

/** The kinds of JSON values. */
export type Kind = 'null' | 'boolean' | 'number' | 'integer' | 'string' | 'array' | 'object';

/** The value at a path such as `session.audio.input` or `response.output[0].id`; `undefined` where there is none. */
export function at(root: unknown, path: string): unknown {
  return path
    .split(/[.[\]]+/)
    .filter((part) => part !== '')
    .reduce<unknown>(
      (value, part) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, part)
          ? (value as Record<string, unknown>)[part]
          : undefined,
      root,
    );
}

/** The text at a path. Throws {@link Mismatch} where there is none. */
export function textAt(root: unknown, path: string): string {
  const value = at(root, path);
  if (typeof value !== 'string') throw new Mismatch(`a text at ${path}`, show(value), root);
  return value;
}

/** The number at a path. Throws {@link Mismatch} where there is none. */
export function numberAt(root: unknown, path: string): number {
  const value = at(root, path);
  if (typeof value !== 'number') throw new Mismatch(`a number at ${path}`, show(value), root);
  return value;
}

/** The array at a path. Throws {@link Mismatch} where there is none. */
export function arrayAt(root: unknown, path: string): readonly unknown[] {
  const value = at(root, path);
  if (!Array.isArray(value)) throw new Mismatch(`an array at ${path}`, show(value), root);
  return value as readonly unknown[];
}

/** The value at a path equals another, deeply. */
export function expectIs(root: unknown, path: string, wanted: unknown): void {
  const value = at(root, path);
  if (!isDeepStrictEqual(value, wanted)) {
    throw new Mismatch(`${path} ${show(wanted)}`, show(value), root);
  }
}

/** The value at a path is one of several. */
export function expectOneOf(root: unknown, path: string, wanted: readonly unknown[]): void {
  const value = at(root, path);
  if (!wanted.some((one) => isDeepStrictEqual(value, one))) {
    throw new Mismatch(`${path} one of ${wanted.map(show).join(', ')}`, show(value), root);
  }
}

/** The value at a path is a text of a form. */
export function expectMatch(root: unknown, path: string, form: RegExp): void {
  const value = at(root, path);
  if (typeof value !== 'string' || !form.test(value)) {
    throw new Mismatch(`${path} like ${form.source}`, show(value), root);
  }
}

/** The value at a path is of a kind. */
export function expectKind(root: unknown, path: string, kind: Kind): void {
  const value = at(root, path);
  if (!isOfKind(value, kind)) throw new Mismatch(`${path} of kind ${kind}`, show(value), root);
}

/** There is nothing at a path, not even null. */
export function expectAbsent(root: unknown, path: string): void {
  const value = at(root, path);
  if (value !== undefined) throw new Mismatch(`no ${path}`, show(value), root);
}

/** A claim about several values. */
export function expectThat(
  isTrue: boolean,
  expected: string,
  got: { readonly got: unknown; readonly excerpt?: unknown },
): void {
  if (!isTrue) throw new Mismatch(expected, show(got.got), got.excerpt);
}

/** The events of a type, in order. */
export function allOf(events: readonly WireEvent[], type: string): readonly WireEvent[] {
  return events.filter((event) => event.type === type);
}

/** The first event of a type. Throws {@link Mismatch} where there is none. */
export function firstOf(events: readonly WireEvent[], type: string): WireEvent {
  const event = events.find((one) => one.type === type);
  if (event === undefined) throw new Mismatch(`an event ${type}`, typesOf(events));
  return event;
}

/** The only event of a type. Throws {@link Mismatch} where there is none or a second one. */
export function onlyOf(events: readonly WireEvent[], type: string): WireEvent {
  const [first, second] = allOf(events, type);
  if (first === undefined || second !== undefined) {
    throw new Mismatch(`one event ${type}`, typesOf(events));
  }
  return first;
}

/** There is no event of a type. */
export function expectNone(events: readonly WireEvent[], form: RegExp): void {
  const event = events.find(({ type }) => form.test(type));
  if (event !== undefined) throw new Mismatch(`no event ${form.source}`, event.type, event);
}

/** The first events of these types come in this order. */
export function expectOrder(events: readonly WireEvent[], types: readonly string[]): void {
  const places = types.map((type) => events.indexOf(firstOf(events, type)));
  const isOrdered = places.every((place, index) => index === 0 || place > (places[index - 1] ?? 0));
  if (!isOrdered) throw new Mismatch(`in order ${types.join(', ')}`, typesOf(events));
}

/** The types of events in a row, repetitions counted. */
export function typesOf(events: readonly WireEvent[]): string {
  const runs: { type: string; count: number }[] = [];
  for (const { type } of events) {
    const last = runs.at(-1);
    if (last?.type === type) last.count += 1;
    else runs.push({ type, count: 1 });
  }
  const told = runs.map(({ type, count }) => (count === 1 ? type : `${type} ×${count}`));
  return told.length === 0 ? 'no event' : told.join(', ');
}

/** A value in a line of a report. */
export function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

function isOfKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'boolean':
    case 'number':
    case 'string':
      return typeof value === kind;
  }
}
