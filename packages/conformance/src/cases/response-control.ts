import { defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  allOf,
  at,
  expectIs,
  expectMatch,
  expectNone,
  expectOneOf,
  expectThat,
  firstOf,
  onlyOf,
  textAt,
} from '../kit/expect.ts';
import { Inconclusive } from '../kit/mismatch.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';
import { longAnswer } from './long-answer.ts';

const CREATE = 'Client events, response.create';
const CANCEL = 'Client events, response.cancel';
const DONE = 'Server events, response.done';
const create = (event_id: string, response: object = {}): WireEvent => ({
  type: 'response.create',
  event_id,
  response,
});

interface TwiceFacts {
  readonly error: WireEvent;
  readonly firstId: string;
  readonly events: readonly WireEvent[];
}

function refusedTwice({ error }: TwiceFacts): WireEvent {
  if (error.type !== 'error')
    throw new Inconclusive(
      'nothing is refused: the server lets it wait, or the first was over too soon',
    );
  return error;
}

const twice = defineExchange<TwiceFacts>({
  name: 'a second response meanwhile',
  group: 'response-control',
  needs: ['audio-output'],
  observe: async (stage) => {
    const session = await stage.openQuiet({ output_modalities: ['audio'] });
    const start = session.events.length;
    session.send(create('first', longAnswer(stage)), create('second'));
    const created = await session.until('response.created');
    const error = await session.until(
      ({ type }) => type === 'error' || type === 'response.done',
      'an error for the second response',
    );
    if (error.type === 'error') await session.until('response.done');
    return { error, firstId: textAt(created, 'response.id'), events: session.events.slice(start) };
  },
  assertions: [
    {
      id: 'response-control.second.code',
      statement: 'a second response is refused while one is in progress',
      reference: CREATE,
      check: (facts) =>
        expectIs(refusedTwice(facts), 'error.code', 'conversation_already_has_active_response'),
    },
    {
      id: 'response-control.second.event-id',
      statement: 'the refusal names the event that asked',
      reference: 'Server events, error',
      check: (facts) => expectIs(refusedTwice(facts), 'error.event_id', 'second'),
    },
    {
      id: 'response-control.second.names-active',
      statement: 'the message names the response in progress',
      reference: 'Server events, error',
      check: (facts) =>
        expectThat(
          textAt(refusedTwice(facts), 'error.message').includes(facts.firstId),
          `a message with ${facts.firstId}`,
          { got: at(facts.error, 'error.message') },
        ),
    },
    {
      id: 'response-control.second.first-goes-on',
      statement: 'the response in progress goes on to its end',
      reference: CREATE,
      check: (facts) => {
        refusedTwice(facts);
        const done = onlyOf(facts.events, 'response.done');
        expectIs(done, 'response.id', facts.firstId);
        expectOneOf(done, 'response.status', ['completed', 'incomplete']);
      },
    },
    {
      id: 'response-control.second.not-created',
      statement: 'the refused response is never created',
      reference: CREATE,
      check: (facts) => {
        refusedTwice(facts);
        onlyOf(facts.events, 'response.created');
      },
    },
  ],
});

interface CancelFacts {
  /** From the creation to response.done. */
  readonly events: readonly WireEvent[];
  readonly done: WireEvent;
  readonly afterwards: readonly WireEvent[];
}

function cancelled({ done }: CancelFacts): WireEvent {
  if (at(done, 'response.status') === 'completed') {
    throw new Inconclusive('the response was over too soon to be cancelled');
  }
  return done;
}

