import { type Assertion, defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  at,
  expectAbsent,
  expectIs,
  expectKind,
  expectMatch,
  expectNone,
  expectOrder,
  firstOf,
  textAt,
} from '../kit/expect.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';
import { base64Of, tone } from './made-audio.ts';
import { say, speechOf } from './spoken-turn.ts';

const SESSION = 'Transcription session object';
const UPDATE = 'Client events, session.update';
const INTENT = { query: { intent: 'transcription' } };

interface SetUpFacts {
  readonly created: WireEvent;
  readonly updated: WireEvent;
  readonly model: string;
  readonly manual: WireEvent;
  readonly otherType: WireEvent;
  readonly instructions: WireEvent;
  readonly response: WireEvent;
  /** A manual turn, from its commit until something else is answered. */
  readonly turn: readonly WireEvent[];
}

const ofSession: readonly Assertion<SetUpFacts>[] = [
  {
    id: 'transcription-sessions.created.type',
    statement: 'the session is of type transcription',
    reference: SESSION,
    check: ({ created }) => expectIs(created, 'session.type', 'transcription'),
  },
  {
    id: 'transcription-sessions.created.object',
    statement: 'its object is realtime.transcription_session',
    reference: SESSION,
    check: ({ created }) => expectIs(created, 'session.object', 'realtime.transcription_session'),
  },
  {
    id: 'transcription-sessions.created.id',
    statement: 'its id begins with sess_',
    reference: SESSION,
    check: ({ created }) => expectMatch(created, 'session.id', /^sess_.+/),
  },
  {
    id: 'transcription-sessions.created.no-output',
    statement: 'it has input audio and no output audio',
    reference: SESSION,
    check: ({ created }) => {
      expectKind(created, 'session.audio.input', 'object');
      expectAbsent(created, 'session.audio.output');
    },
  },
  {
    id: 'transcription-sessions.created.no-answering',
    statement: 'it has no instructions, tools or modalities',
    reference: SESSION,
    check: ({ created }) => {
      expectIs(created, 'type', 'session.created');
      expectKind(created, 'session.audio', 'object');
      const names = ['instructions', 'tools', 'tool_choice', 'output_modalities'];
      for (const name of names) expectAbsent(created, `session.${name}`);
    },
  },
  {
    id: 'transcription-sessions.created.format',
    statement: 'its input is PCM at 24 kHz',
    reference: SESSION,
    check: ({ created }) =>
      expectIs(created, 'session.audio.input.format', { type: 'audio/pcm', rate: 24_000 }),
  },
];

const ofUpdates: readonly Assertion<SetUpFacts>[] = [
  {
    id: 'transcription-sessions.update.model',
    statement: 'the transcription is configured by session.update',
    reference: UPDATE,
    check: ({ updated, model }) =>
      expectIs(updated, 'session.audio.input.transcription.model', model),
  },
  {
    id: 'transcription-sessions.update.type',
    statement: 'after an update it is still a transcription session, with the same id',
    reference: UPDATE,
    check: ({ created, updated }) => {
      expectIs(updated, 'session.type', 'transcription');
      expectIs(updated, 'session.id', textAt(created, 'session.id'));
    },
  },
  {
    id: 'transcription-sessions.update.manual',
    statement: 'its turn detection can be taken away',
    reference: UPDATE,
    check: ({ manual }) => expectIs(manual, 'session.audio.input.turn_detection', null),
  },
  {
    id: 'transcription-sessions.update.other-type',
    statement: 'it cannot become a realtime session',
    reference: UPDATE,
    check: ({ otherType }) => expectIs(otherType, 'type', 'error'),
  },
  {
    id: 'transcription-sessions.update.instructions',
    statement: 'instructions are unknown to it',
    reference: UPDATE,
    needs: ['strict-parameters'],
    check: ({ instructions }) => expectIs(instructions, 'error.code', 'unknown_parameter'),
  },
  {
    id: 'transcription-sessions.response.refused',
    statement: 'response.create is refused',
    reference: SESSION,
    check: ({ response }) => expectIs(response, 'type', 'error'),
  },
];

