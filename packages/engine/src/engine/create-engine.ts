import { randomBytes } from 'node:crypto';
import { createScenarioBrain, RepertoireShelf } from '../brain/scenario-brain.ts';
import type { ConversationDescription } from '../conversation/conversation.ts';
import { type IdSource, randomIdSource } from '../conversation/id-source.ts';
import { KeyRing } from '../door/access.ts';
import { ClientSecrets } from '../door/client-secrets.ts';
import type { Clock } from '../door/clock.ts';
import { RealtimeDoor } from '../door/realtime-door.ts';
import { createSpeechEars } from '../ears/speech-ears.ts';
import type { Brain } from '../ports/brain.ts';
import type { Ears } from '../ports/ears.ts';
import type { Voice } from '../ports/voice.ts';
import { recordSessions } from '../recording/record-sessions.ts';
import type { Redaction } from '../recording/tape.ts';
import { type TapeFolder, tapeFolder } from '../recording/tape-files.ts';
import { BUILT_IN_SCENARIO_URL, readScenario } from '../scenario/read-scenario.ts';
import { createFliteVoice } from '../voice/flite-voice.ts';
import { type EngineLogger, silentLogger } from '../workers/engine-logger.ts';
import { SessionFactory } from './session-factory.ts';
import { systemClock } from './system-clock.ts';
import { warmUpEars, warmUpVoice } from './warm-up.ts';

/** Sessions at the same time unless the options say otherwise: what one core of speech work carries. */
const DEFAULT_SESSION_COUNT_MAX = 16;

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
  readonly #host: string;
  readonly #parts: Parts;
  readonly #sessions: SessionFactory;
  readonly #door: RealtimeDoor;
  readonly #tapes: TapeFolder | undefined;
  #port = 0;
  #closing: Promise<void> | undefined;

  constructor(options: EngineOptions, parts: Parts) {
    const clock = options.clock ?? systemClock;
    const ids = options.ids ?? randomIdSource(randomBytes);
    const secrets = new ClientSecrets(() => `ek_${randomBytes(24).toString('hex')}`);
    const sessions = new SessionFactory({
      ...parts,
      clock,
      ids,
      sessionMsMax: options.sessionMsMax,
      outputPaceRatio: options.outputPaceRatio,
      utcOffsetMinutes: options.utcOffsetMinutes ?? -new Date().getTimezoneOffset(),
    });
    const { recording } = options;
    const tapes = recording === undefined ? undefined : tapeFolder(recording.folderPath);
    this.#tapes = tapes;
    this.#host = options.host ?? '127.0.0.1';
    this.#parts = parts;
    this.#sessions = sessions;
    this.#door = new RealtimeDoor({
      host: this.#host,
      port: options.port ?? 0,
      sessionCountMax: options.sessionCountMax ?? DEFAULT_SESSION_COUNT_MAX,
      allowedOrigins: options.allowedOrigins ?? [],
      keys: new KeyRing({ apiKeys: options.apiKeys ?? [], secrets, wallMs: () => clock.wallMs() }),
      secrets: {
        mint: (request) => {
          const resolved = sessions.unopened(request.session);
          if (!resolved.ok) {
            return resolved;
          }
          const { value, expiresAtS } = secrets.mint(request, clock.wallMs());
          return { ok: true, value, expiresAtS, session: resolved.session };
        },
      },
      openSession:
        recording === undefined || tapes === undefined
          ? (request) => sessions.open(request)
          : recordSessions((request) => sessions.open(request), {
              redaction: recording.redaction,
              clock,
              openTape: tapes.open,
            }),
      onSessionFailed: (error) => sessions.broke(ids.next('sess'), error),
      newEventId: () => ids.next('event'),
    });
  }

  get url(): string {
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    return `http://${host}:${this.#port}/v1`;
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
      slowReaderCount: this.#sessions.slowReaderCount,
      brokenSessionCount: this.#sessions.brokenSessionCount,
      sessions: this.#sessions.describe(),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#door.close();
    await this.#tapes?.written();
    await Promise.all([this.#parts.ears?.close(), this.#parts.voice?.close()]);
  }
}
