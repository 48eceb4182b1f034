import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ResponseEntry, TurnMeasured } from '@prism/core';
import { ManualClock } from '@prism/core/testing';
import { callIdsFromSuffix } from '@prism/protocol';
import { recordedTraces, toolSpanOf } from '../../runtime/session-trace.ts';
import { SessionTracing } from './session-spans.ts';
import type { SpanRecord } from './span-record.ts';

const UPSTREAM = {
  provider: 'openai',
  defaultModel: 'gpt-realtime-2.1',
  serverAddress: undefined,
  serverPort: undefined,
};

function turnOf(
  turn: number,
  { startMs, responseIds }: Pick<TurnMeasured, 'startMs' | 'responseIds'>,
): TurnMeasured {
  return {
    turn,
    responseId: responseIds.at(-1) ?? '',
    responseIds,
    cause: 'speech',
    state: 'played',
    isFinal: true,
    startMs,
    from: 'spoken',
    to: 'sent',
    totalMs: 500,
    parts: [],
    errorMs: 5,
    heardBy: undefined,
    addedInMs: undefined,
    addedOutMs: undefined,
    interruption: undefined,
  };
}

function response(responseId: string, what: ResponseEntry['what'], atMs: number): ResponseEntry {
  return { type: 'response', what, responseId, atMs, status: what === 'done' ? 'completed' : '' };
}

suite('spans of a session', () => {
  test('[TRC4] what belongs to the next turn, which has begun before this one is measured, stands under that one', () => {
    const clock = new ManualClock();
    const spans: SpanRecord[] = [];
    const tracing = new SessionTracing({
      clock,
      sink: { add: (span) => spans.push(span) },
      upstream: UPSTREAM,
    });
    const trace = recordedTraces({
      newTraceId: () => '4bf92f3577b34da6a3ce929d0e0e4736',
      newSpanId: () => '00f067aa0ba902b7',
      sampleRatio: 1,
    }).begin(undefined);
    assert.ok(trace !== undefined);
    const entries = [
      response('resp_1', 'created', 1_000),
      response('resp_1', 'done', 1_400),
      response('resp_tools', 'created', 2_600),
      response('resp_tools', 'done', 2_650),
    ];
    const observer = tracing.observe({
      ids: callIdsFromSuffix('1'),
      transport: 'webrtc',
      agent: undefined,
      user: undefined,
      model: undefined,
      trace,
      timeline: () => undefined,
      responsesSince: (atMs) => entries.filter((entry) => entry.atMs >= atMs),
      describe: () => ({}),
    });
    clock.advance(2_700);
    const finished = { tool: 'weather', toolCallId: 'call_1', outcome: 'answered' } as const;
    observer.fact({
      type: 'tool.finished',
      responseId: 'resp_tools',
      ...finished,
      durationMs: 40,
    });
    // The first turn was interrupted, and waited for its listener to say when nothing was heard any more.
    observer.fact({
      type: 'turn.measured',
      turn: turnOf(1, { startMs: 500, responseIds: ['resp_1'] }),
    });
    entries.push(response('resp_spoken', 'created', 2_800), response('resp_spoken', 'done', 3_000));
    clock.advance(400);
    observer.fact({
      type: 'turn.measured',
      turn: turnOf(2, { startMs: 2_000, responseIds: ['resp_tools', 'resp_spoken'] }),
    });
    observer.closed('client_hangup', {});
    const parentOf = (spanId: string): readonly (string | undefined)[] =>
      spans.filter(({ span }) => span.spanId === spanId).map(({ parent }) => parent?.spanId);
    const turnIds = [1, 2].map((turn) => trace.childOf(`turn ${turn}`).spanId);
    for (const [id, turnId] of [
      ['resp_1', turnIds[0]],
      ['resp_tools', turnIds[1]],
      ['resp_spoken', turnIds[1]],
    ])
      assert.deepEqual(parentOf(trace.childOf(`response ${id}`).spanId), [turnId], id);
    assert.deepEqual(parentOf(toolSpanOf(trace, 'call_1').spanId), [turnIds[1]]);
    assert.equal(new Set(spans.map(({ span }) => span.spanId)).size, spans.length);
  });
});