const cancel = defineExchange<CancelFacts>({
  name: 'a cancelled response',
  group: 'response-control',
  needs: ['audio-output'],
  observe: async (stage) => {
    const session = await stage.openQuiet({ output_modalities: ['audio'] });
    const start = session.events.length;
    session.send({ type: 'response.create', response: longAnswer(stage) });
    await session.until('response.content_part.added');
    session.send({ type: 'response.cancel' });
    const done = await session.until('response.done');
    const events = session.events.slice(start);
    const afterwards = await session.settle();
    return { events, done, afterwards };
  },
  assertions: [
    {
      id: 'response-control.cancel.status',
      statement: 'a cancelled response is done as cancelled',
      reference: CANCEL,
      check: (facts) => expectIs(cancelled(facts), 'response.status', 'cancelled'),
    },
    {
      id: 'response-control.cancel.details',
      statement: 'its details say that the client cancelled it',
      reference: DONE,
      check: (facts) => {
        const done = cancelled(facts);
        expectIs(done, 'response.status_details.type', 'cancelled');
        expectIs(done, 'response.status_details.reason', 'client_cancelled');
      },
    },
    {
      id: 'response-control.cancel.item',
      statement: 'its item is incomplete',
      reference: DONE,
      check: (facts) => expectIs(cancelled(facts), 'response.output[0].status', 'incomplete'),
    },
    {
      id: 'response-control.cancel.parts-done',
      statement: 'its open part and item are done before it',
      reference: CANCEL,
      check: (facts) => {
        cancelled(facts);
        onlyOf(facts.events, 'response.content_part.done');
        onlyOf(facts.events, 'response.output_item.done');
      },
    },
    {
      id: 'response-control.cancel.nothing-follows',
      statement: 'after response.done nothing of it follows',
      reference: CANCEL,
      check: (facts) => {
        cancelled(facts);
        expectNone(facts.afterwards, /^response\./);
      },
    },
  ],
});

const cancelById = defineExchange<CancelFacts>({
  name: 'a response cancelled by its id',
  group: 'response-control',
  needs: ['audio-output'],
  observe: async (stage) => {
    const session = await stage.openQuiet({ output_modalities: ['audio'] });
    const start = session.events.length;
    session.send({ type: 'response.create', response: longAnswer(stage) });
    const created = await session.until('response.created');
    session.send({ type: 'response.cancel', response_id: at(created, 'response.id') });
    const done = await session.until('response.done');
    return { events: session.events.slice(start), done, afterwards: [] };
  },
  assertions: [
    {
      id: 'response-control.cancel-by-id.status',
      statement: 'a response is cancelled by its id',
      reference: CANCEL,
      check: (facts) => {
        expectIs(cancelled(facts), 'response.status', 'cancelled');
        expectIs(
          facts.done,
          'response.id',
          at(firstOf(facts.events, 'response.created'), 'response.id'),
        );
      },
    },
  ],
});

const limit = defineExchange<{ readonly done: WireEvent; readonly created: WireEvent }>({
  name: 'a response at its token limit',
  group: 'response-control',
  observe: async (stage) => {
    const session = await stage.openQuiet();
    session.send(create('limit', { ...longAnswer(stage), max_output_tokens: 1 }));
    const created = await session.until('response.created');
    return { created, done: await session.until('response.done') };
  },
  assertions: [
    {
      id: 'response-control.limit.echo',
      statement: "the response's own max_output_tokens is told",
      reference: CREATE,
      check: ({ created }) => expectIs(created, 'response.max_output_tokens', 1),
    },
    {
      id: 'response-control.limit.status',
      statement: 'a response at its limit is incomplete',
      reference: DONE,
      check: ({ done }) => expectIs(done, 'response.status', 'incomplete'),
    },
    {
      id: 'response-control.limit.details',
      statement: 'its details say max_output_tokens',
      reference: DONE,
      check: ({ done }) => {
        expectIs(done, 'response.status_details.type', 'incomplete');
        expectIs(done, 'response.status_details.reason', 'max_output_tokens');
      },
    },
    {
      id: 'response-control.limit.item',
      statement: 'an item that it cut is incomplete',
      reference: DONE,
      check: ({ done }) => {
        const status = at(done, 'response.output[0].status');
        if (at(done, 'response.output.length') === 0) throw new Inconclusive('it has no item');
        expectIs({ status }, 'status', 'incomplete');
      },
    },
  ],
});

interface OverrideFacts {
  readonly created: WireEvent;
  readonly done: WireEvent;
  readonly session: WireEvent;
  readonly next: WireEvent;
}

