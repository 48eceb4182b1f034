import { defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  allOf,
  at,
  expectIs,
  expectMatch,
  expectOrder,
  expectThat,
  firstOf,
  onlyOf,
  textAt,
} from '../kit/expect.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';

const ARGUMENTS_DONE = 'Server events, response.function_call_arguments.done';
const ARGUMENTS_DELTA = 'Server events, response.function_call_arguments.delta';
const ITEM_ADDED = 'Server events, response.output_item.added';
const ITEM_DONE = 'Server events, response.output_item.done';
const GUIDE = 'Realtime API, function calling';

const TOOL = {
  type: 'function',
  name: 'look_up_order',
  description: 'Looks up an order by its number.',
  parameters: {
    type: 'object',
    properties: { number: { type: 'integer', description: 'Number of the order.' } },
    required: ['number'],
  },
};

interface CallFacts {
  readonly call: readonly WireEvent[];
  readonly output: readonly WireEvent[];
  readonly answer: readonly WireEvent[];
}

function callId({ call }: CallFacts): string {
  return textAt(firstOf(call, 'response.output_item.added'), 'item.call_id');
}

const forced = defineExchange<CallFacts>({
  name: 'a function call and its output',
  group: 'function-calls',
  needs: ['tools'],
  observe: async (stage) => {
    const session = await stage.openQuiet({ tools: [TOOL] });
    let start = session.events.length;
    session.send(
      {
        type: 'conversation.item.create',
        item: {
          type: 'message',
          role: 'user',
          content: [{ type: 'input_text', text: 'Where is order 12?' }],
        },
      },
      {
        type: 'response.create',
        response: { tool_choice: { type: 'function', name: 'look_up_order' } },
      },
    );
    await session.until('response.done');
    const call = session.events.slice(start);
    start = session.events.length;
    const call_id = textAt(firstOf(call, 'response.function_call_arguments.done'), 'call_id');
    await session.demand(
      {
        type: 'conversation.item.create',
        item: { type: 'function_call_output', call_id, output: '{"state":"on its way"}' },
      },
      'conversation.item.added',
    );
    await session.until('conversation.item.done');
    const output = session.events.slice(start);
    start = session.events.length;
    session.send({ type: 'response.create', response: { tool_choice: 'none' } });
    await session.until('response.done');
    return { call, output, answer: session.events.slice(start) };
  },
  assertions: [
    {
      id: 'function-calls.order',
      statement: 'a call is told by item added, arguments, item done, response done',
      reference: GUIDE,
      check: ({ call }) =>
        expectOrder(call, [
          'response.created',
          'response.output_item.added',
          'response.function_call_arguments.delta',
          'response.function_call_arguments.done',
          'response.output_item.done',
          'response.done',
        ]),
    },
    {
      id: 'function-calls.added',
      statement: 'the item begins in progress with its name and without arguments',
      reference: ITEM_ADDED,
      check: ({ call }) => {
        const added = firstOf(call, 'response.output_item.added');
        expectIs(added, 'item.type', 'function_call');
        expectIs(added, 'item.status', 'in_progress');
        expectIs(added, 'item.name', 'look_up_order');
        expectIs(added, 'item.arguments', '');
      },
    },
    {
      id: 'function-calls.call-id',
      statement: 'the call has a call_id that begins with call_',
      reference: ITEM_ADDED,
      check: ({ call }) =>
        expectMatch(firstOf(call, 'response.output_item.added'), 'item.call_id', /^call_.+/),
    },
    {
      id: 'function-calls.conversation',
      statement: 'the call joins the conversation: added, and done before output_item.done',
      reference: 'Server events, conversation.item.done',
      check: ({ call }) => {
        const id = textAt(firstOf(call, 'response.output_item.added'), 'item.id');
        const of = (type: string): WireEvent =>
          onlyOf(
            allOf(call, type).filter((event) => at(event, 'item.id') === id),
            type,
          );
        const places = [of('conversation.item.added'), of('conversation.item.done')];
        places.push(firstOf(call, 'response.output_item.done'));
        const indices = places.map((event) => call.indexOf(event));
        expectIs(
          { indices },
          'indices',
          indices.toSorted((left, right) => left - right),
        );
      },
    },
    {
      id: 'function-calls.delta',
      statement: 'deltas of arguments name response, item and call',
      reference: ARGUMENTS_DELTA,
      check: (facts) => {
        const delta = firstOf(facts.call, 'response.function_call_arguments.delta');
        expectIs(delta, 'call_id', callId(facts));
        expectIs(
          delta,
          'item_id',
          at(firstOf(facts.call, 'response.output_item.added'), 'item.id'),
        );
        expectIs(delta, 'response_id', at(firstOf(facts.call, 'response.created'), 'response.id'));
        expectIs(delta, 'output_index', 0);
      },
    },
    {
      id: 'function-calls.deltas-are-arguments',
      statement: 'the deltas together are the arguments',
      reference: ARGUMENTS_DONE,
      check: ({ call }) => {
        const text = allOf(call, 'response.function_call_arguments.delta')
          .map((event) => textAt(event, 'delta'))
          .join('');
        expectIs(onlyOf(call, 'response.function_call_arguments.done'), 'arguments', text);
      },
    },
    {
      id: 'function-calls.json',
      statement: 'the arguments are a JSON object',
      reference: ARGUMENTS_DONE,
      check: ({ call }) => {
        const text = textAt(firstOf(call, 'response.function_call_arguments.done'), 'arguments');
        expectThat(isJsonObject(text), 'a JSON object', { got: text });
      },
    },
    {
      id: 'function-calls.done-name',
      statement: 'arguments.done names the function and the call',
      reference: ARGUMENTS_DONE,
      check: (facts) => {
        const done = firstOf(facts.call, 'response.function_call_arguments.done');
        expectIs(done, 'name', 'look_up_order');
        expectIs(done, 'call_id', callId(facts));
      },
    },
    {
      id: 'function-calls.item-done',
      statement: 'the item is completed with the same arguments',
      reference: ITEM_DONE,
      check: ({ call }) => {
        const done = firstOf(call, 'response.output_item.done');
        expectIs(done, 'item.status', 'completed');
        expectIs(
          done,
          'item.arguments',
          textAt(firstOf(call, 'response.function_call_arguments.done'), 'arguments'),
        );
      },
    },
    {
      id: 'function-calls.response-done',
      statement: 'response.done is completed and has the call',
      reference: 'Server events, response.done',
      check: (facts) => {
        const done = firstOf(facts.call, 'response.done');
        expectIs(done, 'response.status', 'completed');
        expectIs(done, 'response.output[0].type', 'function_call');
        expectIs(done, 'response.output[0].call_id', callId(facts));
      },
    },
    {
      id: 'function-calls.no-part',
      statement: 'a call has no content part',
      reference: GUIDE,
      check: ({ call }) => {
        const id = textAt(firstOf(call, 'response.output_item.added'), 'item.id');
        const part = call.find(
          (event) => event.type === 'response.content_part.added' && event['item_id'] === id,
        );
        expectThat(part === undefined, 'no part of the call', { got: part?.type });
      },
    },
    {
      id: 'function-calls.output.echo',
      statement: "the call's output is taken and comes back",
      reference: 'Client events, conversation.item.create',
      check: (facts) => {
        const done = firstOf(facts.output, 'conversation.item.done');
        expectIs(done, 'item.type', 'function_call_output');
        expectIs(done, 'item.call_id', callId(facts));
      },
    },
    {
      id: 'function-calls.output.previous',
      statement: 'the output stands behind the call',
      reference: 'Server events, conversation.item.added',
      check: ({ call, output }) =>
        expectIs(
          firstOf(output, 'conversation.item.added'),
          'previous_item_id',
          at(firstOf(call, 'response.output_item.done'), 'item.id'),
        ),
    },
    {
      id: 'function-calls.answer',
      statement: 'with tool_choice none the next response is a message',
      reference: GUIDE,
      check: ({ answer }) =>
        expectIs(firstOf(answer, 'response.done'), 'response.output[0].type', 'message'),
    },
  ],
});

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** Calls of functions. */
export const FUNCTION_CALL_EXCHANGES: readonly Exchange[] = [forced];
