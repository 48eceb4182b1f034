import { randomBytes } from 'node:crypto';
import type { ConversationDescription } from '../conversation/conversation.ts';
import { KeyRing } from '../door/access.ts';
import { type ClientSecretRequest, ClientSecrets } from '../door/client-secrets.ts';
import type { Clock } from '../door/clock.ts';
import type { ConnectionRequest } from '../door/connection-request.ts';
import type { Handshake } from '../door/handshake.ts';
import { httpError } from '../door/http-error.ts';
import type { ClientSecretService } from '../door/http-routes.ts';
import { type OpenSessionRequest, RealtimeDoor } from '../door/realtime-door.ts';
import { systemClock } from '../engine/system-clock.ts';
import { type EngineLogger, silentLogger } from '../workers/engine-logger.ts';
import { CodedAudio } from './coded-audio.ts';
import { countedSessionIds } from './counted-session-ids.ts';
import type { FaultActionType } from './fault-schema.ts';
import { scriptOf } from './simulate-call.ts';
import { configureSimulated, SimulatedSession } from './simulated-session.ts';
import { planSimulation, type SimulationPlan } from './simulation-plan.ts';
import {
  readSimulatorScript,
  type SimulatorScript,
  type SimulatorScriptInput,
  type SimulatorScriptResult,
} from './simulator-script.ts';

const DEFAULT_SESSION_COUNT_MAX = 2_000;
const DEFAULT_MODEL = 'prism-simulator';

/** Ids of what belongs to no session. */
const DOOR_INDEX = 36 ** 5 - 1;

/** How a simulator runs. Everything has a default. */
export interface SimulatorOptions {
  /** `127.0.0.1` by default. */
  readonly host?: string;
  /** 0, the default, takes a free port. */
  readonly port?: number;
  /** Keys that open the door. None, the default, asks for no key. */
  readonly apiKeys?: readonly string[];
  readonly allowedOrigins?: readonly string[];
  /** 2,000 by default; more are refused with HTTP 503. */
  readonly sessionCountMax?: number;
  /** The script of connections that ask for none: YAML or JSON text, or an object. */
  readonly script?: string | SimulatorScriptInput;
  /** Scripts that connections may ask for by name. */
  readonly scripts?: Readonly<Record<string, string | SimulatorScriptInput>>;
  readonly clock?: Clock;
  readonly logger?: EngineLogger;
}

/** What {@link Simulator.describe} tells. */
export interface SimulatorDescription {
  readonly url: string;
  readonly sessionCount: number;
  /** Sessions since the start. */
  readonly openedCount: number;
  readonly slowReaderCount: number;
  readonly brokenSessionCount: number;
  /** Faults that happened, by what was done. */
  readonly faultCounts: Readonly<Partial<Record<FaultActionType, number>>>;
  readonly sessions: readonly ConversationDescription[];
}

/** A running simulator. */
export interface Simulator {
  /** The base URL as official clients take it, `http://127.0.0.1:…/v1`. */
  readonly url: string;
  readonly port: number;
  describe(): SimulatorDescription;
  /** Closes every session with 1001, then the port. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a simulated Realtime API server (OpenAI Realtime GA over WebSocket) in real time. Rejects with a
 * `SimulatorScriptError` if a script has a mistake, and if the address is taken.
 */
export async function createSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = new RunningSimulator(options);
  await simulator.listen();
  return simulator;
}

class RunningSimulator implements Simulator {
  readonly #host: string;
  readonly #clock: Clock;
  readonly #logger: EngineLogger;
  readonly #script: SimulatorScript;
  readonly #scripts: ReadonlyMap<string, SimulatorScript>;
  readonly #door: RealtimeDoor;
  readonly #audio = new CodedAudio();
  readonly #ids = countedSessionIds(DOOR_INDEX);
  /** Between a handshake and its session, which follows at once. */
  readonly #plans = new WeakMap<ConnectionRequest, SimulationPlan>();
  readonly #sessions = new Set<SimulatedSession>();
  readonly #faultCounts = new Map<FaultActionType, number>();
  #connectionCount = 0;
  #openedCount = 0;
  #slowReaderCount = 0;
  #brokenSessionCount = 0;
  #port = 0;
  #closing: Promise<void> | undefined;

