import type { SeededRandom } from '../simulator/seeded-random.ts';

/** Damage to client events: structural, on the value, and textual, on its JSON. */

type Path = readonly (string | number)[];

/** Longer than anything that an error may quote. */
const HUGE_CHARS = 100_000;
/** Just more than events may have, much more, and as text more than recursion can follow. */
const DEEP_LEVELS = [70, 500] as const;
const BOTTOMLESS_LEVELS = 20_000;

const STRANGE_VALUES: readonly unknown[] = [
  ...[null, true, false, 0, -1, 1.5, 1e308, 2 ** 53, 4_097, 9e9],
  ...['', ' ', 'root', 'nobody', '\u0000', '\ud800', '😀', 'AAAA', 'A', 'inf', '1'],
  ...[[], {}, [[]], [null], ['audio', 'text'], { type: 'none' }, { id: '' }, { type: null }],
  'x'.repeat(HUGE_CHARS),
];

const NEW_KEYS: readonly string[] = [
  ...['extra', 'modalities', 'temperature', 'voice', 'id', 'type', 'event_id', ''],
  ...['__proto__', 'constructor', 'toString', 'k'.repeat(HUGE_CHARS)],
];

export function pick<Value>(random: SeededRandom, values: readonly Value[]): Value {
  const value = values[Math.floor(random.next() * values.length)];
  if (value === undefined) {
    throw new Error('nothing to pick from');
  }
  return value;
}

function pathsOf(value: unknown, base: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) {
    return [base];
  }
  const keys = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
  const inner = keys.flatMap((key) =>
    pathsOf((value as Readonly<Record<PropertyKey, unknown>>)[key], [...base, key]),
  );
  return [base, ...inner];
}

function changedAt(value: unknown, path: Path, change: (inner: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    return change(value);
  }
  if (Array.isArray(value)) {
    return value.map((inner: unknown, at) => (at === key ? changedAt(inner, rest, change) : inner));
  }
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    entries.map(([name, inner]) => [name, name === key ? changedAt(inner, rest, change) : inner]),
  );
}

function nested(levels: number): unknown {
  let value: unknown = 'deep';
  for (let level = 0; level < levels; level += 1) {
    value = level % 2 === 0 ? [value] : { inner: value };
  }
  return value;
}

function withoutOne(value: unknown, random: SeededRandom): unknown {
  if (Array.isArray(value)) {
    return value.slice(1);
  }
  if (typeof value !== 'object' || value === null) {
    return undefined;
  }
  const entries = Object.entries(value);
  const at = Math.floor(random.next() * entries.length);
  return Object.fromEntries(entries.filter((_, index) => index !== at));
}

function withOneMore(value: unknown, random: SeededRandom): unknown {
  if (Array.isArray(value)) {
    const more: unknown = value.length > 0 ? value[0] : pick(random, STRANGE_VALUES);
    return [...(value as readonly unknown[]), more];
  }
  if (typeof value !== 'object' || value === null) {
    return [value];
  }
  return Object.fromEntries([
    ...Object.entries(value),
    [pick(random, NEW_KEYS), pick(random, STRANGE_VALUES)],
  ]);
}

/** A value with one thing in it changed: gone, doubled, added, of another type, huge, deep or from another event. */
export function mutated(value: unknown, random: SeededRandom, donor: unknown): unknown {
  const path = pick(random, pathsOf(value));
  return changedAt(value, path, (inner) => {
    const dice = random.next();
    if (dice < 0.25) {
      return withoutOne(inner, random);
    }
    if (dice < 0.45) {
      return withOneMore(inner, random);
    }
    if (dice < 0.8) {
      return pick(random, STRANGE_VALUES);
    }
    if (dice < 0.81) {
      return nested(pick(random, DEEP_LEVELS));
    }
    const from = pick(random, pathsOf(donor));
    return from.reduce<unknown>(
      (found, key) => (found as Readonly<Record<PropertyKey, unknown>>)[key],
      donor,
    );
  });
}

const GARBAGE: readonly string[] = [
  ...['', ' ', 'null', '[]', '"type"', '1', 'NaN', '{', '}', '{}{}', '\u0000', '\ufeff{}', '[[['],
  ...["{'type':'x'}", '{"type":"response.create",}', '{"type":"response.create"', 'undefined'],
  `${'['.repeat(BOTTOMLESS_LEVELS)}${']'.repeat(BOTTOMLESS_LEVELS)}`,
  `{"type":"session.update","session":${'['.repeat(BOTTOMLESS_LEVELS)}${']'.repeat(BOTTOMLESS_LEVELS)}}`,
];

/** JSON with a character changed, a piece missing or doubled, a key written twice, or something else altogether. */
export function garbled(text: string, random: SeededRandom): string {
  const at = Math.floor(random.next() * text.length);
  const dice = random.next();
  if (dice < 0.2) {
    return pick(random, GARBAGE);
  }
  if (dice < 0.4) {
    return text.slice(0, at);
  }
  if (dice < 0.6) {
    return `${text.slice(0, at)}${String.fromCharCode(random.next() * 0x250)}${text.slice(at + 1)}`;
  }
  if (dice < 0.8) {
    return `${text.slice(0, at)}${text.slice(at + 1 + Math.floor(random.next() * 8))}`;
  }
  return text.replace('{', '{"event_id":"twice","type":"response.cancel",');
}
