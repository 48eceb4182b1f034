import { completeAudioFormat, PCM_FORMAT } from '../wire/audio-format.ts';
import type {
  AudioInput,
  NoiseReduction,
  RealtimeSessionObject,
  SessionObject,
  Transcription,
  TranscriptionSessionObject,
  TurnDetection,
} from '../wire/session-object.ts';
import type {
  AudioInputUpdate,
  RealtimeSessionUpdate,
  SessionUpdate,
  TranscriptionUpdate,
  TurnDetectionUpdate,
} from '../wire/session-update.ts';
import { toolWithoutSecrets } from '../wire/tool.ts';
import { invalidRequest, type WireError } from '../wire/wire-error.ts';

/** The session's configuration: its defaults, and how a partial update changes it (Realtime GA `session.update`). */

const DEFAULT_VOICE = 'marin';
const DEFAULT_TRANSCRIPTION_MODEL = 'whisper-1';

const SERVER_VAD_DEFAULTS: Extract<TurnDetection, { type: 'server_vad' }> = {
  type: 'server_vad',
  threshold: 0.5,
  prefix_padding_ms: 300,
  silence_duration_ms: 500,
  idle_timeout_ms: null,
  create_response: true,
  interrupt_response: true,
};

const SEMANTIC_VAD_DEFAULTS: Extract<TurnDetection, { type: 'semantic_vad' }> = {
  type: 'semantic_vad',
  eagerness: 'auto',
  create_response: true,
  interrupt_response: true,
};

const AUDIO_INPUT_DEFAULTS: AudioInput = {
  format: PCM_FORMAT,
  transcription: null,
  noise_reduction: null,
  turn_detection: SERVER_VAD_DEFAULTS,
};

export interface SessionIdentity {
  readonly id: string;
  readonly model: string;
  /** Unix seconds. */
  readonly expiresAtS: number;
}

/** A session of type `realtime` before any update. */
export function defaultRealtimeSession(
  identity: SessionIdentity,
  facts: { readonly instructions: string; readonly canSpeak: boolean },
): RealtimeSessionObject {
  return {
    type: 'realtime',
    object: 'realtime.session',
    id: identity.id,
    model: identity.model,
    output_modalities: facts.canSpeak ? ['audio'] : ['text'],
    instructions: facts.instructions,
    tools: [],
    tool_choice: 'auto',
    max_output_tokens: 'inf',
    tracing: null,
    truncation: 'auto',
    prompt: null,
    expires_at: identity.expiresAtS,
    audio: {
      input: AUDIO_INPUT_DEFAULTS,
      output: { format: PCM_FORMAT, voice: DEFAULT_VOICE, speed: 1 },
    },
    include: null,
  };
}

/** A session of type `transcription` before any update. */
export function defaultTranscriptionSession(identity: SessionIdentity): TranscriptionSessionObject {
  return {
    type: 'transcription',
    object: 'realtime.transcription_session',
    id: identity.id,
    expires_at: identity.expiresAtS,
    audio: { input: AUDIO_INPUT_DEFAULTS },
    include: null,
  };
}

/** What a session has already done, on which some fields can't change any more. */
export interface SessionFacts {
  readonly hasInputAudio: boolean;
  readonly hasAssistantAudio: boolean;
  readonly canSpeak: boolean;
}

export type SessionUpdateResult =
  | { readonly ok: true; readonly session: SessionObject }
  | { readonly ok: false; readonly error: WireError };

function mergeTurnDetection(
  current: TurnDetection | null,
  update: TurnDetectionUpdate,
): TurnDetection {
  if (update.type === 'server_vad') {
    const base = current?.type === 'server_vad' ? current : SERVER_VAD_DEFAULTS;
    return {
      type: 'server_vad',
      threshold: update.threshold ?? base.threshold,
      prefix_padding_ms: update.prefix_padding_ms ?? base.prefix_padding_ms,
      silence_duration_ms: update.silence_duration_ms ?? base.silence_duration_ms,
      idle_timeout_ms:
        update.idle_timeout_ms === undefined ? base.idle_timeout_ms : update.idle_timeout_ms,
      create_response: update.create_response ?? base.create_response,
      interrupt_response: update.interrupt_response ?? base.interrupt_response,
    };
  }
  const base = current?.type === 'semantic_vad' ? current : SEMANTIC_VAD_DEFAULTS;
  const modelVersion = update.model_version ?? base.model_version;
  return {
    type: 'semantic_vad',
    eagerness: update.eagerness ?? base.eagerness,
    create_response: update.create_response ?? base.create_response,
    interrupt_response: update.interrupt_response ?? base.interrupt_response,
    ...(modelVersion === undefined ? {} : { model_version: modelVersion }),
  };
}

function mergeTranscription(
  current: Transcription | null,
  update: TranscriptionUpdate,
): Transcription {
  const languages = update.languages ?? current?.languages;
  const keywords = update.keywords ?? current?.keywords;
  const delay = update.delay ?? current?.delay;
  return {
    model: update.model ?? current?.model ?? DEFAULT_TRANSCRIPTION_MODEL,
    language: update.language === undefined ? (current?.language ?? null) : update.language,
    prompt: update.prompt === undefined ? (current?.prompt ?? null) : update.prompt,
    ...(languages === undefined ? {} : { languages }),
    ...(keywords === undefined ? {} : { keywords }),
    ...(delay === undefined ? {} : { delay }),
  };
}

