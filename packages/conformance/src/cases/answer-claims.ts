import type { Assertion } from '../kit/exchange.ts';
import {
  allOf,
  at,
  expectAbsent,
  expectIs,
  expectKind,
  expectMatch,
  expectOrder,
  expectThat,
  firstOf,
  numberAt,
  onlyOf,
  textAt,
} from '../kit/expect.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';

/** A typed question and its answer. */
export interface AnswerFacts {
  readonly events: readonly WireEvent[];
}

interface AnswerKind {
  readonly name: 'text' | 'audio';
  /** Events of the words, without `.delta` and `.done`. */
  readonly words: string;
  /** The member of parts and items that holds the words. */
  readonly member: 'text' | 'transcript';
  readonly content: 'output_text' | 'output_audio';
}

/** An answer in text. */
export const TEXT: AnswerKind = {
  name: 'text',
  words: 'response.output_text',
  member: 'text',
  content: 'output_text',
};

/** An answer in speech. */
export const AUDIO: AnswerKind = {
  name: 'audio',
  words: 'response.output_audio_transcript',
  member: 'transcript',
  content: 'output_audio',
};

/** The item of the assistant, which the first output item is. */
export function outputId(events: readonly WireEvent[]): string {
  return textAt(firstOf(events, 'response.output_item.added'), 'item.id');
}

/** The conversation's event about the output item. */
function ofOutput(events: readonly WireEvent[], type: string): WireEvent {
  const id = outputId(events);
  return onlyOf(
    allOf(events, type).filter((one) => at(one, 'item.id') === id),
    type,
  );
}

function wordsOf(events: readonly WireEvent[], kind: AnswerKind): string {
  return allOf(events, `${kind.words}.delta`)
    .map((one) => textAt(one, 'delta'))
    .join('');
}

type Claim = Assertion<AnswerFacts>;

/** The place of an event in the reference. */
export function referenceOf(type: string): string {
  return `Server events, ${type}`;
}

type MakeClaim = (id: string, statement: string, rest: Pick<Claim, 'reference' | 'check'>) => Claim;

/** What holds of answers in text and in speech alike. */
export function answerClaims(kind: AnswerKind): readonly Claim[] {
  const claim: MakeClaim = (id, statement, rest) => ({
    id: `responses.${kind.name}.${id}`,
    statement: `${statement} (${kind.name})`,
    ...rest,
  });
  return [
    ...orderClaims(kind, claim),
    ...createdClaims(kind, claim),
    ...openingClaims(kind, claim),
    ...wordClaims(kind, claim),
    ...doneClaims(kind, claim),
  ];
}

function createdClaims({ name, words }: AnswerKind, claim: MakeClaim): readonly Claim[] {
  return [
    claim('created', 'response.created has a response in progress, with nothing in it yet', {
      reference: referenceOf('response.created'),
      check: ({ events }) => {
        const created = firstOf(events, 'response.created');
        expectIs(created, 'response.object', 'realtime.response');
        expectMatch(created, 'response.id', /^resp_.+/);
        expectIs(created, 'response.status', 'in_progress');
        expectIs(created, 'response.output', []);
      },
    }),
    claim('created.nulls', 'usage, status_details and metadata are null at first', {
      reference: referenceOf('response.created'),
      check: ({ events }) => {
        const created = firstOf(events, 'response.created');
        for (const path of ['usage', 'status_details', 'metadata']) {
          expectIs(created, `response.${path}`, null);
        }
      },
    }),
    claim('created.conversation', 'the response names its conversation', {
      reference: referenceOf('response.created'),
      check: ({ events }) =>
        expectMatch(firstOf(events, 'response.created'), 'response.conversation_id', /^conv_.+/),
    }),
    claim('created.settings', 'the response tells its modality, format, voice and token limit', {
      reference: referenceOf('response.created'),
      check: ({ events }) => {
        const created = firstOf(events, 'response.created');
        expectIs(created, 'response.output_modalities', [name]);
        expectIs(created, 'response.audio.output.format.type', 'audio/pcm');
        expectKind(created, 'response.audio.output.voice', 'string');
        expectIs(created, 'response.max_output_tokens', 'inf');
      },
    }),
    claim('ids', 'all events of the response name it', {
      reference: referenceOf('response.output_item.added'),
      check: ({ events }) => {
        const id = textAt(firstOf(events, 'response.created'), 'response.id');
        expectIs(firstOf(events, 'response.done'), 'response.id', id);
        const parts = events.filter(
          ({ type }) => type.startsWith('response.') && !/^response\.(created|done)$/.test(type),
        );
        for (const part of parts) expectIs(part, 'response_id', id);
      },
    }),
    claim('indices', 'deltas name item, output_index 0 and content_index 0', {
      reference: referenceOf(`${words}.delta`),
      check: ({ events }) => {
        const id = outputId(events);
        for (const type of ['response.content_part.added', `${words}.delta`, `${words}.done`]) {
          const one = firstOf(events, type);
          expectIs(one, 'item_id', id);
          expectIs(one, 'output_index', 0);
          expectIs(one, 'content_index', 0);
        }
      },
    }),
  ];
}

