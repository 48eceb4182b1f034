import { defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  allOf,
  at,
  expectIs,
  expectKind,
  expectNone,
  expectThat,
  firstOf,
  onlyOf,
} from '../kit/expect.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';
import { longAnswer } from './long-answer.ts';

const CREATE = 'Client events, response.create, conversation';
const INPUT = 'Client events, response.create, input';

const said = (text: string): WireEvent => ({
  type: 'message',
  role: 'user',
  content: [{ type: 'input_text', text }],
});

interface OutsideFacts {
  readonly events: readonly WireEvent[];
  readonly retrieved: WireEvent;
  readonly next: WireEvent;
  readonly questionId: unknown;
}

const outside = defineExchange<OutsideFacts>({
  name: 'a response outside the conversation',
  group: 'out-of-band',
  needs: ['out-of-band'],
  observe: async (stage) => {
    const session = await stage.openQuiet();
    const question = await session.demand(
      { type: 'conversation.item.create', item: said('Hello.') },
      'conversation.item.added',
    );
    await session.until('conversation.item.done');
    const start = session.events.length;
    session.send({
      type: 'response.create',
      response: {
        conversation: 'none',
        metadata: { topic: 'aside' },
        input: [said('Say a word.')],
      },
    });
    const done = await session.until('response.done');
    const events = session.events.slice(start);
    const retrieved = await session.ask(
      {
        type: 'conversation.item.retrieve',
        event_id: 'retrieve',
        item_id: at(done, 'response.output[0].id') ?? 'item_none',
      },
      'conversation.item.retrieved',
    );
    const next = await session.demand(
      { type: 'conversation.item.create', item: said('Again.') },
      'conversation.item.added',
    );
    return { events, retrieved, next, questionId: at(question, 'item.id') };
  },
  assertions: [
    {
      id: 'out-of-band.conversation-id',
      statement: 'its conversation_id is null, at first and at last',
      reference: CREATE,
      check: ({ events }) => {
        expectIs(firstOf(events, 'response.created'), 'response.conversation_id', null);
        expectIs(firstOf(events, 'response.done'), 'response.conversation_id', null);
      },
    },
    {
      id: 'out-of-band.metadata',
      statement: 'its metadata comes back',
      reference: CREATE,
      check: ({ events }) =>
        expectIs(firstOf(events, 'response.done'), 'response.metadata', { topic: 'aside' }),
    },
    {
      id: 'out-of-band.status',
      statement: 'it is completed with an item',
      reference: CREATE,
      check: ({ events }) => {
        expectIs(firstOf(events, 'response.done'), 'response.status', 'completed');
        expectKind(firstOf(events, 'response.done'), 'response.output[0].id', 'string');
      },
    },
    {
      id: 'out-of-band.no-conversation-events',
      statement: 'the conversation hears nothing of its input and output',
      reference: CREATE,
      check: ({ events }) => {
        onlyOf(events, 'response.done');
        expectNone(events, /^conversation\.item\./);
      },
    },
    {
      id: 'out-of-band.output-events',
      statement: 'its output is told by the events of every response',
      reference: CREATE,
      check: ({ events }) => {
        const id = at(firstOf(events, 'response.created'), 'response.id');
        for (const type of ['response.output_item.added', 'response.output_item.done']) {
          expectIs(onlyOf(events, type), 'response_id', id);
        }
      },
    },
    {
      id: 'out-of-band.not-in-conversation',
      statement: 'its item is not in the conversation',
      reference: CREATE,
      check: ({ retrieved }) => expectIs(retrieved, 'error.code', 'item_retrieve_invalid_item_id'),
    },
    {
      id: 'out-of-band.next-item',
      statement: 'the next item stands behind the one before the response',
      reference: CREATE,
      check: ({ next, questionId }) => expectIs(next, 'previous_item_id', questionId),
    },
  ],
});

const reference = defineExchange<{ readonly done: WireEvent }>({
  name: 'a response to a referenced item',
  group: 'out-of-band',
  needs: ['out-of-band'],
  observe: async (stage) => {
    const session = await stage.openQuiet();
    const question = await session.demand(
      { type: 'conversation.item.create', item: said('Hello.') },
      'conversation.item.added',
    );
    const input = [{ type: 'item_reference', id: at(question, 'item.id') }];
    const done = await session.demand(
      { type: 'response.create', response: { conversation: 'none', input } },
      'response.done',
    );
    return { done };
  },
  assertions: [
    {
      id: 'out-of-band.reference',
      statement: 'its input may name an item of the conversation',
      reference: INPUT,
      check: ({ done }) => expectIs(done, 'response.status', 'completed'),
    },
  ],
});

const beside = defineExchange<{ readonly events: readonly WireEvent[] }>({
  name: 'a response beside another',
  group: 'out-of-band',
  needs: ['out-of-band', 'audio-output'],
  observe: async (stage) => {
    const session = await stage.openQuiet({ output_modalities: ['audio'] });
    const start = session.events.length;
    session.send(
      { type: 'response.create', response: longAnswer(stage) },
      {
        type: 'response.create',
        event_id: 'outside',
        response: {
          conversation: 'none',
          output_modalities: ['text'],
          input: [said('Say a word.')],
        },
      },
    );
    await session.until('response.done');
    await session.until('response.done');
    return { events: session.events.slice(start) };
  },
  assertions: [
    {
      id: 'out-of-band.beside.no-error',
      statement: 'it may run beside a response in the conversation',
      reference: CREATE,
      check: ({ events }) => {
        expectNone(events, /^error$/);
        expectThat(allOf(events, 'response.done').length === 2, 'two responses', {
          got: allOf(events, 'response.done').length,
        });
      },
    },
    {
      id: 'out-of-band.beside.conversations',
      statement: 'of the two, one names the conversation and one none',
      reference: CREATE,
      check: ({ events }) => {
        const ids = allOf(events, 'response.done').map((done) =>
          at(done, 'response.conversation_id'),
        );
        expectThat(
          ids.filter((id) => id === null).length === 1 &&
            ids.filter((id) => typeof id === 'string').length === 1,
          'one conversation_id and one null',
          { got: ids },
        );
      },
    },
  ],
});

/** Responses outside the conversation. */
export const OUT_OF_BAND_EXCHANGES: readonly Exchange[] = [outside, reference, beside];
