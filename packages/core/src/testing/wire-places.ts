import { type ClientEventType, clientEventSchema } from '@prism/protocol';

/** Members of session objects that the wire has and Prism doesn't read, and one that nobody has. */
const UNREAD_PATHS = [
  'prompt.id',
  'tracing.workflow_name',
  'include',
  'truncation',
  'reasoning.effort',
  'parallel_tool_calls',
  'audio.input.transcription.language',
  'member_of_tomorrow',
] as const;

/** Every leaf of the session object's schema and the members that it doesn't name, as paths; `type` is not one. */
export function sessionPaths(): readonly string[] {
  const session = clientEventSchemaOf('session.update')?.['session'];
  const read = [...new Set(leavesOf(session, ''))].filter((path) => path !== 'type');
  return [...read, ...UNREAD_PATHS];
}

/** The types of all client events, as the schema has them. */
export function clientEventTypes(): readonly ClientEventType[] {
  return clientEventSchema.options.map(({ shape }) => shape.type.value);
}

/** Values that the wire takes where a canary isn't one. */
const VALUES: Readonly<Record<string, unknown>> = {
  output_modalities: ['text'],
  tool_choice: 'required',
  'tool_choice.type': 'function',
  max_output_tokens: 777,
  'audio.input.format.type': 'audio/pcmu',
  'audio.input.format.rate': 24_000,
  'audio.input.noise_reduction.type': 'far_field',
  'audio.input.turn_detection.type': 'semantic_vad',
  'audio.input.turn_detection.threshold': 0.77,
  'audio.input.turn_detection.prefix_padding_ms': 777,
  'audio.input.turn_detection.silence_duration_ms': 777,
  'audio.input.turn_detection.idle_timeout_ms': 7_777,
  'audio.input.turn_detection.create_response': false,
  'audio.input.turn_detection.interrupt_response': false,
  'audio.input.turn_detection.eagerness': 'low',
  'audio.output.format.type': 'audio/pcma',
  'audio.output.format.rate': 24_000,
  'audio.output.speed': 1.25,
  parallel_tool_calls: false,
};

/** Members without which an object isn't what it is. */
const COMPANIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'audio.input.format.rate': { type: 'audio/pcm' },
  'audio.output.format.rate': { type: 'audio/pcm' },
  'audio.input.turn_detection.eagerness': { type: 'semantic_vad' },
  'tool_choice.type': { name: 'f' },
  'tool_choice.name': { type: 'function' },
  'tool_choice.server_label': { type: 'mcp' },
};

/** The members of a session or response that set `path` and nothing else: a value of the wire, or the canary. */
export function membersWith(path: string, canary: string): Record<string, unknown> {
  const tool = { type: 'function', name: canary, description: canary, parameters: { [canary]: 1 } };
  const value = path === 'tools' ? [tool] : (VALUES[path] ?? canary);
  const isOfVad = path.startsWith('audio.input.turn_detection.') && !path.endsWith('.type');
  const companions = COMPANIONS[path] ?? (isOfVad ? { type: 'server_vad' } : {});
  return planted(path, value, companions);
}

function planted(path: string, value: unknown, companions: object): Record<string, unknown> {
  const [name = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...companions, [name]: value };
  return { [name]: planted(rest.join('.'), value, companions) };
}

function clientEventSchemaOf(type: ClientEventType): Readonly<Record<string, unknown>> | undefined {
  return clientEventSchema.options.find(({ shape }) => shape.type.value === type)?.shape;
}

/** The leaves of a zod schema: objects are entered, lists are leaves. */
function leavesOf(schema: unknown, path: string): readonly string[] {
  const { type, shape, innerType, options } = definitionOf(schema);
  if (type === 'object' && shape !== undefined) {
    return Object.entries(shape).flatMap(([name, member]) =>
      leavesOf(member, path === '' ? name : `${path}.${name}`),
    );
  }
  if (innerType !== undefined) return leavesOf(innerType, path);
  if (options !== undefined) return options.flatMap((option) => leavesOf(option, path));
  return [path];
}

interface SchemaDefinition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly innerType?: unknown;
  readonly options?: readonly unknown[];
}

function definitionOf(schema: unknown): SchemaDefinition {
  return (schema as { readonly def: SchemaDefinition }).def;
}
