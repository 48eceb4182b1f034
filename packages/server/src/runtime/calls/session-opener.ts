import type {
  AudioCodecs,
  Clock,
  ConversationRecord,
  EventRateLimits,
  IdSource,
  SessionOptions,
} from '@prism/core';
import type { CallIds, PrismErrorInfo } from '@prism/protocol';
import type { HandoverDesk } from '../handover-desk.ts';
import type { MediaTick } from '../media-tick.ts';
import type { Opener, SessionAdmission } from '../ports/session-admission.ts';
import type { ObserverFactory, SessionTransport } from '../ports/session-observer.ts';
import type { SessionFacts } from '../ports/session-store.ts';
import type { ToolRunner } from '../ports/tools.ts';
import type { DialRequest, UpstreamDialer } from '../ports/upstream.ts';
import type { SessionRequest } from '../session-request.ts';
import { SessionRunner } from '../session-runner.ts';
import type { TraceSource } from '../session-trace.ts';
import type { SessionArchive } from '../sessions/session-archive.ts';
import { storedOf } from '../sessions/session-document.ts';
import type { SpendingDesk, SpendingRequest } from '../spending-desk.ts';
import type { CallTable } from './call-table.ts';

export interface SessionOpenerParts {
  readonly clock: Clock;
  readonly tick: MediaTick;
  readonly ids: IdSource;
  readonly dialer: UpstreamDialer;
  readonly codecs: AudioCodecs;
  readonly observers: ObserverFactory;
  readonly traces: TraceSource;
  readonly tools: ToolRunner;
  readonly admission: SessionAdmission;
  readonly spending: Pick<SpendingDesk, 'open'>;
  /** Keeps sessions that are over. */
  readonly archive: Pick<SessionArchive, 'keep'>;
  /** Where conversations go from here, and come from; undefined where they end with their process. */
  readonly handovers: Pick<HandoverDesk, 'keep'> | undefined;
  readonly randomUint32: () => number;
}

export interface SessionOpenerOptions {
  /** How much each controller may send; any amount if undefined. */
  readonly eventRate: EventRateLimits | undefined;
  readonly session: Omit<
    SessionOptions,
    | 'audio'
    | 'initialSession'
    | 'access'
    | 'metering'
    | 'tools'
    | 'expectsController'
    | 'isClientFiltered'
    | 'restored'
    | 'canMove'
    | 'expectsEarlyAudio'
  >;
}

/** What must be known of a session to say whether it can be taken. */
export type SessionWish = Opener & Pick<SessionRequest, 'intent' | 'model' | 'session'>;

export type OpenedCall =
  | { readonly isOpened: true; readonly ids: CallIds; readonly runner: SessionRunner }
  | { readonly isOpened: false; readonly error: PrismErrorInfo };

/** What a session is by the way its client came. */
export type SessionKind = Pick<
  SessionOptions,
  'expectsController' | 'isClientFiltered' | 'expectsEarlyAudio'
> & {
  readonly transport: SessionTransport;
};

/** Opens sessions: pays for them, puts them in the table, and cleans up behind them. */
export class SessionOpener {
  readonly #parts: SessionOpenerParts;
  readonly #options: SessionOpenerOptions;
  readonly #table: CallTable;

  constructor(parts: SessionOpenerParts, options: SessionOpenerOptions, table: CallTable) {
    this.#parts = parts;
    this.#options = options;
    this.#table = table;
  }

  /** A session for whom there is a place; it is to begin. `record` is the conversation that it goes on with. */
  open(
    request: SessionRequest,
    kind: SessionKind,
    {
      ids = this.#parts.ids.nextCallIds(),
      record,
    }: { readonly ids?: CallIds; readonly record?: ConversationRecord } = {},
  ): OpenedCall {
    const funded = this.#parts.spending.open(ids.callId, spendingOf(request));
    if (!funded.isOpened) {
      this.#parts.observers.refused(funded.error.code);
      return { isOpened: false, error: funded.error };
    }
    const { spending } = funded;
    this.#parts.admission.opened(request);
    const { user, agent } = request.access;
    const { archive } = this.#parts;
    const { transport, ...ofSession } = kind;
    const audio = transport === 'realtime_websocket' ? 'socket' : 'media';
    const facts = this.#factsOf(ids, request, audio);
    const pacingLeadMs = request.pacingLeadMs ?? this.#options.session.pacingLeadMs;
    const trace = this.#parts.traces.begin(request.access.traceParent);
    const observer = this.#parts.observers.observe({
      ids,
      transport,
      agent,
      user,
      model: modelOf(request),
      trace,
      describe: () => runner.describe(),
      timeline: () => runner.timeline,
      responsesSince: (atMs) => runner.responsesSince(atMs),
    });
    const runner: SessionRunner = new SessionRunner(
      {
        session: {
          ...this.#options.session,
          ...ofSession,
          audio,
          initialSession: request.session,
          access: { ...request.access, limits: spending.limits },
          metering: spending.metering,
          tools: this.#parts.tools.toolsOf(agent),
          pacingLeadMs,
          restored: record,
          canMove: this.#parts.handovers !== undefined,
        },
        dial: dialRequestOf(request, audioFor(audio, pacingLeadMs)),
        caller: { sessionId: ids.sessionId, user, agent },
        trace,
        eventRate: this.#options.eventRate,
      },
      {
        ...this.#parts,
        spending,
        observer,
        keep: (made) => this.#keep({ ids, request, kind }, made),
      },
      (reason, counters) => {
        spending.close();
        this.#parts.admission.closed(request);
        this.#table.remove(ids.callId);
        const end = { reason, counters };
        archive.keep(() => storedOf(this.#table.momentOf({ facts, runner }, end)));
      },
    );
    this.#table.add(ids.callId, { runner, access: request.access, facts });
    return { isOpened: true, ids, runner };
  }

  #factsOf(ids: CallIds, request: SessionRequest, kind: SessionOptions['audio']): SessionFacts {
    const { user, agent, keyId } = request.access;
    return {
      id: ids.callId,
      kind,
      startedAtMs: this.#parts.clock.wallMs(),
      keyId,
      user,
      agent,
      model: modelOf(request),
    };
  }

  async #keep(
    call: {
      readonly ids: CallIds;
      readonly request: SessionRequest;
      readonly kind: Pick<SessionOptions, 'isClientFiltered'>;
    },
    record: ConversationRecord,
  ): Promise<boolean> {
    const { ids, request, kind } = call;
    const kept = this.#parts.handovers?.keep(ids.callId, {
      sessionId: ids.sessionId,
      isClientFiltered: kind.isClientFiltered,
      request: {
        ...request,
        session: record.config,
        access: { ...request.access, limits: record.limits },
      },
      record,
    });
    return (await kept) ?? false;
  }
}

function dialRequestOf(request: SessionRequest, audio: DialRequest['audio']): DialRequest {
  const { intent, upstreamHeaders: headers } = request;
  return { intent, model: modelOf(request), headers, audio };
}

/** Audio that isn't paced needs no measure. */
function audioFor(audio: SessionOptions['audio'], pacingLeadMs: number): DialRequest['audio'] {
  if (audio === 'media') return 'decoded';
  return pacingLeadMs === 0 ? 'as_sent' : 'measured';
}

function modelOf({ model, session }: SessionWish): string | undefined {
  return model ?? (session?.type === 'realtime' ? session.model : undefined);
}

/** What a session asks of its account. */
export function spendingOf(request: SessionWish): SpendingRequest {
  const { access, intent } = request;
  return { access, intent, model: modelOf(request) };
}
