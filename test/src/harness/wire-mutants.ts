/** JSON with one thing changed: what a check of the wire has to notice. */

/** Members that have no business on the wire: a check that something is absent must find them. */
const FOREIGN_MEMBERS: Readonly<Record<string, unknown>> = {
  audio: 'AAAA',
  output: {},
  delta: 'AAAA',
  modalities: ['text'],
  voice: 'alloy',
  client_secret: {},
  instructions: 'x',
  threshold: 0.5,
  authorization: 'conformance-secret',
};

/** Events that a list of events may have too many of. */
const FOREIGN_EVENTS: readonly unknown[] = [
  { type: 'response.created', event_id: 'event_foreign' },
  { type: 'conversation.item.created', event_id: 'event_foreign' },
  { type: 'conversation.item.added', event_id: 'event_foreign' },
  { type: 'input_audio_buffer.speech_started', event_id: 'event_foreign' },
  { type: 'response.output_text.delta', event_id: 'event_foreign' },
  { type: 'response.audio.delta', event_id: 'event_foreign' },
  { type: 'session.created', event_id: 'event_foreign' },
  { type: 'error', event_id: 'event_foreign' },
];

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The texts that each member has anywhere, so that one can stand where another belongs. */
type Borrowed = ReadonlyMap<string, ReadonlySet<string>>;

/** Everything that `value` could have been instead, in a fixed order. */
export function mutantsOf(value: unknown): Generator {
  const borrowed = new Map<string, Set<string>>();
  collectTexts(value, '', borrowed);
  return mutants(value, '', borrowed);
}

function collectTexts(value: unknown, name: string, into: Map<string, Set<string>>): void {
  if (typeof value === 'string') into.set(name, (into.get(name) ?? new Set()).add(value));
  else if (Array.isArray(value)) for (const one of value) collectTexts(one, name, into);
  else if (isObject(value)) {
    for (const [member, one] of Object.entries(value)) collectTexts(one, member, into);
  }
}

function* mutants(value: unknown, name: string, borrowed: Borrowed): Generator {
  if (Array.isArray(value)) yield* mutantsOfList(value, name, borrowed);
  else if (isObject(value)) yield* mutantsOfObject(value, borrowed);
  else {
    yield* otherLeaves(value);
    if (typeof value === 'string') yield* borrowed.get(name) ?? [];
  }
}

function* otherLeaves(value: unknown): Generator {
  if (typeof value === 'number') yield* [-1, value + 1, value * 1_000 + 0.5];
  else if (typeof value === 'boolean') yield !value;
  else if (typeof value === 'string') yield* ['mutant', '', `sk-key ${value} mutant`];
  else yield* ['mutant', 7, { mutant: true }];
  if (value !== null) yield null;
}

function* mutantsOfList(list: readonly unknown[], name: string, borrowed: Borrowed): Generator {
  yield [];
  yield list.toReversed();
  yield 'mutant';
  yield [...list, 'mutant'];
  if (list.every((one) => isObject(one) && 'type' in one)) {
    for (const event of FOREIGN_EVENTS) yield [...list, event];
    for (const event of FOREIGN_EVENTS) yield [event, ...list];
  }
  for (const [index, one] of list.entries()) {
    yield list.toSpliced(index, 1);
    yield list.toSpliced(index, 0, one);
    for (const mutant of mutants(one, name, borrowed)) yield list.with(index, mutant);
  }
}

function* mutantsOfObject(
  object: Readonly<Record<string, unknown>>,
  borrowed: Borrowed,
): Generator {
  yield null;
  for (const [name, value] of Object.entries(FOREIGN_MEMBERS)) {
    if (!Object.hasOwn(object, name)) yield { ...object, [name]: value };
  }
  for (const [name, value] of Object.entries(object)) {
    const { [name]: _left, ...rest } = object;
    yield rest;
    for (const mutant of mutants(value, name, borrowed)) yield { ...object, [name]: mutant };
  }
}
