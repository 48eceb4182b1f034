import { type Assertion, defineExchange, type Exchange } from '../kit/exchange.ts';
import {
  at,
  expectAbsent,
  expectIs,
  expectKind,
  expectMatch,
  expectThat,
  numberAt,
} from '../kit/expect.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';

const REFERENCE = 'Server events, session.created';
const VAD = 'Session object, audio.input.turn_detection';
/** A session lasts an hour; clocks may differ by ten minutes. */
const EXPIRY_S = { min: 3_000, max: 4_200 };

interface CreatedFacts {
  readonly created: WireEvent;
  /** The session of a second connection. */
  readonly other: WireEvent;
  /** Unix seconds when the session was told. */
  readonly nowS: number;
}

function claim(
  id: string,
  statement: string,
  rest: Pick<Assertion<CreatedFacts>, 'check'> & Partial<Assertion<CreatedFacts>>,
): Assertion<CreatedFacts> {
  return { id: `session.created.${id}`, statement, reference: REFERENCE, ...rest };
}

/** A default of the session at its path. */
function isDefault(id: string, path: string, value: unknown): Assertion<CreatedFacts> {
  return claim(id, `${path} is ${JSON.stringify(value)}`, {
    reference: `Session object, ${path}`,
    check: ({ created }) => expectIs(created, `session.${path}`, value),
  });
}

const IDENTITY: readonly Assertion<CreatedFacts>[] = [
  claim('event-id', 'the event has an event_id that begins with event_', {
    check: ({ created }) => expectMatch(created, 'event_id', /^event_.+/),
  }),
  claim('id', 'the session has an id that begins with sess_', {
    check: ({ created }) => expectMatch(created, 'session.id', /^sess_.+/),
  }),
  claim('id-unique', 'two sessions have different ids', {
    check: ({ created, other }) =>
      expectThat(at(created, 'session.id') !== at(other, 'session.id'), 'two ids', {
        got: at(other, 'session.id'),
      }),
  }),
  isDefault('type', 'type', 'realtime'),
  isDefault('object', 'object', 'realtime.session'),
  claim('expires-at', 'expires_at is in whole unix seconds, about an hour ahead', {
    check: ({ created, nowS }) => {
      expectKind(created, 'session.expires_at', 'integer');
      const aheadS = numberAt(created, 'session.expires_at') - nowS;
      expectThat(aheadS >= EXPIRY_S.min && aheadS <= EXPIRY_S.max, 'about 3600 s ahead', {
        got: `${aheadS} s`,
      });
    },
  }),
  claim('instructions', 'instructions are a text', {
    check: ({ created }) => expectKind(created, 'session.instructions', 'string'),
  }),
];

const DEFAULTS: readonly Assertion<CreatedFacts>[] = [
  claim('output-modalities', 'output_modalities is ["audio"]', {
    needs: ['audio-output'],
    check: ({ created }) => expectIs(created, 'session.output_modalities', ['audio']),
  }),
  isDefault('tools', 'tools', []),
  isDefault('tool-choice', 'tool_choice', 'auto'),
  isDefault('max-output-tokens', 'max_output_tokens', 'inf'),
  isDefault('tracing', 'tracing', null),
  isDefault('truncation', 'truncation', 'auto'),
  isDefault('prompt', 'prompt', null),
  isDefault('include', 'include', null),
  isDefault('input-format', 'audio.input.format', { type: 'audio/pcm', rate: 24_000 }),
  isDefault('transcription', 'audio.input.transcription', null),
  isDefault('noise-reduction', 'audio.input.noise_reduction', null),
  isDefault('output-format', 'audio.output.format', { type: 'audio/pcm', rate: 24_000 }),
  isDefault('speed', 'audio.output.speed', 1),
  claim('voice', 'audio.output.voice is a name', {
    check: ({ created }) => expectMatch(created, 'session.audio.output.voice', /./),
  }),
];

const TURN_DETECTION: readonly Assertion<CreatedFacts>[] = [
  isDefault('vad-type', 'audio.input.turn_detection.type', 'server_vad'),
  isDefault('vad-threshold', 'audio.input.turn_detection.threshold', 0.5),
  isDefault('vad-prefix', 'audio.input.turn_detection.prefix_padding_ms', 300),
  claim('vad-silence', 'turn_detection.silence_duration_ms is 200 or 500, by model', {
    reference: VAD,
    check: ({ created }) => {
      const ms = numberAt(created, 'session.audio.input.turn_detection.silence_duration_ms');
      expectThat(ms === 200 || ms === 500, '200 or 500 ms', { got: ms });
    },
  }),
  isDefault('vad-idle', 'audio.input.turn_detection.idle_timeout_ms', null),
  isDefault('vad-create', 'audio.input.turn_detection.create_response', true),
  isDefault('vad-interrupt', 'audio.input.turn_detection.interrupt_response', true),
];

const BETA_FIELDS: readonly Assertion<CreatedFacts>[] = [
  claim('no-beta-modalities', 'there is no modalities, as in the beta', {
    check: ({ created }) => {
      expectKind(created, 'session.output_modalities', 'array');
      expectAbsent(created, 'session.modalities');
    },
  }),
  claim('no-beta-audio', 'there are no flat audio fields, as in the beta', {
    check: ({ created }) => {
      expectKind(created, 'session.audio', 'object');
      const flat = ['voice', 'input_audio_format', 'output_audio_format', 'turn_detection'];
      for (const name of flat) expectAbsent(created, `session.${name}`);
    },
  }),
  claim('no-secrets', 'there is no client_secret', {
    check: ({ created }) => {
      expectKind(created, 'session', 'object');
      expectAbsent(created, 'session.client_secret');
    },
  }),
];

const created = defineExchange<CreatedFacts>({
  name: 'session.created',
  group: 'session',
  observe: async (stage) => {
    const [first, second] = [await stage.open(), await stage.open()];
    const nowS = Math.round(stage.options.clock.wallMs() / 1_000);
    return { created: first.events[0] ?? NOTHING, other: second.events[0] ?? NOTHING, nowS };
  },
  assertions: [...IDENTITY, ...DEFAULTS, ...TURN_DETECTION, ...BETA_FIELDS],
});

/** Stands for an event that never came; nothing holds of it. */
const NOTHING: WireEvent = { type: 'nothing' };

/** What a new session says of itself. */
export const SESSION_EXCHANGES: readonly Exchange[] = [created];
