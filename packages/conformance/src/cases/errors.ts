import type { Capability } from '../kit/capability.ts';
import { type Assertion, defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  at,
  expectIs,
  expectKind,
  expectMatch,
  expectOneOf,
  expectThat,
  firstOf,
} from '../kit/expect.ts';
import { Mismatch } from '../kit/mismatch.ts';
import type { Stage } from '../kit/stage.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';
import { REFUSALS, type Refusal } from './refusals.ts';

const REFERENCE = 'Server events, error';

interface RefusalFacts {
  readonly ids: readonly string[];
  readonly events: readonly WireEvent[];
}

function errorFor(facts: RefusalFacts, id: string): WireEvent {
  const found = facts.events.find(
    (event) => event.type === 'error' && at(event, 'error.event_id') === id,
  );
  if (found === undefined) throw new Mismatch(`an error whose event_id is ${id}`, 'none');
  return found;
}

function assertionOf({ id, statement, wanted, needs }: Refusal): Assertion<RefusalFacts> {
  const { codes, params } = wanted;
  return {
    id: `errors.${id}`,
    statement,
    reference: REFERENCE,
    ...(needs === undefined ? {} : { needs }),
    check: (facts) => {
      const error = errorFor(facts, id);
      expectIs(error, 'error.type', 'invalid_request_error');
      if (codes !== undefined) expectOneOf(error, 'error.code', codes);
      if (params !== undefined) expectOneOf(error, 'error.param', params);
    },
  };
}

/**
 * Sends all refusals of a kind at once, each with its id as `event_id`. Those that ask for a response go one by one: a
 * server may have one at a time, and let the next wait.
 */
async function sendAll(stage: Stage, refusals: readonly Refusal[]): Promise<RefusalFacts> {
  const session = await stage.openQuiet();
  const events: WireEvent[] = [];
  for (const { id, event } of refusals) {
    session.send({ ...event, event_id: id });
    if (event.type === 'response.create') events.push(...(await session.settle()));
  }
  events.push(...(await session.settle()));
  return { ids: refusals.map(({ id }) => id), events };
}

function sectionOf(name: string, refusals: readonly Refusal[]): Exchange {
  return defineExchange<RefusalFacts>({
    name,
    group: 'errors',
    observe: (stage) => sendAll(stage, refusals),
    assertions: refusals.map(assertionOf),
  });
}

/** Refusals that need the same go into one session: a server without that capability must not see them. */
function sections(): readonly Exchange[] {
  const needs = new Set(REFUSALS.map((refusal) => (refusal.needs ?? []).join(' ')));
  return [...needs].map((need) =>
    sectionOf(
      need === '' ? 'refused events' : `refused events (${need})`,
      REFUSALS.filter((refusal) => (refusal.needs ?? []).join(' ') === need),
    ),
  );
}

interface ShapeFacts {
  readonly errors: readonly WireEvent[];
  readonly unnamed: WireEvent;
  readonly malformed: WireEvent;
  readonly list: WireEvent;
  readonly after: WireEvent;
}

const shape = defineExchange<ShapeFacts>({
  name: 'the shape of errors',
  group: 'errors',
  observe: async (stage) => {
    const session = await stage.openQuiet();
    const absent = { type: 'conversation.item.delete', item_id: 'item_conformance_absent' };
    for (const event_id of ['one', 'two', 'three']) session.send({ ...absent, event_id });
    const errors: WireEvent[] = [];
    for (let count = 0; count < 3; count += 1) errors.push(await session.until('error'));
    session.send(absent);
    const unnamed = await session.until('error');
    session.send('{"type":');
    const malformed = await session.until('error');
    session.send('[]');
    const list = await session.until('error');
    const after = await session.demand(
      { type: 'session.update', session: { type: 'realtime' } },
      'session.updated',
    );
    return { errors, unnamed, malformed, list, after };
  },
  assertions: [
    {
      id: 'errors.shape.event-id',
      statement: "an error has the server's own event_id",
      reference: REFERENCE,
      check: ({ errors }) => expectMatch(errors[0], 'event_id', /^event_.+/),
    },
    {
      id: 'errors.shape.type',
      statement: 'error.type is invalid_request_error',
      reference: REFERENCE,
      check: ({ errors }) => expectIs(errors[0], 'error.type', 'invalid_request_error'),
    },
    {
      id: 'errors.shape.message',
      statement: 'error.message is a sentence',
      reference: REFERENCE,
      check: ({ errors }) => expectMatch(errors[0], 'error.message', /\S/),
    },
    {
      id: 'errors.shape.message-names-item',
      statement: 'the message of an unknown item names its id',
      reference: REFERENCE,
      check: ({ errors }) => expectMatch(errors[0], 'error.message', /item_conformance_absent/),
    },
    {
      id: 'errors.shape.param',
      statement: 'error.param is there, as a text or null',
      reference: REFERENCE,
      check: ({ errors }) =>
        expectThat(
          at(errors[0], 'error.param') === null || typeof at(errors[0], 'error.param') === 'string',
          'error.param as text or null',
          { got: at(errors[0], 'error.param'), excerpt: errors[0] },
        ),
    },
    {
      id: 'errors.shape.order',
      statement: 'errors come in the order of the events that they answer, with their event_id',
      reference: REFERENCE,
      check: ({ errors }) =>
        expectIs({ ids: errors.map((error) => at(error, 'error.event_id')) }, 'ids', [
          'one',
          'two',
          'three',
        ]),
    },
    {
      id: 'errors.shape.no-event-id',
      statement: 'the error of an event without event_id has null there',
      reference: REFERENCE,
      check: ({ unnamed }) => expectIs(unnamed, 'error.event_id', null),
    },
    {
      id: 'errors.malformed.json',
      statement: 'a message that is no JSON is an error',
      reference: REFERENCE,
      check: ({ malformed }) => expectIs(malformed, 'error.type', 'invalid_request_error'),
    },
    {
      id: 'errors.malformed.list',
      statement: 'a message that is no object is an error',
      reference: REFERENCE,
      check: ({ list }) => expectIs(list, 'error.type', 'invalid_request_error'),
    },
    {
      id: 'errors.session-goes-on',
      statement: 'after errors the session goes on',
      reference: REFERENCE,
      check: ({ after }) => expectKind(after, 'session', 'object'),
    },
  ],
});

const betaNeeds: readonly Capability[] = ['strict-parameters'];

const beta = defineExchange<{ readonly events: readonly WireEvent[] }>({
  name: 'events of the beta',
  group: 'errors',
  needs: betaNeeds,
  observe: async (stage) => {
    const session = await stage.openQuiet();
    session.send({ type: 'transcription_session.update', event_id: 'beta', session: {} });
    return { events: await session.settle() };
  },
  assertions: [
    {
      id: 'errors.beta.transcription-session-update',
      statement: "the beta's transcription_session.update is refused",
      reference: 'Realtime API, beta to GA migration',
      check: ({ events }) => expectIs(firstOf(events, 'error'), 'error.event_id', 'beta'),
    },
  ],
});

/** What is refused, and how that is told. */
export const ERROR_EXCHANGES: readonly Exchange[] = [shape, ...sections(), beta];
