import { type Assertion, defineExchange, type Exchange } from '../kit/exchange.ts';
import { at, expectAbsent, expectIs, expectKind, expectMatch, expectThat } from '../kit/expect.ts';
import type { Stage } from '../kit/stage.ts';
import type { WireEvent } from '../transport/conformance-transport.ts';

const REFERENCE = 'Client events, session.update';

const TOOL = {
  type: 'function',
  name: 'look_up',
  description: 'Looks something up.',
  parameters: {
    type: 'object',
    properties: { subject: { type: 'string' } },
    required: ['subject'],
  },
};

/** The updates of the walk, in order. Each is sent when the one before was answered. */
const STEPS = {
  empty: {},
  instructions: { instructions: 'Say nothing.' },
  cleared: { instructions: '' },
  text: { output_modalities: ['text'] },
  tools: { tools: [TOOL] },
  required: { tool_choice: 'required' },
  named: { tool_choice: { type: 'function', name: 'look_up' } },
  none: { tool_choice: 'none' },
  noTools: { tools: [], tool_choice: 'auto' },
  tokens: { max_output_tokens: 128 },
  unlimited: { max_output_tokens: 'inf' },
  truncation: { truncation: 'disabled' },
  include: { include: ['item.input_audio_transcription.logprobs'] },
  noInclude: { include: null },
  speed: { audio: { output: { speed: 1.25 } } },
  voice: { audio: { output: { voice: 'cedar' } } },
} as const;

const INPUT_STEPS = {
  manual: { turn_detection: null },
  vad: { turn_detection: { type: 'server_vad' } },
  threshold: { turn_detection: { type: 'server_vad', threshold: 0.75 } },
  silence: { turn_detection: { type: 'server_vad', silence_duration_ms: 700 } },
  idle: { turn_detection: { type: 'server_vad', idle_timeout_ms: 6_000 } },
  flags: {
    turn_detection: { type: 'server_vad', create_response: false, interrupt_response: false },
  },
  near: { noise_reduction: { type: 'near_field' } },
  far: { noise_reduction: { type: 'far_field' } },
  noNoise: { noise_reduction: null },
} as const;

const TRANSCRIPTION_STEPS = ['model', 'language', 'off'] as const;

interface WalkFacts {
  readonly created: WireEvent;
  /** The reply to each step by its name: session.updated, or the error. */
  readonly replies: Readonly<Record<string, WireEvent>>;
}

type Update = Readonly<Record<string, unknown>>;

async function walk(
  stage: Stage,
  steps: readonly (readonly [string, Update])[],
): Promise<WalkFacts> {
  const session = await stage.open();
  const replies: Record<string, WireEvent> = {};
  for (const [name, update] of steps) {
    replies[name] = await session.ask(
      {
        type: 'session.update',
        event_id: `step_${name}`,
        session: { type: 'realtime', ...update },
      },
      'session.updated',
    );
  }
  return { created: session.events[0] ?? { type: 'nothing' }, replies };
}

function claim(
  id: string,
  statement: string,
  rest: Pick<Assertion<WalkFacts>, 'check'> & Partial<Assertion<WalkFacts>>,
): Assertion<WalkFacts> {
  return { id: `session-update.${id}`, statement, reference: REFERENCE, ...rest };
}

/** After a step the session has a value at a path. */
function echoes(
  id: string,
  step: string,
  wanted: readonly [path: string, value: unknown],
): Assertion<WalkFacts> {
  const [path, value] = wanted;
  return claim(id, `${path} becomes ${JSON.stringify(value).slice(0, 60)}`, {
    reference: `${REFERENCE}; session object, ${path}`,
    check: ({ replies }) => expectIs(replies[step], `session.${path}`, value),
  });
}

function withoutMember(root: unknown, name: string): unknown {
  if (typeof root !== 'object' || root === null) return root;
  return Object.fromEntries(Object.entries(root).filter(([key]) => key !== name));
}

