import { randomBytes } from 'node:crypto';
import { createScenarioBrain, RepertoireShelf } from '../brain/scenario-brain.ts';
import { Conversation, type ConversationDescription } from '../conversation/conversation.ts';
import { type IdSource, randomIdSource } from '../conversation/id-source.ts';
import {
  applySessionUpdate,
  defaultRealtimeSession,
  defaultTranscriptionSession,
  type SessionIdentity,
  type SessionUpdateResult,
} from '../conversation/session-config.ts';
import { KeyRing } from '../door/access.ts';
import { type ClientSecretRequest, ClientSecrets } from '../door/client-secrets.ts';
import type { Clock } from '../door/clock.ts';
import { type OpenSessionRequest, RealtimeDoor } from '../door/realtime-door.ts';
import { SessionRunner } from '../door/session-runner.ts';
import { createSpeechEars } from '../ears/speech-ears.ts';
import type { Brain } from '../ports/brain.ts';
import type { Ears } from '../ports/ears.ts';
import type { Voice } from '../ports/voice.ts';
import { recordSessions } from '../recording/record-sessions.ts';
import type { Redaction } from '../recording/tape.ts';
import { tapeFiles } from '../recording/tape-files.ts';
import { BUILT_IN_SCENARIO_URL, readScenario } from '../scenario/read-scenario.ts';
import { createFliteVoice } from '../voice/flite-voice.ts';
import type { SessionUpdate } from '../wire/session-update.ts';
import { type EngineLogger, silentLogger } from '../workers/engine-logger.ts';
import { sessionInstructions } from './session-instructions.ts';
import { systemClock } from './system-clock.ts';
import { warmUpEars, warmUpVoice } from './warm-up.ts';

/** Sessions at the same time unless the options say otherwise: what one core of speech work carries. */
const DEFAULT_SESSION_COUNT_MAX = 16;

const SESSION_S = 3_600;

/** How an engine runs. Everything has a default. */
export interface EngineOptions {
  /** `127.0.0.1` by default. */
  readonly host?: string;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Keys that open the door. None, the default, asks for no key. */
  readonly apiKeys?: readonly string[];
  /** Origins of pages that may connect without a key, besides those on this machine. */
  readonly allowedOrigins?: readonly string[];
  /** 16 by default; more are refused with HTTP 503. */
  readonly sessionCountMax?: number;
  /** How long a session lives; one hour by default and at most. */
  readonly sessionMsMax?: number;
  /** How many times faster than real time speech is sent; as fast as it is made by default. */
  readonly outputPaceRatio?: number;
  /** Minutes east of UTC for spoken times; the machine's own offset by default. */
  readonly utcOffsetMinutes?: number;
  /** The ears; the built-in ones by default. `null` runs without. The engine closes them. */
  readonly ears?: Ears | null;
  /** The voice; the built-in one by default. `null` runs without. The engine closes it. */
  readonly voice?: Voice | null;
  /** The scenario's YAML file; the built-in assistant by default. */
  readonly scenarioPath?: string;
  /** Makes the brain of each session; the scenario's by default. */
  readonly createBrain?: () => Brain;
  /** Writes each session's wire traffic to a file of its own in this folder. Tapes hold what people say. */
  readonly recording?: { readonly folderPath: string; readonly redaction: Redaction };
  readonly clock?: Clock;
  readonly ids?: IdSource;
  readonly logger?: EngineLogger;
}

/** What {@link Engine.describe} tells. */
export interface EngineDescription {
  readonly url: string;
  readonly canHear: boolean;
  readonly canSpeak: boolean;
  readonly sessionCount: number;
  readonly slowReaderCount: number;
  readonly brokenSessionCount: number;
  readonly sessions: readonly ConversationDescription[];
}

/** A running Realtime API server. */
export interface Engine {
  /** The base URL as official clients take it, `http://127.0.0.1:…/v1`. */
  readonly url: string;
  readonly port: number;
  describe(): EngineDescription;
  /** Closes every session with 1001, then the port, the ears and the voice. Idempotent. */
  close(): Promise<void>;
}

/** Runs a part's loader; a part that can't be loaded is left out, and the log says why. */
async function loadPart<Part>(
  name: string,
  load: () => Promise<Part>,
  logger: EngineLogger,
): Promise<Part | undefined> {
  try {
    return await load();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.warn(`the engine runs without ${name}`, { reason });
    return undefined;
  }
}

