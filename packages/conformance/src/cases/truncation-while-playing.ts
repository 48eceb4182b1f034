import { defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  allOf,
  at,
  expectIs,
  expectMatch,
  expectNone,
  expectThat,
  firstOf,
} from '../kit/expect.ts';
import type { WireSession } from '../kit/wire-session.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';
import { longAnswer } from './long-answer.ts';

const TRUNCATE = 'Client events, conversation.item.truncate';
const CLEARED = 'Server events, output_audio_buffer.cleared';
const WEBRTC = 'Realtime with WebRTC: the server plays, and truncates what was not heard';
/** Within the answer, and more than has been played when it is asked for. */
const CUT_MS = 5_000;
/** By how much the kit's clock may be behind the server's: `started` takes its time to come. */
const CLOCK_ERROR_MS = 250;

/** Asks for a cut; its error answers it too. */
export function askToTruncate(
  session: WireSession,
  asked: {
    readonly event_id: string;
    readonly item_id: unknown;
    readonly content_index: number;
    readonly audio_end_ms: number;
  },
): Promise<WireEvent> {
  return session.ask(
    { type: 'conversation.item.truncate', ...asked },
    'conversation.item.truncated',
  );
}

/** A retrieved item has lost words that its answer had. */
export function expectFewerWords(retrieved: WireEvent, words: unknown): void {
  expectIs(retrieved, 'type', 'conversation.item.retrieved');
  const kept = at(retrieved, 'item.content[0].transcript') ?? '';
  expectThat(
    typeof kept === 'string' && typeof words === 'string' && kept.length < words.length,
    `less than the transcript before: ${String(words)}`,
    { got: kept, excerpt: retrieved['item'] },
  );
}

interface PlayingFacts {
  readonly itemId: unknown;
  readonly responseId: unknown;
  readonly words: unknown;
  readonly beyond: WireEvent;
  /** What came until the cut was asked for. */
  readonly beforeCut: readonly WireEvent[];
  readonly truncated: WireEvent;
  /** Since the answer began to be played, by the kit's clock. */
  readonly playedMsMax: number;
  readonly afterCut: readonly WireEvent[];
  readonly longer: WireEvent;
  readonly retrieved: WireEvent;
}

/** A long answer is generated faster than it plays, and more of it is asked for than has been played. */
export const PLAYING_CUT_EXCHANGE: Exchange = defineExchange<PlayingFacts>({
  name: 'an answer that is cut while the server plays it',
  group: 'truncation',
  needs: ['audio-output', 'media-playout'],
  observe: async (stage) => {
    const { clock } = stage.options;
    const session = await stage.openQuiet({ output_modalities: ['audio'] });
    const start = session.events.length;
    session.send({ type: 'response.create', response: longAnswer(stage) });
    await session.until('output_audio_buffer.started');
    const startedMs = clock.nowMs();
    const done =
      session.events.find(({ type }) => type === 'response.done') ??
      (await session.until('response.done'));
    const itemId = at(
      firstOf(session.events.slice(start), 'response.output_item.added'),
      'item.id',
    );
    const part = { item_id: itemId, content_index: 0 };
    const truncate = (event_id: string, audio_end_ms: number): Promise<WireEvent> =>
      askToTruncate(session, { event_id, ...part, audio_end_ms });
    const beyond = await truncate('beyond', 3_600_000);
    const beforeCut = session.events.slice(start);
    const truncated = await truncate('cut', CUT_MS);
    const playedMsMax = clock.nowMs() - startedMs + CLOCK_ERROR_MS;
    const longer = await truncate('longer', 3_600_000);
    const retrieved = await session.ask(
      { type: 'conversation.item.retrieve', event_id: 'retrieve', item_id: itemId },
      'conversation.item.retrieved',
    );
    const afterCut = session.events.slice(start + beforeCut.length);
    return {
      itemId,
      responseId: at(done, 'response.id'),
      words: at(done, 'response.output[0].content[0].transcript'),
      beyond,
      beforeCut,
      truncated,
      playedMsMax,
      afterCut,
      longer,
      retrieved,
    };
  },
  assertions: [
    {
      id: 'truncation.playing.beyond',
      statement: 'while it plays too, a cut beyond the end is refused with invalid_value',
      reference: TRUNCATE,
      check: ({ beyond }) => {
        expectIs(beyond, 'error.code', 'invalid_value');
        expectIs(beyond, 'error.event_id', 'beyond');
        expectMatch(beyond, 'error.message', /3600000ms/);
      },
    },
    {
      id: 'truncation.playing.beyond-plays-on',
      statement: 'a cut that is refused stops nothing',
      reference: TRUNCATE,
      check: ({ beforeCut }) => {
        firstOf(beforeCut, 'output_audio_buffer.started');
        expectNone(beforeCut, /^(output_audio_buffer\.cleared|conversation\.item\.truncated)$/);
      },
    },
    {
      id: 'truncation.playing.truncated',
      statement: 'a cut of what plays is answered with the item and the part',
      reference: TRUNCATE,
      check: ({ truncated, itemId }) => {
        expectIs(truncated, 'type', 'conversation.item.truncated');
        expectIs(truncated, 'item_id', itemId);
        expectIs(truncated, 'content_index', 0);
      },
    },
    {
      id: 'truncation.playing.no-more-than-played',
      statement: 'it is answered with no more than has been played',
      reference: WEBRTC,
      check: ({ truncated, playedMsMax }) => {
        const audioEndMs = at(truncated, 'audio_end_ms');
        expectThat(
          Number.isInteger(audioEndMs) &&
            Number(audioEndMs) >= 0 &&
            Number(audioEndMs) <= playedMsMax,
          `audio_end_ms of ${Math.ceil(playedMsMax)} at most`,
          { got: audioEndMs, excerpt: truncated },
        );
      },
    },
    {
      id: 'truncation.playing.cleared',
      statement: 'a cut of what plays clears what the server has not played, once',
      reference: CLEARED,
      check: ({ afterCut, responseId }) => {
        const cleared = allOf(afterCut, 'output_audio_buffer.cleared');
        expectThat(cleared.length === 1, 'one output_audio_buffer.cleared', {
          got: cleared.length,
        });
        expectIs(cleared[0], 'response_id', responseId);
      },
    },
    {
      id: 'truncation.playing.no-longer-again',
      statement: 'what was cut while it played cannot be cut later',
      reference: TRUNCATE,
      check: ({ longer }) => {
        expectIs(longer, 'error.code', 'invalid_value');
        expectIs(longer, 'error.event_id', 'longer');
      },
    },
    {
      id: 'truncation.playing.words-gone',
      statement: 'words that were not played are no longer in the transcript',
      reference: TRUNCATE,
      check: ({ retrieved, words }) => expectFewerWords(retrieved, words),
    },
  ],
});