function openingClaims({ name, member }: AnswerKind, claim: MakeClaim): readonly Claim[] {
  return [
    claim('item-added', 'the output item begins in progress and empty', {
      reference: referenceOf('response.output_item.added'),
      check: ({ events }) => {
        const added = firstOf(events, 'response.output_item.added');
        expectIs(added, 'item.type', 'message');
        expectIs(added, 'item.role', 'assistant');
        expectIs(added, 'item.status', 'in_progress');
        expectIs(added, 'item.content', []);
      },
    }),
    claim('conversation-added', "the answer stands behind the user's item", {
      reference: referenceOf('conversation.item.added'),
      check: ({ events }) => {
        const question = firstOf(events, 'conversation.item.added');
        expectIs(
          ofOutput(events, 'conversation.item.added'),
          'previous_item_id',
          at(question, 'item.id'),
        );
      },
    }),
    claim('part-added', `the part is told as ${name}, empty, without output_ before it`, {
      reference: referenceOf('response.content_part.added'),
      check: ({ events }) => {
        const added = firstOf(events, 'response.content_part.added');
        expectIs(added, 'part.type', name);
        expectIs(added, `part.${member}`, '');
      },
    }),
  ];
}

function wordClaims(kind: AnswerKind, claim: MakeClaim): readonly Claim[] {
  const { name, words, member, content } = kind;
  return [
    claim('words.deltas', 'the deltas together are the words of the done event', {
      reference: referenceOf(`${words}.done`),
      check: ({ events }) =>
        expectIs(onlyOf(events, `${words}.done`), member, wordsOf(events, kind)),
    }),
    claim('words.not-empty', 'there is at least one delta with words', {
      reference: referenceOf(`${words}.delta`),
      check: ({ events }) => expectMatch({ words: wordsOf(events, kind) }, 'words', /\S/),
    }),
    claim('part-done', 'the part is done with the same words', {
      reference: referenceOf('response.content_part.done'),
      check: ({ events }) => {
        const done = onlyOf(events, 'response.content_part.done');
        expectIs(done, 'part.type', name);
        expectIs(done, `part.${member}`, wordsOf(events, kind));
      },
    }),
    claim('item-done', `the item is completed, its content is ${content} with the same words`, {
      reference: referenceOf('response.output_item.done'),
      check: ({ events }) => {
        const done = onlyOf(events, 'response.output_item.done');
        expectIs(done, 'item.id', outputId(events));
        expectIs(done, 'item.status', 'completed');
        expectIs(done, 'item.content[0].type', content);
        expectIs(done, `item.content[0].${member}`, wordsOf(events, kind));
      },
    }),
    claim('conversation-done', 'the conversation is told the same item', {
      reference: referenceOf('conversation.item.done'),
      check: ({ events }) =>
        expectIs(
          ofOutput(events, 'conversation.item.done'),
          'item',
          at(onlyOf(events, 'response.output_item.done'), 'item'),
        ),
    }),
    claim('no-audio-in-items', 'items come without audio', {
      reference: referenceOf('response.done'),
      check: ({ events }) => {
        expectIs(firstOf(events, 'response.done'), 'response.output[0].content[0].type', content);
        expectAbsent(firstOf(events, 'response.done'), 'response.output[0].content[0].audio');
        expectAbsent(firstOf(events, 'response.output_item.done'), 'item.content[0].audio');
      },
    }),
  ];
}