/**
 * Starts a Realtime API server on this machine (OpenAI Realtime GA over WebSocket). Rejects if the scenario has
 * mistakes or the address is taken; without ears or voice it serves typed text and text answers.
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const createBrain = options.createBrain ?? scenarioBrains(options.scenarioPath);
  const logger = options.logger ?? silentLogger;
  const [ears, voice] = await Promise.all([
    options.ears === undefined
      ? loadPart('ears', () => createSpeechEars({ logger }), logger)
      : (options.ears ?? undefined),
    options.voice === undefined
      ? loadPart('voice', () => createFliteVoice({ logger }), logger)
      : (options.voice ?? undefined),
  ]);
  const engine = new RunningEngine(options, { ears, voice, logger, createBrain });
  try {
    await engine.listen();
  } catch (error) {
    await engine.close();
    throw error;
  }
  if (options.ears === undefined && ears !== undefined) {
    warmUpEars(ears, createBrain().grammarFor([]));
  }
  if (options.voice === undefined && voice !== undefined) {
    warmUpVoice(voice);
  }
  return engine;
}

function scenarioBrains(scenarioPath: string | undefined): () => Brain {
  const scenario = readScenario(scenarioPath ?? BUILT_IN_SCENARIO_URL);
  const shelf = new RepertoireShelf(scenario);
  return () => createScenarioBrain(scenario, shelf);
}

interface Parts {
  readonly createBrain: () => Brain;
  readonly ears: Ears | undefined;
  readonly voice: Voice | undefined;
  readonly logger: EngineLogger;
}

class RunningEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #parts: Parts;
  readonly #clock: Clock;
  readonly #ids: IdSource;
  readonly #door: RealtimeDoor;
  readonly #conversations = new Map<SessionRunner, Conversation>();
  #port = 0;
  #slowReaderCount = 0;
  #brokenSessionCount = 0;
  #closing: Promise<void> | undefined;

  constructor(options: EngineOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.#clock = options.clock ?? systemClock;
    this.#ids = options.ids ?? randomIdSource(randomBytes);
    const secrets = new ClientSecrets(() => `ek_${randomBytes(24).toString('hex')}`);
    this.#door = new RealtimeDoor({
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 0,
      sessionCountMax: options.sessionCountMax ?? DEFAULT_SESSION_COUNT_MAX,
      allowedOrigins: options.allowedOrigins ?? [],
      keys: new KeyRing({
        apiKeys: options.apiKeys ?? [],
        secrets,
        wallMs: () => this.#clock.wallMs(),
      }),
      secrets: { mint: (request) => this.#mint(secrets, request) },
      openSession:
        options.recording === undefined
          ? (request) => this.#openSession(request)
          : recordSessions((request) => this.#openSession(request), {
              redaction: options.recording.redaction,
              clock: this.#clock,
              openTape: tapeFiles(options.recording.folderPath),
            }),
      newEventId: () => this.#ids.next('event'),
    });
  }

  get url(): string {
    const host = this.#options.host ?? '127.0.0.1';
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.#port}/v1`;
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    this.#port = (await this.#door.listen()).port;
  }

  describe(): EngineDescription {
    return {
      url: this.url,
      canHear: this.#parts.ears !== undefined,
      canSpeak: this.#parts.voice !== undefined,
      sessionCount: this.#door.sessionCount,
      slowReaderCount: this.#slowReaderCount,
      brokenSessionCount: this.#brokenSessionCount,
      sessions: [...this.#conversations.values()].map((conversation) => conversation.describe()),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#door.close();
    await Promise.all([this.#parts.ears?.close(), this.#parts.voice?.close()]);
  }

  #mint(
    secrets: ClientSecrets,
    request: ClientSecretRequest,
  ): ReturnType<ConstructorParameters<typeof RealtimeDoor>[0]['secrets']['mint']> {
    const model = request.session?.type === 'realtime' ? request.session.model : undefined;
    const type = request.session?.type ?? 'realtime';
    // Recorded: the session of a key that nobody has used yet expires at zero.
    const identity = {
      id: this.#ids.next('sess'),
      model: model ?? 'prism-engine',
      expiresAtS: 0,
    };
    const resolved = this.#configure(type, identity, request.session);
    if (!resolved.ok) {
      return resolved;
    }
    const { value, expiresAtS } = secrets.mint(request, this.#clock.wallMs());
    return { ok: true, value, expiresAtS, session: resolved.session };
  }

  /** The session as it starts: the defaults with the bound configuration on top. */
  #configure(
    type: 'realtime' | 'transcription',
    identity: SessionIdentity,
    bound: SessionUpdate | undefined,
  ): SessionUpdateResult {
    const { ears, voice } = this.#parts;
    const canSpeak = voice !== undefined;
    const instructions = sessionInstructions({ canHear: ears !== undefined, canSpeak });
    const session =
      type === 'realtime'
        ? defaultRealtimeSession(identity, { instructions, canSpeak })
        : defaultTranscriptionSession(identity);
    return bound === undefined
      ? { ok: true, session }
      : applySessionUpdate(session, bound, {
          hasInputAudio: false,
          hasAssistantAudio: false,
          canSpeak,
        });
  }

  #openSession(request: OpenSessionRequest): SessionRunner {
    const { ears, voice, logger } = this.#parts;
    const openedAt = { nowMs: this.#clock.nowMs(), wallMs: this.#clock.wallMs() };
    const sessionMsMax = Math.min(SESSION_S * 1_000, this.#options.sessionMsMax ?? Infinity);
    const identity = {
      id: this.#ids.next('sess'),
      model: request.model,
      expiresAtS: Math.floor((openedAt.wallMs + sessionMsMax) / 1_000),
    };
    const configured = this.#configure(request.type, identity, request.bound);
    const bare = this.#configure(request.type, identity, undefined);
    const session = configured.ok ? configured.session : bare.ok ? bare.session : undefined;
    if (session === undefined) {
      throw new Error('a session without bound configuration can always be configured');
    }
    const conversation = new Conversation({
      session,
      brain: this.#parts.createBrain(),
      ids: this.#ids,
      canHear: ears !== undefined,
      canSpeak: voice !== undefined,
      openedAt,
      utcOffsetMinutes: this.#options.utcOffsetMinutes ?? -new Date().getTimezoneOffset(),
      sessionMsMax,
      outputPaceRatio: this.#options.outputPaceRatio,
    });
    const runner: SessionRunner = new SessionRunner({
      conversation,
      ears,
      voice,
      socket: request.socket,
      clock: this.#clock,
      onBroken: (error) => {
        this.#brokenSessionCount += 1;
        const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        logger.error('a bug ended a session', { sessionId: identity.id, reason });
      },
      onSlowReader: () => {
        this.#slowReaderCount += 1;
        logger.warn('a client reads too slowly', { sessionId: identity.id });
      },
      onEnd: () => this.#conversations.delete(runner),
    });
    this.#conversations.set(runner, conversation);
    return runner;
  }
}