const override = defineExchange<OverrideFacts>({
  name: 'settings of one response',
  group: 'response-control',
  observe: async (stage) => {
    const session = await stage.openQuiet({ max_output_tokens: 500 });
    session.send(
      create('own', {
        instructions: 'Answer with one word.',
        metadata: { purpose: 'conformance', turn: '1' },
        max_output_tokens: 300,
      }),
    );
    const created = await session.until('response.created');
    const done = await session.until('response.done');
    const updated = await session.demand(
      { type: 'session.update', session: { type: 'realtime' } },
      'session.updated',
    );
    session.send({ type: 'response.create' });
    const next = await session.until('response.created');
    await session.until('response.done');
    return { created, done, session: updated, next };
  },
  assertions: [
    {
      id: 'response-control.metadata.created',
      statement: 'metadata comes back in response.created',
      reference: CREATE,
      check: ({ created }) =>
        expectIs(created, 'response.metadata', { purpose: 'conformance', turn: '1' }),
    },
    {
      id: 'response-control.metadata.done',
      statement: 'metadata comes back in response.done',
      reference: CREATE,
      check: ({ done }) =>
        expectIs(done, 'response.metadata', { purpose: 'conformance', turn: '1' }),
    },
    {
      id: 'response-control.override.wins',
      statement: "a response's own setting wins over the session's",
      reference: CREATE,
      check: ({ created }) => expectIs(created, 'response.max_output_tokens', 300),
    },
    {
      id: 'response-control.override.session-kept',
      statement: "a response's own settings leave the session as it was",
      reference: CREATE,
      check: ({ session }) => expectIs(session, 'session.max_output_tokens', 500),
    },
    {
      id: 'response-control.override.once',
      statement: 'the next response has the settings of the session again',
      reference: CREATE,
      check: ({ next }) => {
        expectIs(next, 'response.max_output_tokens', 500);
        expectIs(next, 'response.metadata', null);
      },
    },
    {
      id: 'response-control.next.own-id',
      statement: 'the next response has another id in the same conversation',
      reference: 'Server events, response.created',
      check: ({ created, next }) => {
        expectMatch(next, 'response.id', /^resp_.+/);
        expectThat(at(next, 'response.id') !== at(created, 'response.id'), 'another id', {
          got: at(next, 'response.id'),
        });
        expectIs(next, 'response.conversation_id', at(created, 'response.conversation_id'));
      },
    },
  ],
});

interface FixedFacts {
  readonly voice: WireEvent;
  readonly same: WireEvent;
}

const fixed = defineExchange<FixedFacts>({
  name: 'the voice after speech',
  group: 'response-control',
  needs: ['audio-output'],
  observe: async (stage) => {
    const session = await stage.openQuiet({ output_modalities: ['audio'] });
    const update = (event_id: string, voice: unknown): Promise<WireEvent> =>
      session.ask(
        {
          type: 'session.update',
          event_id,
          session: { type: 'realtime', audio: { output: { voice } } },
        },
        'session.updated',
      );
    const before = at(session.events[0], 'session.audio.output.voice');
    session.send(create('speak'));
    await session.until('response.done');
    const voice = await update('voice', before === 'cedar' ? 'ash' : 'cedar');
    return { voice, same: await update('same', before) };
  },
  assertions: [
    {
      id: 'response-control.voice.fixed',
      statement: 'the voice cannot change once there is assistant audio',
      reference: 'Session object, audio.output.voice',
      check: ({ voice }) => expectIs(voice, 'error.code', 'cannot_update_voice'),
    },
    {
      id: 'response-control.voice.same',
      statement: 'the same voice again is no change',
      reference: 'Session object, audio.output.voice',
      check: ({ same }) => expectIs(same, 'type', 'session.updated'),
    },
  ],
});

const cancelledTwice = defineExchange<{ readonly errors: readonly WireEvent[] }>({
  name: 'a cancel after the end',
  group: 'response-control',
  observe: async (stage) => {
    const session = await stage.openQuiet();
    session.send({ type: 'response.create' });
    await session.until('response.done');
    session.send({ type: 'response.cancel', event_id: 'late' });
    return { errors: allOf(await session.settle(), 'error') };
  },
  assertions: [
    {
      id: 'response-control.cancel.late',
      statement: 'a cancel after the end is an error, and the session goes on',
      reference: CANCEL,
      check: ({ errors: [first] }) => {
        expectIs(first, 'error.code', 'response_cancel_not_active');
        expectIs(first, 'error.event_id', 'late');
      },
    },
  ],
});

/** Responses asked for, refused, cancelled and cut. */
export const RESPONSE_CONTROL_EXCHANGES: readonly Exchange[] = [
  twice,
  cancel,
  cancelById,
  limit,
  override,
  fixed,
  cancelledTwice,
];
