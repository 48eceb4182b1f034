import type { ResponseEntry, TurnMeasured } from '@prism/core';
import type { TraceParent } from '@prism/protocol';
import type { SessionTrace } from '../../runtime/session-trace.ts';
import type { SpanAttributes, SpanRecord } from './span-record.ts';

/** Where a turn's spans belong. */
export interface TurnContext {
  readonly trace: SessionTrace;
  /** The turn's own span. */
  readonly span: TraceParent;
  /** Milliseconds since 1970 at the session's own 0. */
  readonly originMs: number;
  /** When the turn was over, since the session opened. */
  readonly endMs: number;
}

const MS_PER_S = 1_000;

/** A turn, from the user's last sound to the end of the answer, and the parts of the wait for its first sound. */
export function turnSpans(turn: TurnMeasured, context: TurnContext): readonly SpanRecord[] {
  const { trace, span, originMs, endMs } = context;
  const startMs = originMs + turn.startMs;
  const { interruption } = turn;
  const sentMs = turn.parts.find(({ part }) => part === 'silence')?.startMs ?? turn.totalMs;
  const whole: SpanRecord = {
    name: 'prism.turn',
    kind: 'internal',
    span,
    parent: trace.span,
    startMs,
    endMs: Math.max(originMs + endMs, startMs),
    attributes: {
      'prism.turn.number': turn.turn,
      'prism.turn.cause': turn.cause,
      'prism.turn.state': turn.state,
      'prism.turn.from': turn.from,
      'prism.turn.to': turn.to,
      'prism.turn.latency_ms': turn.totalMs,
      'prism.turn.latency_error_ms': turn.errorMs,
      'prism.turn.heard_by': turn.heardBy,
    },
    events: [
      { name: 'first_audio', atMs: startMs + sentMs, attributes: {} },
      ...(interruption === undefined
        ? []
        : [
            {
              name: 'interrupted',
              atMs: startMs + sentMs + interruption.afterMs,
              attributes: { 'prism.interruption.trigger': interruption.trigger },
            },
          ]),
    ],
    errorType: undefined,
  };
  const parts = turn.parts.map(
    ({ part, startMs: partStartMs, durationMs }): SpanRecord => ({
      name: `prism.turn.${part}`,
      kind: 'internal',
      span: trace.childOf(`turn ${turn.turn} ${part}`),
      parent: span,
      startMs: startMs + partStartMs,
      endMs: startMs + partStartMs + durationMs,
      attributes: {},
      events: [],
      errorType: undefined,
    }),
  );
  return [whole, ...parts];
}

interface SeenResponse {
  readonly responseId: string;
  readonly createdMs: number;
  audioMs: number | undefined;
  doneMs: number | undefined;
  status: string | undefined;
}

/**
 * The upstream's responses in a turn, as calls of a model.
 *
 * @param entries - What happened to responses since the turn began, oldest first.
 */
export function responseSpans(
  entries: readonly ResponseEntry[],
  context: TurnContext & { readonly genAi: SpanAttributes },
): readonly SpanRecord[] {
  const { trace, span, originMs, endMs, genAi } = context;
  return responsesOf(entries).map((response) => ({
    name: `chat ${String(genAi['gen_ai.request.model'])}`,
    kind: 'client',
    span: trace.childOf(`response ${response.responseId}`),
    parent: span,
    startMs: originMs + response.createdMs,
    endMs: originMs + (response.doneMs ?? Math.max(endMs, response.createdMs)),
    attributes: {
      ...genAi,
      'gen_ai.response.id': response.responseId,
      'gen_ai.request.stream': true,
      'gen_ai.output.type': response.audioMs === undefined ? 'text' : 'speech',
      'gen_ai.response.time_to_first_chunk':
        response.audioMs === undefined
          ? undefined
          : (response.audioMs - response.createdMs) / MS_PER_S,
      'prism.response.status': response.status,
    },
    events: [],
    errorType: response.status === 'failed' ? 'failed' : undefined,
  }));
}

function responsesOf(entries: readonly ResponseEntry[]): readonly SeenResponse[] {
  const seen = new Map<string, SeenResponse>();
  for (const entry of entries) {
    const { responseId, atMs, status } = entry;
    const response = seen.get(responseId);
    if (entry.what === 'created')
      seen.set(responseId, {
        responseId,
        createdMs: atMs,
        audioMs: undefined,
        doneMs: undefined,
        status: undefined,
      });
    else if (response !== undefined && entry.what === 'audio') response.audioMs = atMs;
    else if (response !== undefined) {
      response.doneMs = atMs;
      response.status = status;
    }
  }
  return [...seen.values()];
}
