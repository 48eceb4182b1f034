import { Conversation, type ConversationDescription } from '../conversation/conversation.ts';
import type { IdSource } from '../conversation/id-source.ts';
import {
  applySessionUpdate,
  defaultRealtimeSession,
  defaultTranscriptionSession,
  type SessionIdentity,
  type SessionUpdateResult,
} from '../conversation/session-config.ts';
import type { Clock } from '../door/clock.ts';
import type { OpenSessionRequest } from '../door/realtime-door.ts';
import { SessionRunner } from '../door/session-runner.ts';
import type { Brain } from '../ports/brain.ts';
import type { Ears } from '../ports/ears.ts';
import type { Voice } from '../ports/voice.ts';
import type { SessionObject } from '../wire/session-object.ts';
import type { SessionUpdate } from '../wire/session-update.ts';
import type { EngineLogger } from '../workers/engine-logger.ts';
import { sessionInstructions } from './session-instructions.ts';

/** The longest session, as at OpenAI. */
const SESSION_MS_MAX = 3_600_000;

/** What sessions are made of. */
export interface SessionFactoryOptions {
  readonly ears: Ears | undefined;
  readonly voice: Voice | undefined;
  readonly createBrain: () => Brain;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly logger: EngineLogger;
  readonly sessionMsMax: number | undefined;
  readonly outputPaceRatio: number | undefined;
  readonly utcOffsetMinutes: number;
}

/** Makes an engine's sessions, and knows those that are open. */
export class SessionFactory {
  readonly #options: SessionFactoryOptions;
  readonly #conversations = new Map<SessionRunner, Conversation>();
  #slowReaderCount = 0;
  #brokenSessionCount = 0;

  constructor(options: SessionFactoryOptions) {
    this.#options = options;
  }

  /** Sessions that were closed because their client read too slowly. */
  get slowReaderCount(): number {
    return this.#slowReaderCount;
  }

  /** Sessions that a bug has ended. */
  get brokenSessionCount(): number {
    return this.#brokenSessionCount;
  }

  describe(): ConversationDescription[] {
    return [...this.#conversations.values()].map((conversation) => conversation.describe());
  }

  /** The session of a key that nobody has used yet; as recorded, it expires at zero. */
  unopened(bound: SessionUpdate | undefined): SessionUpdateResult {
    const model = (bound?.type === 'realtime' ? bound.model : undefined) ?? 'prism-engine';
    const identity = { id: this.#options.ids.next('sess'), model, expiresAtS: 0 };
    const session = this.#defaults(bound?.type ?? 'realtime', identity);
    return this.#withBound(session, bound);
  }

  /** Starts the session of a socket. */
  open(request: OpenSessionRequest): SessionRunner {
    const { ears, voice, clock, ids, createBrain, utcOffsetMinutes, outputPaceRatio } =
      this.#options;
    const openedAt = { nowMs: clock.nowMs(), wallMs: clock.wallMs() };
    const sessionMsMax = Math.min(SESSION_MS_MAX, this.#options.sessionMsMax ?? SESSION_MS_MAX);
    const identity = {
      id: ids.next('sess'),
      model: request.model,
      expiresAtS: Math.floor((openedAt.wallMs + sessionMsMax) / 1_000),
    };
    const defaults = this.#defaults(request.type, identity);
    const configured = this.#withBound(defaults, request.bound);
    const conversation = new Conversation({
      // A bound configuration was applied once already, when its key was minted.
      session: configured.ok ? configured.session : defaults,
      brain: createBrain(),
      ids,
      canHear: ears !== undefined,
      canSpeak: voice !== undefined,
      openedAt,
      utcOffsetMinutes,
      sessionMsMax,
      outputPaceRatio,
    });
    return this.#run(conversation, request, identity.id);
  }

  /** Logs and counts a session that a bug has ended. */
  broke(sessionId: string, error: unknown): void {
    this.#brokenSessionCount += 1;
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#options.logger.error('a bug ended a session', { sessionId, reason });
  }

  #run(conversation: Conversation, request: OpenSessionRequest, sessionId: string): SessionRunner {
    const { ears, voice, clock, logger } = this.#options;
    const runner: SessionRunner = new SessionRunner({
      conversation,
      ears,
      voice,
      socket: request.socket,
      clock,
      onBroken: (error) => this.broke(sessionId, error),
      onSlowReader: () => {
        this.#slowReaderCount += 1;
        logger.warn('a client reads too slowly', { sessionId });
      },
      onEnd: () => this.#conversations.delete(runner),
    });
    this.#conversations.set(runner, conversation);
    return runner;
  }

  #defaults(type: 'realtime' | 'transcription', identity: SessionIdentity): SessionObject {
    const { ears, voice } = this.#options;
    const canSpeak = voice !== undefined;
    const instructions = sessionInstructions({ canHear: ears !== undefined, canSpeak });
    return type === 'realtime'
      ? defaultRealtimeSession(identity, { instructions, canSpeak })
      : defaultTranscriptionSession(identity);
  }

  #withBound(session: SessionObject, bound: SessionUpdate | undefined): SessionUpdateResult {
    const canSpeak = this.#options.voice !== undefined;
    return bound === undefined
      ? { ok: true, session }
      : applySessionUpdate(session, bound, {
          hasInputAudio: false,
          hasAssistantAudio: false,
          canSpeak,
        });
  }
}