function mergeNoiseReduction(
  current: NoiseReduction | null,
  update: NonNullable<AudioInputUpdate['noise_reduction']>,
): NoiseReduction {
  const strength = update.strength ?? current?.strength;
  return { type: update.type, ...(strength === undefined ? {} : { strength }) };
}

/** A nullable member: left alone when absent, cleared by null, merged otherwise. */
function mergeNullable<Value, Update>(
  current: Value | null,
  update: Update | null | undefined,
  merge: (current: Value | null, update: Update) => Value,
): Value | null {
  if (update === undefined) {
    return current;
  }
  return update === null ? null : merge(current, update);
}

function mergeAudioInput(current: AudioInput, update: AudioInputUpdate | undefined): AudioInput {
  if (update === undefined) {
    return current;
  }
  return {
    format: update.format === undefined ? current.format : completeAudioFormat(update.format),
    transcription: mergeNullable(current.transcription, update.transcription, mergeTranscription),
    noise_reduction: mergeNullable(
      current.noise_reduction,
      update.noise_reduction,
      mergeNoiseReduction,
    ),
    turn_detection: mergeNullable(
      current.turn_detection,
      update.turn_detection,
      mergeTurnDetection,
    ),
  };
}

function mergeRealtime(
  current: RealtimeSessionObject,
  update: RealtimeSessionUpdate,
  canSpeak: boolean,
): RealtimeSessionObject {
  const output = update.audio?.output;
  const wantsAudio = (update.output_modalities?.[0] ?? current.output_modalities[0]) === 'audio';
  const parallel = update.parallel_tool_calls ?? current.parallel_tool_calls;
  const reasoning = update.reasoning ?? current.reasoning;
  return {
    ...current,
    output_modalities: wantsAudio && canSpeak ? ['audio'] : ['text'],
    instructions: update.instructions ?? current.instructions,
    tools: update.tools?.map(toolWithoutSecrets) ?? current.tools,
    tool_choice: update.tool_choice ?? current.tool_choice,
    max_output_tokens: update.max_output_tokens ?? current.max_output_tokens,
    tracing: update.tracing === undefined ? current.tracing : update.tracing,
    truncation: update.truncation ?? current.truncation,
    prompt: update.prompt === undefined ? current.prompt : update.prompt,
    audio: {
      input: mergeAudioInput(current.audio.input, update.audio?.input),
      output: {
        format:
          output?.format === undefined
            ? current.audio.output.format
            : completeAudioFormat(output.format),
        voice: output?.voice ?? current.audio.output.voice,
        speed: output?.speed ?? current.audio.output.speed,
      },
    },
    include: update.include === undefined ? current.include : update.include,
    ...(parallel === undefined ? {} : { parallel_tool_calls: parallel }),
    ...(reasoning === undefined ? {} : { reasoning }),
  };
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function refusalOf(
  current: SessionObject,
  next: SessionObject,
  facts: SessionFacts,
): WireError | undefined {
  if (facts.hasInputAudio && !isSame(current.audio.input.format, next.audio.input.format)) {
    return invalidRequest(
      'invalid_value',
      'The input audio format cannot change after audio has been received.',
      'session.audio.input.format',
    );
  }
  if (current.type !== 'realtime' || next.type !== 'realtime') {
    return undefined;
  }
  if (facts.hasAssistantAudio) {
    if (!isSame(current.audio.output.voice, next.audio.output.voice)) {
      return invalidRequest(
        'cannot_update_voice',
        "Cannot update a conversation's voice if assistant audio is present.",
        'session.audio.output.voice',
      );
    }
    if (!isSame(current.audio.output.format, next.audio.output.format)) {
      return invalidRequest(
        'invalid_value',
        'The output audio format cannot change after audio has been sent.',
        'session.audio.output.format',
      );
    }
  }
  if (current.tracing !== null && !isSame(current.tracing, next.tracing)) {
    return invalidRequest(
      'invalid_value',
      'Tracing cannot change once it is enabled.',
      'session.tracing',
    );
  }
  return undefined;
}

/**
 * Applies a partial update: absent members stay, null clears what is nullable, objects merge. Either all of it is
 * applied or, with an error, nothing. `model` is read and ignored: it can't change within a session.
 */
export function applySessionUpdate(
  current: SessionObject,
  update: SessionUpdate,
  facts: SessionFacts,
): SessionUpdateResult {
  if (update.type !== current.type) {
    const message = `Passing a ${update.type} session to a ${current.type} session is not allowed.`;
    return { ok: false, error: invalidRequest('invalid_value', message, 'session.type') };
  }
  const next =
    current.type === 'realtime' && update.type === 'realtime'
      ? mergeRealtime(current, update, facts.canSpeak)
      : mergeTranscriptionSession(current, update);
  const refusal = refusalOf(current, next, facts);
  return refusal === undefined ? { ok: true, session: next } : { ok: false, error: refusal };
}

function mergeTranscriptionSession(current: SessionObject, update: SessionUpdate): SessionObject {
  return {
    ...current,
    audio: {
      ...current.audio,
      input: mergeAudioInput(current.audio.input, update.audio?.input),
    },
    include: update.include === undefined ? current.include : update.include,
  } as SessionObject;
}
