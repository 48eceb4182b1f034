import { EXCHANGES } from './cases/all.ts';
import type { Capability } from './kit/capability.ts';
import { systemClock } from './kit/clock.ts';
import type { AssertionHeading, Exchange } from './kit/exchange.ts';
import type { Group } from './kit/group.ts';
import { FetchHttp } from './kit/http-port.ts';
import { type AssertionResult, runKit } from './kit/run-kit.ts';
import { surveyServer } from './survey.ts';
import { readTarget } from './target.ts';
import type { ConformanceTransport } from './transport/conformance-transport.ts';
import { WebSocketTransport } from './transport/websocket-transport.ts';

/** What is checked, and how. */
export interface CheckServerOptions {
  /** The server, as {@link readTarget} takes it. */
  readonly url: string;
  readonly key?: string | undefined;
  /** The model of sessions; that of the address, or `gpt-realtime`, by default. */
  readonly model?: string | undefined;
  /** `gpt-4o-mini-transcribe` by default. */
  readonly transcriptionModel?: string | undefined;
  /** How long one reply may take; 10,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Exchanges at the same time; 4 by default. */
  readonly parallelCount?: number | undefined;
  /** Speech as PCM16 mono at 24 kHz; without it the cases that need some are skipped. */
  readonly speech?: Int16Array | undefined;
  /** The server asks for no key, and that is meant. */
  readonly isUnauthenticated?: boolean | undefined;
  /** Capabilities whose assertions are left out. */
  readonly without?: readonly Capability[] | undefined;
  /** Groups that are tried; all by default. */
  readonly groups?: readonly Group[] | undefined;
  /** Ids, or beginnings of ids, that are tried; all by default. */
  readonly ids?: readonly string[] | undefined;
  /** How sessions are reached; WebSocket by default. */
  readonly transport?: ConformanceTransport | undefined;
  readonly onResults?: ((results: readonly AssertionResult[]) => void) | undefined;
}

/** What {@link checkServer} resolves to. */
export type CheckOutcome =
  | {
      readonly type: 'checked';
      readonly transport: string;
      readonly results: readonly AssertionResult[];
    }
  /** No session can be opened there. */
  | { readonly type: 'unusable'; readonly reason: string };

/** The headings of the assertions that a selection leaves, in the order of reports. */
export function headingsOf(
  selection: Pick<CheckServerOptions, 'groups' | 'ids'> = {},
): readonly AssertionHeading[] {
  return EXCHANGES.flatMap(({ headings }) => headings).filter((heading) =>
    isSelected(heading, selection),
  );
}

/** Tries every assertion of the kit on a server. Never rejects over what the server does. */
export async function checkServer(
  options: CheckServerOptions,
  exchanges: readonly Exchange[] = EXCHANGES,
): Promise<CheckOutcome> {
  const read = readTarget(options.url);
  if (!read.ok) return { type: 'unusable', reason: read.reason };
  const { realtimeUrl, baseUrl } = read.target;
  const replyTimeoutMs = options.timeoutMs ?? 10_000;
  const model = options.model ?? read.target.model ?? 'gpt-realtime';
  const { key } = options;
  const transport =
    options.transport ??
    new WebSocketTransport({ url: realtimeUrl, model, key, handshakeTimeoutMs: replyTimeoutMs });
  const stage = {
    transport,
    http: new FetchHttp({ baseUrl, key, timeoutMs: replyTimeoutMs }),
    clock: systemClock,
    replyTimeoutMs,
    model,
    transcriptionModel: options.transcriptionModel ?? 'gpt-4o-mini-transcribe',
    key,
    speech: options.speech,
  };
  const survey = await surveyServer({
    ...stage,
    isUnauthenticated: options.isUnauthenticated ?? false,
    without: options.without ?? [],
  });
  if (!survey.ok) return { type: 'unusable', reason: survey.reason };
  const results = await runKit({
    ...stage,
    exchanges,
    lacks: survey.lacks,
    isWanted: (heading) => isSelected(heading, options),
    parallelCount: options.parallelCount ?? 4,
    ...(options.onResults === undefined ? {} : { onResults: options.onResults }),
  });
  return { type: 'checked', transport: transport.name, results };
}

function isSelected(
  { id, group }: AssertionHeading,
  { groups, ids }: Pick<CheckServerOptions, 'groups' | 'ids'>,
): boolean {
  return (
    (groups === undefined || groups.includes(group)) &&
    (ids === undefined || ids.some((wanted) => id === wanted || id.startsWith(`${wanted}.`)))
  );
}
