import { type Assertion, defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  at,
  expectAbsent,
  expectIs,
  expectKind,
  expectMatch,
  expectNone,
  expectOneOf,
  expectThat,
  firstOf,
} from '../kit/expect.ts';
import type { WireSession } from '../kit/wire-session.ts';
import type { ClientMessage, WireEvent } from '../transport/conformance-transport.ts';
import { base64Of, tone } from './made-audio.ts';

const CREATE = 'Client events, conversation.item.create';
const DELETE = 'Client events, conversation.item.delete';
const RETRIEVE = 'Client events, conversation.item.retrieve';
const TRUNCATE = 'Client events, conversation.item.truncate';
/** One red pixel as PNG. */
const PIXEL =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';

/** The added and the done of an item, or the error instead of them. */
interface Made {
  readonly added: WireEvent;
  readonly done: WireEvent;
}

interface Place {
  readonly item: ClientMessage;
  readonly previous?: string | undefined;
}

async function make(session: WireSession, { item, previous }: Place): Promise<Made> {
  const behind = previous === undefined ? {} : { previous_item_id: previous };
  const message = { type: 'conversation.item.create', ...behind, item };
  const added = await session.demand(message, 'conversation.item.added');
  const done = await session.until('conversation.item.done');
  return { added, done };
}

function text(role: string, words: string, more: object = {}): ClientMessage {
  const type = role === 'assistant' ? 'output_text' : 'input_text';
  return { type: 'message', role, content: [{ type, text: words }], ...more };
}

interface PlacesFacts {
  readonly first: Made;
  readonly second: Made;
  readonly own: Made;
  readonly front: Made;
  readonly between: Made;
  readonly blank: Made;
  readonly events: readonly WireEvent[];
}

function place(
  id: string,
  statement: string,
  check: Assertion<PlacesFacts>['check'],
): Assertion<PlacesFacts> {
  return { id: `items.create.${id}`, statement, reference: CREATE, check };
}

const places = defineExchange<PlacesFacts>({
  name: 'items and their places',
  group: 'items',
  observe: async (stage) => {
    const session = await stage.openQuiet();
    const start = session.events.length;
    const first = await make(session, { item: text('user', 'One.') });
    const second = await make(session, { item: text('user', 'Two.') });
    const own = await make(session, { item: text('user', 'Three.', { id: 'conformance_own' }) });
    const front = await make(session, { item: text('user', 'Zero.'), previous: 'root' });
    const firstId = String(at(first.done, 'item.id'));
    const between = await make(session, { item: text('user', 'Half.'), previous: firstId });
    const blank = await make(session, { item: text('user', 'Four.'), previous: '' });
    return { first, second, own, front, between, blank, events: session.events.slice(start) };
  },
  assertions: [
    place('added-then-done', 'an item is told by added, then by done', ({ events }) => {
      expectIs(events[0], 'type', 'conversation.item.added');
      expectIs(events[1], 'type', 'conversation.item.done');
    }),
    place('event-ids', 'added and done have event_ids of their own', ({ first }) => {
      expectMatch(first.added, 'event_id', /^event_.+/);
      expectMatch(first.done, 'event_id', /^event_.+/);
      expectThat(at(first.added, 'event_id') !== at(first.done, 'event_id'), 'two event_ids', {
        got: at(first.done, 'event_id'),
      });
    }),
    place('server-id', 'an item without id gets one that begins with item_', ({ first }) =>
      expectMatch(first.added, 'item.id', /^item_.+/),
    ),
    place('same-id', 'added and done name the same item', ({ first }) =>
      expectIs(first.done, 'item.id', at(first.added, 'item.id')),
    ),
    place('echo-type', 'type and role come back', ({ first }) => {
      expectIs(first.done, 'item.type', 'message');
      expectIs(first.done, 'item.role', 'user');
    }),
    place('echo-content', 'the content comes back as it was', ({ first }) =>
      expectIs(first.done, 'item.content', [{ type: 'input_text', text: 'One.' }]),
    ),
    place('status', "a client's item is completed", ({ first }) =>
      expectIs(first.done, 'item.status', 'completed'),
    ),
    place('first-previous', 'the first item has previous_item_id null', ({ first }) =>
      expectIs(first.added, 'previous_item_id', null),
    ),
    place('second-previous', 'the next item names the one before it', ({ first, second }) =>
      expectIs(second.added, 'previous_item_id', at(first.added, 'item.id')),
    ),
    place('done-previous', 'done names the same predecessor as added', ({ second, own }) => {
      expectIs(own.done, 'previous_item_id', at(own.added, 'previous_item_id'));
      expectIs(own.done, 'previous_item_id', at(second.added, 'item.id'));
    }),
    place('own-id', 'an id that the client brings is kept', ({ own }) => {
      expectIs(own.added, 'item.id', 'conformance_own');
      expectIs(own.done, 'item.id', 'conformance_own');
    }),
    place('root', 'an item behind root has no predecessor', ({ front }) =>
      expectIs(front.added, 'previous_item_id', null),
    ),
    place('echo-previous-item-id', 'an item behind another names that one', ({ first, between }) =>
      expectIs(between.added, 'previous_item_id', at(first.added, 'item.id')),
    ),
    place('blank-previous', 'an empty previous_item_id appends', ({ own, blank }) =>
      expectIs(blank.added, 'previous_item_id', at(own.added, 'item.id')),
    ),
    place('no-response', 'an item starts no response', ({ events }) => {
      firstOf(events, 'conversation.item.done');
      expectNone(events, /^response\./);
    }),
    place('no-beta-created', "the beta's conversation.item.created is not sent", ({ events }) => {
      firstOf(events, 'conversation.item.added');
      expectNone(events, /^conversation\.item\.created$/);
    }),
  ],
});

