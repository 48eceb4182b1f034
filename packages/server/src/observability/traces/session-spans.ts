import {
  type Clock,
  measureSetup,
  SETUP_PART_STEPS,
  SETUP_PARTS,
  type SessionFact,
  type SetupPart,
  type TurnMeasured,
} from '@prism/core';
import type { CloseReason, ErrorCode, TraceParent } from '@prism/protocol';
import type {
  ObservedSession,
  ObserverFactory,
  SessionObserver,
} from '../../runtime/ports/session-observer.ts';
import type { UsageRecord } from '../../runtime/ports/usage-store.ts';
import { type SessionTrace, toolSpanOf } from '../../runtime/session-trace.ts';
import type { SpanAttributes, SpanRecord, SpanSink } from './span-record.ts';
import { responseSpans, turnSpans } from './turn-spans.ts';

/** Calls of tools that wait for their turn to be measured; with more the oldest stands under the session. */
const TOOL_SPAN_COUNT_MAX = 64;

/** Who answers, for the attributes that name him. */
export interface UpstreamNames {
  /** As `gen_ai.provider.name` has it. */
  readonly provider: string;
  /** Of sessions that name none. */
  readonly defaultModel: string;
  readonly serverAddress: string | undefined;
  readonly serverPort: number | undefined;
}

export interface SessionTracingParts {
  readonly clock: Clock;
  readonly sink: SpanSink;
  readonly upstream: UpstreamNames;
}

/** What sessions did, as spans: the session, its set-up, its turns with their parts, responses, calls of tools. */
export class SessionTracing implements ObserverFactory {
  readonly #parts: SessionTracingParts;
  readonly #live = new Map<string, SessionSpans>();

  constructor(parts: SessionTracingParts) {
    this.#parts = parts;
  }

  observe(session: ObservedSession): SessionObserver {
    const { trace, ids } = session;
    if (trace?.isRecorded !== true) return UNOBSERVED;
    const spans = new SessionSpans(this.#parts, session, trace);
    this.#live.set(ids.callId, spans);
    return {
      fact: (fact) => spans.fact(fact),
      fault: () => spans.fault(),
      toolFault: () => undefined,
      peerReplaced: () => undefined,
      closed: (reason, lastWords) => {
        this.#live.delete(ids.callId);
        spans.close(reason, lastWords);
      },
    };
  }

  refused(_code: ErrorCode): void {
    // A session that was not opened has no span.
  }

  /** Adds what a session has used to its span. */
  used({ sessionId, entry }: UsageRecord): void {
    const { tokens } = entry;
    // Audio and time, told every second, have none.
    if (entry.kind === 'media') return;
    this.#live.get(sessionId)?.used({
      input:
        tokens.textIn +
        tokens.textCachedIn +
        tokens.audioIn +
        tokens.audioCachedIn +
        tokens.imageIn +
        tokens.imageCachedIn,
      output: tokens.textOut + tokens.audioOut,
      cached: tokens.textCachedIn + tokens.audioCachedIn + tokens.imageCachedIn,
    });
  }
}

const UNOBSERVED: SessionObserver = {
  fact: () => undefined,
  fault: () => undefined,
  toolFault: () => undefined,
  peerReplaced: () => undefined,
  closed: () => undefined,
};

interface TokenSums {
  readonly input: number;
  readonly output: number;
  readonly cached: number;
}

/** A call of a tool that is over, and the response that called it. */
interface FinishedTool {
  readonly responseId: string;
  readonly record: SpanRecord;
}

/** The spans of one session. */
class SessionSpans {
  readonly #parts: SessionTracingParts;
  readonly #session: ObservedSession;
  readonly #trace: SessionTrace;
  readonly #openedAtMs: number;
  /** Milliseconds since 1970 at the session's own 0. */
  readonly #originMs: number;
  readonly #toldParts = new Set<SetupPart>();
  #tools: FinishedTool[] = [];
  #tokens: TokenSums = { input: 0, output: 0, cached: 0 };
  #isUpstreamReady = false;
  #errorType: string | undefined;

  constructor(parts: SessionTracingParts, session: ObservedSession, trace: SessionTrace) {
    this.#parts = parts;
    this.#session = session;
    this.#trace = trace;
    this.#openedAtMs = parts.clock.nowMs();
    this.#originMs = parts.clock.wallMs();
  }