const settings = defineExchange<WalkFacts>({
  name: 'updates of the settings',
  group: 'session-update',
  observe: (stage) => walk(stage, Object.entries(STEPS)),
  assertions: [
    claim('reply.event-id', 'session.updated has an event_id', {
      check: ({ replies }) => expectMatch(replies['empty'], 'event_id', /^event_.+/),
    }),
    claim('empty.complete', 'an update of nothing is answered with the whole session', {
      check: ({ created, replies }) =>
        expectIs(replies['empty'], 'session', at(created, 'session')),
    }),
    echoes('instructions.changed', 'instructions', ['instructions', 'Say nothing.']),
    claim('instructions.rest-kept', 'what an update does not name stays as it was', {
      check: ({ created, replies }) =>
        expectIs(
          { rest: withoutMember(at(replies['instructions'], 'session'), 'instructions') },
          'rest',
          withoutMember(at(created, 'session'), 'instructions'),
        ),
    }),
    echoes('instructions.cleared', 'cleared', ['instructions', '']),
    echoes('output-modalities.text', 'text', ['output_modalities', ['text']]),
    echoes('tools.set', 'tools', ['tools', [TOOL]]),
    echoes('tool-choice.required', 'required', ['tool_choice', 'required']),
    echoes('tool-choice.function', 'named', ['tool_choice', { type: 'function', name: 'look_up' }]),
    echoes('tool-choice.none', 'none', ['tool_choice', 'none']),
    echoes('tools.cleared', 'noTools', ['tools', []]),
    echoes('max-output-tokens.number', 'tokens', ['max_output_tokens', 128]),
    echoes('max-output-tokens.inf', 'unlimited', ['max_output_tokens', 'inf']),
    echoes('truncation.disabled', 'truncation', ['truncation', 'disabled']),
    echoes('include.set', 'include', ['include', ['item.input_audio_transcription.logprobs']]),
    echoes('include.cleared', 'noInclude', ['include', null]),
    echoes('speed.changed', 'speed', ['audio.output.speed', 1.25]),
    echoes('voice.changed', 'voice', ['audio.output.voice', 'cedar']),
    claim('voice.rest-kept', 'a change of the voice keeps the speed beside it', {
      check: ({ replies }) => expectIs(replies['voice'], 'session.audio.output.speed', 1.25),
    }),
    claim('identity.kept', 'updates keep id, object, model and expires_at', {
      check: ({ created, replies }) => {
        for (const name of ['id', 'object', 'model', 'expires_at']) {
          expectIs(replies['voice'], `session.${name}`, at(created, `session.${name}`));
        }
      },
    }),
  ],
});

const input = defineExchange<WalkFacts>({
  name: 'updates of the input',
  group: 'session-update',
  observe: (stage) =>
    walk(
      stage,
      Object.entries(INPUT_STEPS).map(([name, update]) => [name, { audio: { input: update } }]),
    ),
  assertions: [
    echoes('turn-detection.null', 'manual', ['audio.input.turn_detection', null]),
    claim('turn-detection.defaults', 'a server_vad comes back with every member filled in', {
      check: ({ replies }) => {
        const path = 'session.audio.input.turn_detection';
        expectIs(replies['vad'], `${path}.type`, 'server_vad');
        expectIs(replies['vad'], `${path}.threshold`, 0.5);
        expectIs(replies['vad'], `${path}.prefix_padding_ms`, 300);
        expectKind(replies['vad'], `${path}.silence_duration_ms`, 'integer');
        expectIs(replies['vad'], `${path}.idle_timeout_ms`, null);
        expectIs(replies['vad'], `${path}.create_response`, true);
        expectIs(replies['vad'], `${path}.interrupt_response`, true);
      },
    }),
    echoes('turn-detection.threshold', 'threshold', ['audio.input.turn_detection.threshold', 0.75]),
    echoes('turn-detection.silence', 'silence', [
      'audio.input.turn_detection.silence_duration_ms',
      700,
    ]),
    echoes('turn-detection.merged', 'silence', ['audio.input.turn_detection.threshold', 0.75]),
    echoes('turn-detection.idle', 'idle', ['audio.input.turn_detection.idle_timeout_ms', 6_000]),
    echoes('turn-detection.create-off', 'flags', [
      'audio.input.turn_detection.create_response',
      false,
    ]),
    echoes('turn-detection.interrupt-off', 'flags', [
      'audio.input.turn_detection.interrupt_response',
      false,
    ]),
    claim('noise-reduction.near', 'noise_reduction becomes near_field', {
      check: ({ replies }) =>
        expectIs(replies['near'], 'session.audio.input.noise_reduction.type', 'near_field'),
    }),
    claim('noise-reduction.far', 'noise_reduction becomes far_field', {
      check: ({ replies }) =>
        expectIs(replies['far'], 'session.audio.input.noise_reduction.type', 'far_field'),
    }),
    echoes('noise-reduction.null', 'noNoise', ['audio.input.noise_reduction', null]),
    claim('input.output-kept', 'updates of the input keep the output', {
      check: ({ created, replies }) =>
        expectIs(replies['noNoise'], 'session.audio.output', at(created, 'session.audio.output')),
    }),
  ],
});