interface KindsFacts {
  readonly system: Made;
  readonly assistant: Made;
  readonly parts: Made;
}

const kinds = defineExchange<KindsFacts>({
  name: 'kinds of messages',
  group: 'items',
  observe: async (stage) => {
    const session = await stage.openQuiet();
    const content = ['One.', 'Two.'].map((words) => ({ type: 'input_text', text: words }));
    return {
      system: await make(session, { item: text('system', 'Be brief.') }),
      assistant: await make(session, { item: text('assistant', 'Hello.') }),
      parts: await make(session, { item: { type: 'message', role: 'user', content } }),
    };
  },
  assertions: [
    {
      id: 'items.system.echo',
      statement: 'a message of the system comes back as it was',
      reference: CREATE,
      check: ({ system }) => {
        expectIs(system.done, 'item.role', 'system');
        expectIs(system.done, 'item.content', [{ type: 'input_text', text: 'Be brief.' }]);
      },
    },
    {
      id: 'items.assistant.echo',
      statement: 'a text of the assistant comes back as output_text',
      reference: CREATE,
      check: ({ assistant }) => {
        expectIs(assistant.done, 'item.role', 'assistant');
        expectIs(assistant.done, 'item.content[0].type', 'output_text');
        expectIs(assistant.done, 'item.content[0].text', 'Hello.');
      },
    },
    {
      id: 'items.parts.kept',
      statement: 'several parts of a message stay in order',
      reference: CREATE,
      check: ({ parts }) =>
        expectIs(parts.done, 'item.content', [
          { type: 'input_text', text: 'One.' },
          { type: 'input_text', text: 'Two.' },
        ]),
    },
  ],
});

const audio = defineExchange<{ readonly made: Made }>({
  name: 'audio in an item',
  group: 'items',
  needs: ['audio-events'],
  observe: async (stage) => {
    const session = await stage.openQuiet();
    const content = [{ type: 'input_audio', audio: base64Of(tone(200)) }];
    return { made: await make(session, { item: { type: 'message', role: 'user', content } }) };
  },
  assertions: [
    {
      id: 'items.audio.echo',
      statement: 'audio in an item comes back as input_audio',
      reference: CREATE,
      check: ({ made }) => expectIs(made.done, 'item.content[0].type', 'input_audio'),
    },
    {
      id: 'items.audio.no-audio',
      statement: 'the item comes back without its audio',
      reference: CREATE,
      check: ({ made }) => {
        expectIs(made.added, 'item.role', 'user');
        expectAbsent(made.added, 'item.content[0].audio');
        expectAbsent(made.done, 'item.content[0].audio');
      },
    },
  ],
});

const image = defineExchange<{ readonly made: Made }>({
  name: 'an image in an item',
  group: 'items',
  needs: ['images'],
  observe: async (stage) => {
    const session = await stage.openQuiet();
    const content = [{ type: 'input_image', image_url: PIXEL }];
    return { made: await make(session, { item: { type: 'message', role: 'user', content } }) };
  },
  assertions: [
    {
      id: 'items.image.echo',
      statement: 'an image comes back as input_image',
      reference: CREATE,
      check: ({ made }) => expectIs(made.done, 'item.content[0].type', 'input_image'),
    },
  ],
});

interface CallsFacts {
  readonly named: Made;
  readonly unnamed: Made;
  readonly output: Made;
}

