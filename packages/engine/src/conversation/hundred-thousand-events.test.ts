import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { seededRandom } from '../simulator/seeded-random.ts';
import {
  type ClientEventJson,
  FOREIGN_CLIENT_EVENTS,
  GA_CLIENT_EVENTS,
  SPOKEN_ITEM_ID,
} from '../testing-doubles/client-event-corpus.ts';
import { ConversationBench } from '../testing-doubles/conversation-bench.ts';
import { garbled, mutated, pick } from '../testing-doubles/event-mutation.ts';
import { clientEvent, play, surrounding } from '../testing-doubles/random-client.ts';
import type { ServerEvent, ServerEventOf } from '../wire/server-event.ts';

const EVENT_COUNT = 100_000;
const EVENTS_PER_SESSION = 100;
const SEED = 20_261_124;

/** What an error may be at most: it quotes the client, and must not throw a megabyte back. */
const ERROR_CHARS_MAX = 2_048;

/** The documented answer of each GA client event (Realtime GA reference); these follow one another at once. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  'session.update': ['session.updated'],
  'input_audio_buffer.commit': [
    ...['input_audio_buffer.committed', 'conversation.item.added', 'conversation.item.done'],
  ],
  'input_audio_buffer.clear': ['input_audio_buffer.cleared'],
  'conversation.item.create': ['conversation.item.added', 'conversation.item.done'],
  'conversation.item.retrieve': ['conversation.item.retrieved'],
  'conversation.item.delete': ['conversation.item.deleted'],
  'conversation.item.truncate': ['conversation.item.truncated'],
  'response.create': ['response.created'],
};

/** Documented to have no answer when it is right. */
const APPEND = 'input_audio_buffer.append';
/** Its answer ends the response: the done events of its open parts come first. */
const CANCEL = 'response.cancel';
/** Not for WebSocket: always an error. */
const CLEAR_OUTPUT = 'output_audio_buffer.clear';
const GA_TYPES = [...Object.keys(ANSWERS), APPEND, CANCEL, CLEAR_OUTPUT];

interface ClientObject {
  readonly type?: unknown;
  readonly event_id?: unknown;
  readonly audio?: unknown;
  readonly item_id?: unknown;
}

/** What the text says, read independently of the engine; `undefined` if it is no JSON object. */
function objectOf(text: string): ClientObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    // Not JSON: that is one of the cases.
    return undefined;
  }
}

function isEventId(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 512;
}

function isRightAppend(event: ClientObject): boolean {
  const { audio, event_id } = event;
  return (
    typeof audio === 'string' &&
    /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(audio) &&
    (event_id === undefined || isEventId(event_id)) &&
    Object.keys(event).every((key) => ['type', 'event_id', 'audio'].includes(key))
  );
}

function checkError(error: ServerEventOf<'error'>, event: ClientObject | undefined): void {
  const { type, code, message, param, event_id } = error.error;
  const eventId = isEventId(event?.event_id) ? event.event_id : null;
  assert.equal(event_id, eventId, 'the error names the event that it answers');
  assert.equal(type, 'invalid_request_error');
  assert.ok(code !== '' && message !== '');
  assert.ok(param === null || typeof param === 'string');
  assert.ok(JSON.stringify(error).length <= ERROR_CHARS_MAX, 'an error is short');
}

/** Checks that an event was answered as documented. Returns whether by its answer or by an error. */
function checkAnswer(text: string, answers: readonly ServerEvent[]): 'answer' | 'error' {
  const event = objectOf(text);
  const type = typeof event?.type === 'string' ? event.type : '';
  const errors = answers.flatMap((answer) => (answer.type === 'error' ? [answer] : []));
  const [error] = errors;
  if (type === APPEND && event !== undefined) {
    assert.equal(error === undefined, isRightAppend(event), 'a right append is no error');
  }
  if (error !== undefined) {
    assert.equal(errors.length, 1, 'one error');
    assert.equal(answers[0], error, 'which comes first');
    checkError(error, event);
    return 'error';
  }
  assert.ok(GA_TYPES.includes(type) && type !== CLEAR_OUTPUT, 'what is no GA event is an error');
  const types = answers.map((answer) => answer.type);
  if (type === CANCEL) {
    const done = answers.flatMap((answer) => (answer.type === 'response.done' ? [answer] : []));
    assert.equal(done[0]?.response.status, 'cancelled');
  } else if (type !== APPEND) {
    const wanted = ANSWERS[type] ?? [];
    assert.deepEqual(types.slice(0, wanted.length), wanted);
    const [first] = answers;
    if (first !== undefined && 'item_id' in first && event?.item_id !== undefined) {
      assert.equal(first.item_id, event.item_id);
    }
  }
  return 'answer';
}