const semantic = defineExchange<WalkFacts>({
  name: 'updates to semantic turn detection',
  group: 'session-update',
  needs: ['semantic-vad'],
  observe: (stage) =>
    walk(stage, [
      ['semantic', { audio: { input: { turn_detection: { type: 'semantic_vad' } } } }],
      [
        'eager',
        { audio: { input: { turn_detection: { type: 'semantic_vad', eagerness: 'high' } } } },
      ],
    ]),
  assertions: [
    echoes('semantic-vad.type', 'semantic', ['audio.input.turn_detection.type', 'semantic_vad']),
    echoes('semantic-vad.eagerness-default', 'semantic', [
      'audio.input.turn_detection.eagerness',
      'auto',
    ]),
    echoes('semantic-vad.create-default', 'semantic', [
      'audio.input.turn_detection.create_response',
      true,
    ]),
    echoes('semantic-vad.interrupt-default', 'semantic', [
      'audio.input.turn_detection.interrupt_response',
      true,
    ]),
    echoes('semantic-vad.eagerness', 'eager', ['audio.input.turn_detection.eagerness', 'high']),
    claim('semantic-vad.no-threshold', 'a semantic_vad has no threshold', {
      check: ({ replies }) => {
        expectIs(replies['semantic'], 'session.audio.input.turn_detection.type', 'semantic_vad');
        expectAbsent(replies['semantic'], 'session.audio.input.turn_detection.threshold');
      },
    }),
  ],
});

interface TranscriptionFacts extends WalkFacts {
  readonly model: string;
}

const transcription = defineExchange<TranscriptionFacts>({
  name: 'updates of the transcription',
  group: 'session-update',
  needs: ['input-transcription'],
  observe: async (stage) => {
    const { transcriptionModel: model } = stage.options;
    const updates = [{ model }, { model, language: 'en' }, null];
    const facts = await walk(
      stage,
      TRANSCRIPTION_STEPS.map((name, index) => [
        name,
        { audio: { input: { transcription: updates[index] } } },
      ]),
    );
    return { ...facts, model };
  },
  assertions: [
    {
      id: 'session-update.transcription.model',
      statement: 'the transcription comes back with its model',
      reference: `${REFERENCE}; session object, audio.input.transcription`,
      check: ({ replies, model }) =>
        expectIs(replies['model'], 'session.audio.input.transcription.model', model),
    },
    {
      id: 'session-update.transcription.nulls',
      statement: 'language and prompt of the transcription are filled in with null',
      reference: `${REFERENCE}; session object, audio.input.transcription`,
      check: ({ replies }) => {
        expectIs(replies['model'], 'session.audio.input.transcription.language', null);
        expectIs(replies['model'], 'session.audio.input.transcription.prompt', null);
      },
    },
    {
      id: 'session-update.transcription.language',
      statement: 'the language of the transcription is set',
      reference: `${REFERENCE}; session object, audio.input.transcription`,
      check: ({ replies }) =>
        expectIs(replies['language'], 'session.audio.input.transcription.language', 'en'),
    },
    {
      id: 'session-update.transcription.null',
      statement: 'null takes the transcription away',
      reference: `${REFERENCE}; session object, audio.input.transcription`,
      check: ({ replies }) => expectIs(replies['off'], 'session.audio.input.transcription', null),
    },
  ],
});