const calls = defineExchange<CallsFacts>({
  name: 'calls as history',
  group: 'items',
  needs: ['tools'],
  observe: async (stage) => {
    const session = await stage.openQuiet();
    const call = { type: 'function_call', name: 'look_up', arguments: '{"subject":"x"}' };
    const named = await make(session, { item: { ...call, call_id: 'call_conformance' } });
    const unnamed = await make(session, { item: call });
    const output = await make(session, {
      item: { type: 'function_call_output', call_id: 'call_conformance', output: '{"found":1}' },
    });
    return { named, unnamed, output };
  },
  assertions: [
    {
      id: 'items.call.echo',
      statement: 'a call comes back with its name, arguments and call_id',
      reference: CREATE,
      check: ({ named }) => {
        expectIs(named.done, 'item.type', 'function_call');
        expectIs(named.done, 'item.name', 'look_up');
        expectIs(named.done, 'item.arguments', '{"subject":"x"}');
        expectIs(named.done, 'item.call_id', 'call_conformance');
      },
    },
    {
      id: 'items.call.made-call-id',
      statement: 'a call without call_id gets one',
      reference: CREATE,
      check: ({ unnamed }) => expectMatch(unnamed.done, 'item.call_id', /^call_.+/),
    },
    {
      id: 'items.call-output.echo',
      statement: 'an output comes back with its call_id and its text',
      reference: CREATE,
      check: ({ output }) => {
        expectIs(output.done, 'item.type', 'function_call_output');
        expectIs(output.done, 'item.call_id', 'call_conformance');
        expectIs(output.done, 'item.output', '{"found":1}');
      },
    },
    {
      id: 'items.call-output.previous',
      statement: 'an output names the item before it',
      reference: CREATE,
      check: ({ unnamed, output }) =>
        expectIs(output.added, 'previous_item_id', at(unnamed.added, 'item.id')),
    },
  ],
});

interface EditFacts {
  readonly last: Made;
  readonly retrieved: WireEvent;
  readonly deleted: WireEvent;
  readonly gone: WireEvent;
  readonly again: WireEvent;
  readonly next: Made;
  readonly kept: Made;
  readonly truncatedUser: WireEvent;
  readonly truncatedText: WireEvent;
}

const edits = defineExchange<EditFacts>({
  name: 'items read and deleted',
  group: 'items',
  observe: async (stage) => {
    const session = await stage.openQuiet();
    const ask = (event_id: string, type: string, item: Made): Promise<WireEvent> => {
      const cut = type === 'truncate' ? { content_index: 0, audio_end_ms: 0 } : {};
      const past = { retrieve: 'retrieved', delete: 'deleted', truncate: 'truncated' }[type];
      return session.ask(
        { type: `conversation.item.${type}`, event_id, item_id: at(item.done, 'item.id'), ...cut },
        `conversation.item.${past}`,
      );
    };
    const kept = await make(session, { item: text('user', 'Stays.') });
    const last = await make(session, { item: text('user', 'Goes.') });
    const retrieved = await ask('retrieve', 'retrieve', last);
    const deleted = await ask('delete', 'delete', last);
    const gone = await ask('gone', 'retrieve', last);
    const again = await ask('again', 'delete', last);
    const next = await make(session, { item: text('assistant', 'Next.') });
    const truncatedUser = await ask('user', 'truncate', kept);
    const truncatedText = await ask('text', 'truncate', next);
    return { last, retrieved, deleted, gone, again, next, kept, truncatedUser, truncatedText };
  },
  assertions: [
    {
      id: 'items.retrieve.item',
      statement: 'a retrieved item is the item that was made',
      reference: RETRIEVE,
      check: ({ last, retrieved }) => {
        expectIs(retrieved, 'type', 'conversation.item.retrieved');
        expectIs(retrieved, 'item.id', at(last.done, 'item.id'));
        expectIs(retrieved, 'item.content[0].text', 'Goes.');
      },
    },
    {
      id: 'items.delete.deleted',
      statement: 'a deletion is answered with deleted and the id',
      reference: DELETE,
      check: ({ last, deleted }) => {
        expectIs(deleted, 'type', 'conversation.item.deleted');
        expectIs(deleted, 'item_id', at(last.done, 'item.id'));
      },
    },
    {
      id: 'items.delete.gone',
      statement: 'a deleted item cannot be retrieved',
      reference: DELETE,
      check: ({ gone }) => expectIs(gone, 'error.code', 'item_retrieve_invalid_item_id'),
    },
    {
      id: 'items.delete.again',
      statement: 'a deleted item cannot be deleted again',
      reference: DELETE,
      check: ({ again }) => expectIs(again, 'error.code', 'item_delete_invalid_item_id'),
    },
    {
      id: 'items.delete.place-closed',
      statement: 'after a deletion the next item stands behind the one that is left',
      reference: DELETE,
      check: ({ kept, next }) =>
        expectIs(next.added, 'previous_item_id', at(kept.added, 'item.id')),
    },
    {
      id: 'items.truncate.user',
      statement: 'a message of the user cannot be truncated',
      reference: TRUNCATE,
      check: ({ truncatedUser }) =>
        expectOneOf(truncatedUser, 'error.code', ['unsupported_content_type', 'invalid_value']),
    },
    {
      id: 'items.truncate.text',
      statement: 'a text of the assistant cannot be truncated',
      reference: TRUNCATE,
      check: ({ truncatedText }) => {
        expectKind(truncatedText, 'error', 'object');
        expectOneOf(truncatedText, 'error.code', ['unsupported_content_type', 'invalid_value']);
      },
    },
  ],
});

/** Items that the client makes. */
export const ITEM_EXCHANGES: readonly Exchange[] = [places, kinds, audio, image, calls, edits];