  get #nowMs(): number {
    return this.#parts.clock.nowMs() - this.#openedAtMs;
  }

  fact(fact: SessionFact): void {
    switch (fact.type) {
      case 'upstream.ready':
        this.#isUpstreamReady = true;
        return this.#dialled(fact.waitedMs, undefined);
      case 'upstream.failed':
        this.#errorType = fact.code;
        if (!this.#isUpstreamReady) this.#dialled(this.#nowMs, fact.code);
        return;
      case 'session.ready':
        return this.#tellSetup();
      case 'tool.finished':
        return this.#toolFinished(fact);
      case 'turn.measured':
        if (fact.turn.isFinal) this.#turn(fact.turn);
        return;
      default:
    }
  }

  fault(): void {
    this.#errorType = 'internal_error';
  }

  used({ input, output, cached }: TokenSums): void {
    const sums = this.#tokens;
    this.#tokens = {
      input: sums.input + input,
      output: sums.output + output,
      cached: sums.cached + cached,
    };
  }

  close(reason: CloseReason, lastWords: object): void {
    this.#tellSetup();
    for (const { record } of this.#tools) this.#parts.sink.add(record);
    const { agent, ids, transport } = this.#session;
    const { interruptions } = lastWords as { readonly interruptions?: number };
    this.#parts.sink.add({
      name: agent === undefined ? 'realtime session' : `invoke_agent ${agent}`,
      kind: 'server',
      span: this.#trace.span,
      parent: this.#trace.parent,
      isParentRemote: true,
      startMs: this.#originMs,
      endMs: this.#originMs + this.#nowMs,
      attributes: {
        ...this.#genAi('invoke_agent'),
        'gen_ai.agent.name': agent,
        'gen_ai.usage.input_tokens': this.#tokens.input,
        'gen_ai.usage.output_tokens': this.#tokens.output,
        'gen_ai.usage.cache_read.input_tokens': this.#tokens.cached,
        'prism.call.id': ids.callId,
        'prism.transport': transport,
        'prism.close.reason': reason,
        'prism.interruptions': interruptions,
      },
      events: [],
      errorType: this.#errorType,
    });
  }

  /** What the conventions of OpenTelemetry for generative AI ask of every operation. */
  #genAi(operation: 'invoke_agent' | 'chat' | 'execute_tool'): SpanAttributes {
    const { provider, defaultModel } = this.#parts.upstream;
    return {
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': provider,
      'gen_ai.conversation.id': this.#session.ids.sessionId,
      'gen_ai.request.model': this.#session.model ?? defaultModel,
    };
  }

  #dialled(durationMs: number, errorType: string | undefined): void {
    const { provider, serverAddress, serverPort } = this.#parts.upstream;
    this.#add('upstream dial', 'prism.upstream.dial', {
      kind: 'client',
      startMs: this.#nowMs - durationMs,
      endMs: this.#nowMs,
      attributes: {
        'gen_ai.provider.name': provider,
        'server.address': serverAddress,
        'server.port': serverPort,
      },
      errorType,
    });
  }

  /** Steps of the set-up that are known by now and weren't before. */
  #tellSetup(): void {
    const setup = this.#session.timeline()?.setup;
    if (setup === undefined) return;
    const durations = measureSetup(setup);
    for (const part of SETUP_PARTS) {
      const endMs = setup[SETUP_PART_STEPS[part].to];
      const durationMs = durations[part];
      // The dial has a span of its own, and the whole is the session's beginning.
      const isOther = part === 'upstream_connect' || part === 'ready';
      if (endMs === undefined || durationMs === undefined || isOther || this.#toldParts.has(part))
        continue;
      this.#toldParts.add(part);
      this.#add(`setup ${part}`, `prism.setup.${part}`, { startMs: endMs - durationMs, endMs });
    }
  }

  #toolFinished(fact: Extract<SessionFact, { readonly type: 'tool.finished' }>): void {
    const { responseId, tool, toolCallId, outcome, durationMs } = fact;
    const endMs = this.#nowMs;
    const record: SpanRecord = {
      name: `execute_tool ${tool}`,
      kind: 'internal',
      span: toolSpanOf(this.#trace, toolCallId),
      parent: this.#trace.span,
      startMs: this.#originMs + endMs - durationMs,
      endMs: this.#originMs + endMs,
      attributes: {
        ...this.#genAi('execute_tool'),
        'gen_ai.tool.name': tool,
        'gen_ai.tool.call.id': toolCallId,
        'gen_ai.tool.type': 'function',
        'prism.tool.outcome': outcome,
      },
      events: [],
      errorType: outcome === 'answered' ? undefined : outcome,
    };
    this.#tools.push({ responseId, record });
    if (this.#tools.length <= TOOL_SPAN_COUNT_MAX) return;
    const oldest = this.#tools.shift();
    if (oldest !== undefined) this.#parts.sink.add(oldest.record);
  }

  #turn(turn: TurnMeasured): void {
    const span = this.#trace.childOf(`turn ${turn.turn}`);
    const context = { trace: this.#trace, span, originMs: this.#originMs, endMs: this.#nowMs };
    for (const part of turnSpans(turn, context)) this.#parts.sink.add(part);
    // The next turn may have begun already: this one waits for its listener to tell.
    const entries = this.#session
      .responsesSince(turn.startMs)
      .filter(({ responseId }) => turn.responseIds.includes(responseId));
    const responses = responseSpans(entries, { ...context, genAi: this.#genAi('chat') });
    for (const response of responses) this.#parts.sink.add(response);
    this.#tellTools(turn, span);
  }

  /** Tools that ran for this turn stand under it. */
  #tellTools(turn: TurnMeasured, parent: TraceParent): void {
    const isOfTurn = ({ responseId }: FinishedTool): boolean =>
      turn.responseIds.includes(responseId);
    for (const { record } of this.#tools.filter(isOfTurn))
      this.#parts.sink.add({ ...record, parent });
    this.#tools = this.#tools.filter((tool) => !isOfTurn(tool));
  }

  /** A part right below the session; times are since it opened. */
  #add(
    id: string,
    name: string,
    more: Pick<SpanRecord, 'startMs' | 'endMs'> &
      Partial<Pick<SpanRecord, 'kind' | 'attributes' | 'errorType'>>,
  ): void {
    this.#parts.sink.add({
      name,
      kind: more.kind ?? 'internal',
      span: this.#trace.childOf(id),
      parent: this.#trace.span,
      startMs: this.#originMs + more.startMs,
      endMs: this.#originMs + more.endMs,
      attributes: more.attributes ?? {},
      events: [],
      errorType: more.errorType,
    });
  }
}
