import type { IncomingHttpHeaders } from 'node:http';
import { lockedFieldOf } from '@prism/core';
import { mergeSessionConfig, type PrismErrorInfo, type SessionConfig } from '@prism/protocol';
import type { Admitted } from '../auth/gate.ts';
import { isModelOwned } from '../auth/owned-model.ts';
import { type CallRequest, forwardedHeadersOf } from '../runtime/session-request.ts';
import { lastEventIdOf, type MediaRequestSources, readMediaRequest } from './media-request.ts';

export interface CallRequestSources extends MediaRequestSources {
  readonly headers: IncomingHttpHeaders;
  /** The session that the body asks for. */
  readonly session: SessionConfig | undefined;
  /** In lower case. */
  readonly forwardedHeaders: readonly string[];
}

export type ReadCallRequest =
  | { readonly isValid: true; readonly request: CallRequest }
  | { readonly isValid: false; readonly error: PrismErrorInfo };

/**
 * What a call asks of its session: the body's session over the one that the caller starts from, where the caller may
 * change it, and the query's `model` where neither names one that counts. Unknown parameters are passed over.
 */
export function readCallRequest(sources: CallRequestSources): ReadCallRequest {
  const { query, admitted } = sources;
  const bound = admitted.session;
  const change = refuseOwnedChange(sources.session, admitted);
  if (change !== undefined) return { isValid: false, error: change };
  const asked =
    bound === undefined || sources.session === undefined
      ? (sources.session ?? bound)
      : mergeSessionConfig(bound, sources.session);
  const media = readMediaRequest(sources);
  if (!media.isValid) return media;
  const filter = query['webrtcfilter'] ?? 'off';
  if (filter !== 'on' && filter !== 'off') return refuse('webrtcfilter', "It takes 'on' or 'off'.");
  const early = query['early_audio'] ?? 'off';
  if (early !== 'on' && early !== 'off') return refuse('early_audio', "It takes 'on' or 'off'.");
  const begin = query['begin'] ?? 'now';
  if (begin !== 'now' && begin !== 'when_reached')
    return refuse('begin', "It takes 'now' or 'when_reached'.");
  const queryModel = query['model'];
  if (queryModel !== undefined && (typeof queryModel !== 'string' || queryModel === '')) {
    return refuse('model', 'It takes one name.');
  }
  if (asked?.type === 'transcription' && queryModel !== undefined) {
    return refuse('model', 'A transcription session has it in audio.input.transcription.model.');
  }
  const model = isModelOwned(admitted)
    ? askedModelOf(bound)
    : (askedModelOf(sources.session) ?? queryModel ?? askedModelOf(bound));
  const lastEventId = lastEventIdOf(query);
  return {
    isValid: true,
    request: {
      intent: asked?.type ?? 'realtime',
      model: asked?.type === 'transcription' ? undefined : model,
      session: withModel(asked, model),
      upstreamHeaders: forwardedHeadersOf(sources.headers, sources.forwardedHeaders),
      pacingLeadMs: undefined,
      ...media.request,
      ...(lastEventId === undefined ? {} : { lastEventId }),
      isClientFiltered: filter === 'on',
      expectsEarlyAudio: early === 'on',
      isPrepared: begin === 'when_reached',
    },
  };
}

/** What is the server's can't be changed by the body. */
function refuseOwnedChange(
  session: SessionConfig | undefined,
  { access: { policy }, session: bound }: Admitted,
): PrismErrorInfo | undefined {
  if (session === undefined || bound === undefined || policy.preset === 'open') return undefined;
  const path = lockedFieldOf(session, bound, policy.ownedFields);
  if (path === undefined) return undefined;
  const param = `session.${path}`;
  return { code: 'field_not_allowed', message: `Field '${param}' is not the caller's.`, param };
}

function askedModelOf(session: SessionConfig | undefined): string | undefined {
  return session?.type === 'realtime' ? session.model : undefined;
}

/** The session with the model that was chosen, if it names one at all. */
function withModel(
  session: SessionConfig | undefined,
  model: string | undefined,
): SessionConfig | undefined {
  if (session?.type !== 'realtime' || session.model === undefined || model === undefined)
    return session;
  return { ...session, model };
}

function refuse(param: string, what: string): ReadCallRequest {
  const message = `Query parameter '${param}' can't be used. ${what}`;
  return { isValid: false, error: { code: 'invalid_request', message, param } };
}
