import { type AudioFormat, PCM_RATE_HZ } from './audio-format.ts';
import type {
  AudioInputConfig,
  AudioOutputConfig,
  RealtimeSessionConfig,
  SessionConfig,
  Tool,
  TranscriptionSessionConfig,
  TurnDetection,
} from './session-config.ts';

/** What only the server knows of a session. */
export interface SessionIdentity {
  /** `sess_…` */
  readonly id: string;
  /** The model where the session names none. */
  readonly model: string;
  /** Unix seconds; 0 for a session that hasn't begun. */
  readonly expiresAtS: number;
}

/** A session as servers echo it: complete, in the order of recorded traffic, nulls explicit. */
export interface ResolvedSession {
  readonly type: 'realtime' | 'transcription';
  readonly object: 'realtime.session' | 'realtime.transcription_session';
  readonly id: string;
  readonly expires_at: number;
  readonly [field: string]: unknown;
}

/** What a model speaks and listens like when nothing is asked of it (recorded sessions, July to September 2026). */
interface ModelDefaults {
  readonly voice: string;
  readonly silenceDurationMs: number;
}

const CURRENT_MODELS: ModelDefaults = { voice: 'marin', silenceDurationMs: 500 };
const OLDER_MODELS: ModelDefaults = { voice: 'alloy', silenceDurationMs: 200 };

/** The first generations; whatever comes after them has the defaults of gpt-realtime-2.1. */
const OLDER_MODEL_PATTERN = /^(?:gpt-4o.*|gpt-realtime(?:-mini|-1\.5)?(?:-\d{4}-\d{2}-\d{2})?)$/;

const SERVER_VAD = {
  type: 'server_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: CURRENT_MODELS.silenceDurationMs,
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
} as const;

const SEMANTIC_VAD = {
  type: 'semantic_vad',
  eagerness: 'auto',
  create_response: true,
  interrupt_response: true,
} as const;

/**
 * The complete session that a partial one means: every default filled in. Unknown members are kept, after the known
 * ones. What an MCP tool authenticates with is left out, since the result is shown to clients. `model` is absent
 * from transcription sessions, which name theirs in `audio.input.transcription`.
 */
export function resolveSession(config: SessionConfig, identity: SessionIdentity): ResolvedSession {
  return config.type === 'realtime'
    ? resolveRealtime(config, identity)
    : resolveTranscription(config, identity);
}

function resolveRealtime(
  config: RealtimeSessionConfig,
  identity: SessionIdentity,
): ResolvedSession {
  const model = config.model ?? identity.model;
  const defaults = OLDER_MODEL_PATTERN.test(model) ? OLDER_MODELS : CURRENT_MODELS;
  const { input, output, ...otherAudio } = config.audio ?? {};
  return {
    type: 'realtime',
    object: 'realtime.session',
    id: identity.id,
    model,
    output_modalities: ['audio'],
    instructions: '',
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    tracing: null,
    truncation: 'auto',
    prompt: null,
    expires_at: identity.expiresAtS,
    audio: {
      input: resolveInput(input, defaults),
      output: resolveOutput(output, defaults),
      ...otherAudio,
    },
    include: null,
    // A member that is already there keeps its place.
    ...membersOf(config, ['audio', 'tools']),
    ...(config.tools === undefined ? {} : { tools: config.tools.map(withoutSecrets) }),
  };
}

function resolveTranscription(
  config: TranscriptionSessionConfig,
  identity: SessionIdentity,
): ResolvedSession {
  const { input, ...otherAudio } = config.audio ?? {};
  return {
    type: 'transcription',
    object: 'realtime.transcription_session',
    id: identity.id,
    expires_at: identity.expiresAtS,
    audio: { input: resolveInput(input, CURRENT_MODELS), ...otherAudio },
    include: null,
    ...membersOf(config, ['audio']),
  };
}

/** The members that a client may set, without those that are undefined and those that are named. */
function membersOf(config: SessionConfig, without: readonly string[]): Record<string, unknown> {
  const taken = new Set(['type', 'object', 'id', 'expires_at', ...without]);
  return Object.fromEntries(
    Object.entries(config).filter(([key, value]) => value !== undefined && !taken.has(key)),
  );
}

function resolveInput(
  input: AudioInputConfig | undefined,
  defaults: ModelDefaults,
): Record<string, unknown> {
  const { format, transcription, noise_reduction, turn_detection, ...others } = input ?? {};
  return {
    format: resolveFormat(format),
    transcription:
      transcription === undefined || transcription === null
        ? null
        : { model: transcription.model, language: null, prompt: null, ...transcription },
    noise_reduction: noise_reduction ?? null,
    turn_detection: resolveTurnDetection(turn_detection, defaults),
    ...others,
  };
}

function resolveOutput(
  output: AudioOutputConfig | undefined,
  defaults: ModelDefaults,
): Record<string, unknown> {
  const { format, voice, speed, ...others } = output ?? {};
  return {
    format: resolveFormat(format),
    voice: voice ?? defaults.voice,
    speed: speed ?? 1,
    ...others,
  };
}

function resolveFormat(format: AudioFormat | undefined): AudioFormat {
  const given = format ?? { type: 'audio/pcm' };
  return given.type === 'audio/pcm' ? { ...given, rate: PCM_RATE_HZ } : given;
}

/** Turn detection is on unless it is switched off with `null`. */
function resolveTurnDetection(
  asked: TurnDetection | null | undefined,
  defaults: ModelDefaults,
): Record<string, unknown> | null {
  if (asked === null) return null;
  if (asked?.type === 'semantic_vad') return { ...SEMANTIC_VAD, ...asked };
  return { ...SERVER_VAD, silence_duration_ms: defaults.silenceDurationMs, ...asked };
}

function withoutSecrets(tool: Tool): object {
  if (tool.type === 'function') return tool;
  const { authorization: _authorization, headers: _headers, ...rest } = tool;
  return rest;
}