function orderClaims({ words, name }: AnswerKind, claim: MakeClaim): readonly Claim[] {
  const closing =
    name === 'audio' ? ['response.output_audio.done', `${words}.done`] : [`${words}.done`];
  return [
    claim('order.opening', 'created, output item, part and words come in the documented order', {
      reference: referenceOf('response.created'),
      check: ({ events }) =>
        expectOrder(events, [
          'conversation.item.added',
          'conversation.item.done',
          'response.created',
          'response.output_item.added',
          'response.content_part.added',
          `${words}.delta`,
          `${words}.done`,
        ]),
    }),
    claim(
      'order.closing',
      'words, part, output item and response are done in the documented order',
      {
        reference: referenceOf('response.done'),
        check: ({ events }) =>
          expectOrder(events, [
            ...closing,
            'response.content_part.done',
            'response.output_item.done',
            'response.done',
          ]),
      },
    ),
    claim('order.item-added', 'the conversation hears of the item between output item and part', {
      reference: referenceOf('conversation.item.added'),
      check: ({ events }) => {
        const place = events.indexOf(ofOutput(events, 'conversation.item.added'));
        expectThat(
          events.indexOf(firstOf(events, 'response.output_item.added')) < place &&
            place < events.indexOf(firstOf(events, 'response.content_part.added')),
          'conversation.item.added between response.output_item.added and content_part.added',
          { got: `place ${place}` },
        );
      },
    }),
    claim('order.item-done', 'conversation.item.done comes before response.output_item.done', {
      reference: referenceOf('conversation.item.done'),
      check: ({ events }) =>
        expectThat(
          events.indexOf(ofOutput(events, 'conversation.item.done')) <
            events.indexOf(onlyOf(events, 'response.output_item.done')),
          'conversation.item.done before response.output_item.done',
          { got: 'the other order' },
        ),
    }),
  ];
}

function doneClaims({ name }: AnswerKind, claim: MakeClaim): readonly Claim[] {
  const reference = referenceOf('response.done');
  return [
    claim('done', 'response.done is completed, without details', {
      reference,
      check: ({ events }) => {
        const done = onlyOf(events, 'response.done');
        expectIs(done, 'response.status', 'completed');
        expectIs(done, 'response.status_details', null);
        expectIs(done, 'response.output_modalities', [name]);
      },
    }),
    claim('done.output', 'response.done has the item as it was done', {
      reference,
      check: ({ events }) =>
        expectIs(
          firstOf(events, 'response.done'),
          'response.output[0]',
          at(firstOf(events, 'response.output_item.done'), 'item'),
        ),
    }),
    claim('usage.sum', 'total_tokens is the sum of input and output', {
      reference,
      check: ({ events }) => {
        const done = firstOf(events, 'response.done');
        const sum =
          numberAt(done, 'response.usage.input_tokens') +
          numberAt(done, 'response.usage.output_tokens');
        expectIs(done, 'response.usage.total_tokens', sum);
      },
    }),
    claim('usage.input', 'input tokens are told by kind, and which of them were cached', {
      reference,
      check: ({ events }) => {
        const path = 'response.usage.input_token_details';
        const names = ['text_tokens', 'audio_tokens', 'image_tokens', 'cached_tokens'];
        for (const one of names)
          expectKind(firstOf(events, 'response.done'), `${path}.${one}`, 'integer');
        expectKind(firstOf(events, 'response.done'), `${path}.cached_tokens_details`, 'object');
      },
    }),
    claim('usage.output', 'output tokens are told by kind', {
      reference,
      check: ({ events }) => {
        const path = 'response.usage.output_token_details';
        for (const one of ['text_tokens', 'audio_tokens']) {
          expectKind(firstOf(events, 'response.done'), `${path}.${one}`, 'integer');
        }
      },
    }),
    claim('event-ids', 'every event has an event_id that no other has', {
      reference: 'Realtime API, server events',
      check: ({ events }) => {
        const ids = events.map((one) => textAt(one, 'event_id'));
        expectThat(new Set(ids).size === ids.length, 'no event_id twice', { got: ids.length });
      },
    }),
  ];
}
