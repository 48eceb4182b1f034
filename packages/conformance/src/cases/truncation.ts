import { defineExchange, type Exchange } from '../kit/exchange.ts';
import { at, expectIs, expectMatch, expectOneOf, expectThat, firstOf } from '../kit/expect.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';
import { bytesOfBase64 } from './made-audio.ts';
import {
  askToTruncate,
  expectFewerWords,
  PLAYING_CUT_EXCHANGE,
} from './truncation-while-playing.ts';

const TRUNCATE = 'Client events, conversation.item.truncate';
const TRUNCATED = 'Server events, conversation.item.truncated';
/** Where the answer is cut. */
const CUT_MS = 200;

interface CutFacts {
  readonly itemId: unknown;
  readonly words: unknown;
  readonly beyond: WireEvent;
  readonly noPart: WireEvent;
  readonly truncated: WireEvent;
  readonly longer: WireEvent;
  readonly retrieved: WireEvent;
  readonly next: WireEvent;
}

const cut = defineExchange<CutFacts>({
  name: 'an answer that is cut',
  group: 'truncation',
  needs: ['audio-output'],
  observe: async (stage) => {
    const session = await stage.openQuiet({ output_modalities: ['audio'] });
    const start = session.events.length;
    session.send(
      {
        type: 'conversation.item.create',
        item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello.' }] },
      },
      { type: 'response.create' },
    );
    const done = await session.until('response.done');
    // What has been heard to its end can be cut anywhere, whoever played it.
    if (stage.isPlayedByServer) await session.until('output_audio_buffer.stopped');
    const added = firstOf(session.events.slice(start), 'response.output_item.added');
    const itemId = at(added, 'item.id');
    const truncate = (event_id: string, cutMs: number, content_index = 0): Promise<WireEvent> =>
      askToTruncate(session, { event_id, item_id: itemId, content_index, audio_end_ms: cutMs });
    const beyond = await truncate('beyond', 3_600_000);
    const noPart = await truncate('part', CUT_MS, 7);
    const truncated = await truncate('cut', CUT_MS);
    const longer = await truncate('longer', 60_000);
    const retrieved = await session.ask(
      { type: 'conversation.item.retrieve', event_id: 'retrieve', item_id: itemId },
      'conversation.item.retrieved',
    );
    const next = await session.demand(
      {
        type: 'conversation.item.create',
        item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Go on.' }] },
      },
      'conversation.item.added',
    );
    const words = at(done, 'response.output[0].content[0].transcript');
    return { itemId, words, beyond, noPart, truncated, longer, retrieved, next };
  },
  assertions: [
    {
      id: 'truncation.truncated',
      statement: 'a cut is answered with the item, the part and the time',
      reference: TRUNCATED,
      check: ({ truncated, itemId }) => {
        expectIs(truncated, 'type', 'conversation.item.truncated');
        expectIs(truncated, 'item_id', itemId);
        expectIs(truncated, 'content_index', 0);
        expectIs(truncated, 'audio_end_ms', CUT_MS);
      },
    },
    {
      id: 'truncation.event-id',
      statement: 'truncated has an event_id',
      reference: TRUNCATED,
      check: ({ truncated }) => expectMatch(truncated, 'event_id', /^event_.+/),
    },
    {
      id: 'truncation.beyond',
      statement: 'a cut beyond the end of the audio is refused with invalid_value',
      reference: TRUNCATE,
      check: ({ beyond }) => {
        expectIs(beyond, 'error.code', 'invalid_value');
        expectIs(beyond, 'error.event_id', 'beyond');
      },
    },
    {
      id: 'truncation.beyond-says-length',
      statement: 'the refusal says how long the audio is',
      reference: TRUNCATE,
      check: ({ beyond }) => expectMatch(beyond, 'error.message', /\d+(\.\d+)?ms.*3600000ms/),
    },
    {
      id: 'truncation.no-part',
      statement: 'a cut in a part that is not there is refused',
      reference: TRUNCATE,
      check: ({ noPart }) => expectIs(noPart, 'type', 'error'),
    },
    {
      id: 'truncation.no-longer-again',
      statement: 'what was cut cannot be cut later',
      reference: TRUNCATE,
      check: ({ longer }) => expectIs(longer, 'error.code', 'invalid_value'),
    },
    {
      id: 'truncation.words-gone',
      statement: 'words that were not heard are no longer in the transcript',
      reference: TRUNCATE,
      check: ({ retrieved, words }) => expectFewerWords(retrieved, words),
    },
    {
      id: 'truncation.audio-gone',
      statement: 'a retrieved item has the audio up to the cut',
      reference: TRUNCATE,
      needs: ['audio-events'],
      check: ({ retrieved }) => {
        expectOneOf(retrieved, 'item.content[0].type', ['output_audio', 'audio']);
        const bytes = bytesOfBase64(at(retrieved, 'item.content[0].audio'));
        const lengthMs = (bytes?.length ?? 0) / 48;
        expectThat(Math.abs(lengthMs - CUT_MS) <= 20, `${CUT_MS} ms of PCM at 24 kHz`, {
          got: lengthMs,
        });
      },
    },
    {
      id: 'truncation.session-goes-on',
      statement: 'the next item stands behind the cut one',
      reference: TRUNCATE,
      check: ({ next, itemId }) => expectIs(next, 'previous_item_id', itemId),
    },
  ],
});

/** Answers cut at what was heard. */
export const TRUNCATION_EXCHANGES: readonly Exchange[] = [cut, PLAYING_CUT_EXCHANGE];