const formats = defineExchange<WalkFacts>({
  name: 'updates of the formats',
  group: 'session-update',
  needs: ['g711'],
  observe: (stage) =>
    walk(stage, [
      ['pcmu', { audio: { input: { format: { type: 'audio/pcmu' } } } }],
      ['pcma', { audio: { output: { format: { type: 'audio/pcma' } } } }],
      ['pcm', { audio: { input: { format: { type: 'audio/pcm', rate: 24_000 } } } }],
    ]),
  assertions: [
    claim('format.pcmu', 'the input becomes G.711 µ-law', {
      check: ({ replies }) =>
        expectIs(replies['pcmu'], 'session.audio.input.format.type', 'audio/pcmu'),
    }),
    claim('format.pcma', 'the output becomes G.711 A-law', {
      check: ({ replies }) =>
        expectIs(replies['pcma'], 'session.audio.output.format.type', 'audio/pcma'),
    }),
    echoes('format.pcm', 'pcm', ['audio.input.format', { type: 'audio/pcm', rate: 24_000 }]),
  ],
});

interface RefusedFacts {
  readonly before: WireEvent;
  readonly reply: WireEvent;
  readonly after: WireEvent;
}

const refused = defineExchange<RefusedFacts>({
  name: 'a refused update',
  group: 'session-update',
  observe: async (stage) => {
    const session = await stage.open();
    const update = (name: string, change: Update): Promise<WireEvent> =>
      session.ask(
        { type: 'session.update', event_id: name, session: { type: 'realtime', ...change } },
        'session.updated',
      );
    const before = await update('before', {});
    const reply = await update('refused', {
      instructions: 'Never applied.',
      audio: { output: { voice: 'no-such-voice' } },
    });
    const after = await update('after', {});
    return { before, reply, after };
  },
  assertions: [
    {
      id: 'session-update.refused.error',
      statement: 'an update with one field that cannot be is answered with an error',
      reference: REFERENCE,
      check: ({ reply }) => expectIs(reply, 'type', 'error'),
    },
    {
      id: 'session-update.refused.nothing-applied',
      statement: 'an update with one field that cannot be changes nothing',
      reference: REFERENCE,
      check: ({ before, reply, after }) => {
        expectIs(reply, 'type', 'error');
        expectIs(after, 'session', at(before, 'session'));
      },
    },
  ],
});

const mcp = defineExchange<{ readonly updated: WireEvent }>({
  name: 'secrets of MCP servers',
  group: 'session-update',
  needs: ['mcp-tools'],
  observe: async (stage) => {
    const session = await stage.open();
    const tool = {
      type: 'mcp',
      server_label: 'nowhere',
      server_url: 'https://mcp.invalid/sse',
      authorization: 'conformance-secret',
      headers: { 'x-conformance': 'conformance-secret' },
    };
    const updated = await session.demand(
      { type: 'session.update', session: { type: 'realtime', tools: [tool] } },
      'session.updated',
    );
    return { updated };
  },
  assertions: [
    {
      id: 'session-update.mcp.echo',
      statement: 'a tool of an MCP server comes back with its label',
      reference: 'Session object, tools, MCP tool',
      check: ({ updated }) => expectIs(updated, 'session.tools[0].server_label', 'nowhere'),
    },
    {
      id: 'session-update.mcp.secrets',
      statement: 'authorization and headers of an MCP server do not come back',
      reference: 'Session object, tools, MCP tool',
      check: ({ updated }) =>
        expectThat(!JSON.stringify(updated).includes('conformance-secret'), 'no secret', {
          got: 'the secret',
          excerpt: at(updated, 'session.tools'),
        }),
    },
  ],
});

/** How a session is changed. */
export const SESSION_UPDATE_EXCHANGES: readonly Exchange[] = [
  settings,
  input,
  semantic,
  transcription,
  formats,
  refused,
  mcp,
];