  constructor(options: SimulatorOptions) {
    this.#host = options.host ?? '127.0.0.1';
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.#script = scriptOf(options.script ?? {});
    this.#scripts = new Map(
      Object.entries(options.scripts ?? {}).map(([name, script]) => [name, scriptOf(script)]),
    );
    const secrets = new ClientSecrets(() => `ek_${randomBytes(24).toString('hex')}`);
    this.#door = new RealtimeDoor({
      host: this.#host,
      port: options.port ?? 0,
      sessionCountMax: options.sessionCountMax ?? DEFAULT_SESSION_COUNT_MAX,
      allowedOrigins: options.allowedOrigins ?? [],
      keys: new KeyRing({
        apiKeys: options.apiKeys ?? [],
        secrets,
        wallMs: () => this.#clock.wallMs(),
      }),
      secrets: { mint: (request) => this.#mint(secrets, request) },
      handshakeOf: (asked) => this.#handshakeOf(asked),
      openSession: (request) => this.#openSession(request),
      newEventId: () => this.#ids.next('event'),
    });
  }

  get url(): string {
    return `http://${this.#host}:${this.#port}/v1`;
  }

  get port(): number {
    return this.#port;
  }

  async listen(): Promise<void> {
    this.#port = (await this.#door.listen()).port;
  }

  describe(): SimulatorDescription {
    return {
      url: this.url,
      sessionCount: this.#door.sessionCount,
      openedCount: this.#openedCount,
      slowReaderCount: this.#slowReaderCount,
      brokenSessionCount: this.#brokenSessionCount,
      faultCounts: Object.fromEntries(this.#faultCounts),
      sessions: [...this.#sessions].map((session) => session.describe()),
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#door.close();
    return this.#closing;
  }

  /** The script of a connection: the one that it names or brings, or else the simulator's. */
  #scriptFor({ sim }: ConnectionRequest): SimulatorScriptResult {
    if (sim === undefined) {
      return { ok: true, script: this.#script };
    }
    const named = this.#scripts.get(sim);
    return named === undefined ? readSimulatorScript(sim) : { ok: true, script: named };
  }

  #handshakeOf(asked: ConnectionRequest): Handshake {
    const read = this.#scriptFor(asked);
    if (!read.ok) {
      const error = httpError(400, 'invalid_simulator_script', { message: read.problem });
      return { type: 'refuse', error };
    }
    const plan = planSimulation(read.script, this.#connectionCount);
    this.#connectionCount += 1;
    this.#plans.set(asked, plan);
    const [action] = plan.faults.atHandshake();
    if (action === undefined) {
      return { type: 'accept' };
    }
    this.#countFault(action.type);
    if (action.type === 'ignore_handshake') {
      return { type: 'ignore' };
    }
    const { status, code, message, headers } = action;
    return { type: 'refuse', error: httpError(status, code, { message }), headers };
  }

  #openSession(request: OpenSessionRequest): SimulatedSession {
    const plan = this.#plans.get(request.asked);
    if (plan === undefined) {
      throw new Error('every accepted handshake has a plan');
    }
    this.#openedCount += 1;
    const session: SimulatedSession = new SimulatedSession({
      plan,
      type: request.type,
      model: request.model,
      bound: request.bound,
      wire: request.socket,
      clock: this.#clock,
      audio: this.#audio,
      onFault: (type) => this.#countFault(type),
      onBroken: (error) => {
        this.#brokenSessionCount += 1;
        const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
        this.#logger.error('a bug ended a session', { sessionIndex: plan.sessionIndex, reason });
      },
      onSlowReader: () => {
        this.#slowReaderCount += 1;
      },
      onEnd: () => this.#sessions.delete(session),
    });
    this.#sessions.add(session);
    return session;
  }

  #countFault(type: FaultActionType): void {
    this.#faultCounts.set(type, (this.#faultCounts.get(type) ?? 0) + 1);
  }

  #mint(
    secrets: ClientSecrets,
    request: ClientSecretRequest,
  ): ReturnType<ClientSecretService['mint']> {
    const asked = request.session?.type === 'realtime' ? request.session.model : undefined;
    const identity = { id: this.#ids.next('sess'), model: asked ?? DEFAULT_MODEL, expiresAtS: 0 };
    const type = request.session?.type ?? 'realtime';
    const resolved = configureSimulated(type, identity, request.session);
    if (!resolved.ok) {
      return resolved;
    }
    const { value, expiresAtS } = secrets.mint(request, this.#clock.wallMs());
    return { ok: true, value, expiresAtS, session: resolved.session };
  }
}
