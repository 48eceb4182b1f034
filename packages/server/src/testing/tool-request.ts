import type { MonotonicMs } from '@prism/core';
import { callIdsFromSuffix } from '@prism/protocol';
import type { ToolRequest } from '../runtime/ports/tools.ts';

/** A call of a tool, where its particulars don't matter. */
export function someRequest(more: Partial<ToolRequest> = {}): ToolRequest {
  return {
    tool: 'weather',
    callId: 'call_1',
    args: { city: 'Oslo' },
    idempotencyKey: 'sess_x.call_1',
    deadlineAtMs: 20_000 as MonotonicMs,
    caller: { sessionId: callIdsFromSuffix('x').sessionId, user: 'user 1', agent: 'guide' },
    ...more,
  };
}