const ofTurns: readonly Assertion<SetUpFacts>[] = [
  {
    id: 'transcription-sessions.turn.committed',
    statement: 'a manual turn brings committed and the item of the user',
    reference: SESSION,
    needs: ['audio-events'],
    check: ({ turn }) => {
      expectOrder(turn, ['input_audio_buffer.committed', 'conversation.item.added']);
      expectIs(firstOf(turn, 'conversation.item.added'), 'item.role', 'user');
    },
  },
  {
    id: 'transcription-sessions.turn.no-response',
    statement: 'a turn is never answered',
    reference: SESSION,
    needs: ['audio-events'],
    check: ({ turn }) => {
      firstOf(turn, 'input_audio_buffer.committed');
      expectNone(turn, /^response\./);
    },
  },
];

const setUp = defineExchange<SetUpFacts>({
  name: 'a transcription session',
  group: 'transcription-sessions',
  needs: ['transcription-sessions'],
  observe: async (stage) => {
    const session = await stage.open(INTENT);
    const { transcriptionModel: model } = stage.options;
    const update = (event_id: string, body: object): Promise<WireEvent> =>
      session.ask({ type: 'session.update', event_id, session: body }, 'session.updated');
    const type = 'transcription';
    const updated = await update('model', { type, audio: { input: { transcription: { model } } } });
    const manual = await update('manual', { type, audio: { input: { turn_detection: null } } });
    const otherType = await update('type', { type: 'realtime', instructions: 'x' });
    const instructions = await update('instructions', { type, instructions: 'x' });
    const response = await session.ask(
      { type: 'response.create', event_id: 'response' },
      'response.created',
    );
    const start = session.events.length;
    session.send(
      { type: 'input_audio_buffer.append', audio: base64Of(tone(300)) },
      { type: 'input_audio_buffer.commit' },
    );
    await session.settle();
    const turn = session.events.slice(start);
    const created = session.events[0] ?? { type: 'nothing' };
    return { created, updated, model, manual, otherType, instructions, response, turn };
  },
  assertions: [...ofSession, ...ofUpdates, ...ofTurns],
});

const spoken = defineExchange<{ readonly events: readonly WireEvent[]; readonly end: WireEvent }>({
  name: 'speech in a transcription session',
  group: 'transcription-sessions',
  needs: ['transcription-sessions', 'speech'],
  observe: async (stage) => {
    const speech = speechOf(stage);
    const session = await stage.open(INTENT);
    const transcription = { model: stage.options.transcriptionModel };
    await session.demand(
      {
        type: 'session.update',
        session: {
          type: 'transcription',
          audio: { input: { transcription, turn_detection: { type: 'server_vad' } } },
        },
      },
      'session.updated',
    );
    const start = session.events.length;
    say(session, speech, 1_500);
    const form = /^conversation\.item\.input_audio_transcription\.(completed|failed)$/;
    const end = await session.until(({ type }) => form.test(type), 'a transcription');
    await session.settle();
    return { events: session.events.slice(start), end };
  },
  assertions: [
    {
      id: 'transcription-sessions.speech.completed',
      statement: 'what was said comes as completed, for the item of the turn',
      reference: SESSION,
      check: ({ events, end }) => {
        expectIs(end, 'type', 'conversation.item.input_audio_transcription.completed');
        expectKind(end, 'transcript', 'string');
        expectIs(end, 'item_id', at(firstOf(events, 'input_audio_buffer.committed'), 'item_id'));
      },
    },
    {
      id: 'transcription-sessions.speech.no-response',
      statement: 'what was said is never answered',
      reference: SESSION,
      check: ({ events }) => {
        firstOf(events, 'input_audio_buffer.committed');
        expectNone(events, /^response\./);
      },
    },
  ],
});

/** Sessions that hear and never answer. */
export const TRANSCRIPTION_SESSION_EXCHANGES: readonly Exchange[] = [setUp, spoken];