/** The texts of a session's client, by where they come from. */
function* clientTexts(): Generator<readonly [kind: string, text: string]> {
  const random = seededRandom(SEED);
  const meant = fc.sample(clientEvent, { seed: SEED, numRuns: EVENT_COUNT / 4 });
  const corpus = [...GA_CLIENT_EVENTS, ...FOREIGN_CLIENT_EVENTS];
  const named = (event: ClientEventJson): ClientEventJson =>
    random.next() < 0.5
      ? event
      : { event_id: pick(random, ['mine', 'twice', 'x'.repeat(512)]), ...event };
  for (let index = 0; index < EVENT_COUNT; index += 1) {
    const event = named(pick(random, corpus));
    switch (index % 4) {
      case 0:
        yield ['meant', JSON.stringify(named(meant[index / 4] ?? {}))];
        break;
      case 1:
        yield ['corpus', JSON.stringify(event)];
        break;
      case 2: {
        const once = mutated(event, random, pick(random, corpus));
        const isTwice = random.next() < 0.3;
        const value = isTwice ? mutated(once, random, pick(random, corpus)) : once;
        yield ['mutated', JSON.stringify(value) ?? 'undefined'];
        break;
      }
      default:
        yield index % 8 === 3
          ? ['garbled', garbled(JSON.stringify(event), random)]
          : ['mutated', JSON.stringify(mutated(event, random, pick(random, corpus))) ?? ''];
    }
  }
}

test('[ENG80] [ENG81] 100,000 random and damaged events are each answered as documented', (t) => {
  const random = seededRandom(SEED + 1);
  const surroundings = fc.sample(surrounding, { seed: SEED, numRuns: 5_000 });
  const counts = new Map<string, number>();
  const count = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1);
  };
  let bench = new ConversationBench({ outputPaceRatio: 4 });
  let spokenId = '';
  let sentCount = 0;
  for (const [kind, template] of clientTexts()) {
    if (sentCount % EVENTS_PER_SESSION === 0) {
      bench = new ConversationBench({ outputPaceRatio: 4 }).open();
      // Something that was said, for the events that are about it.
      bench.type('Hello').respond().speak(900).wait(1_000);
      spokenId = bench.last('response.output_item.done').item.id;
    }
    if (random.next() < 0.3) {
      play(bench, pick(random, surroundings));
    }
    bench.take();
    const text = template.replaceAll(SPOKEN_ITEM_ID, spokenId);
    try {
      bench.give({ type: 'client_message', text });
      const how = checkAnswer(text, bench.take());
      const type = objectOf(text)?.type;
      count(`${typeof type === 'string' && GA_TYPES.includes(type) ? type : 'other'}: ${how}`);
    } catch (cause) {
      throw new Error(`event ${sentCount} (${kind}): ${text.slice(0, 2_000)}`, { cause });
    }
    count(kind);
    sentCount += 1;
  }
  for (const [name, times] of [...counts].sort(([left], [right]) => left.localeCompare(right))) {
    t.diagnostic(`${times} × ${name}`);
  }
  assert.equal(sentCount, EVENT_COUNT);
  for (const type of GA_TYPES) {
    assert.ok((counts.get(`${type}: error`) ?? 0) >= 100, `errors of ${type}`);
    assert.ok(type === CLEAR_OUTPUT || (counts.get(`${type}: answer`) ?? 0) >= 100, type);
  }
});
