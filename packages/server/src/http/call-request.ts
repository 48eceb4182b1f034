import { mergeSessionConfig, type PrismErrorInfo, type SessionConfig } from '@prism/protocol';
import { type CallRequest, forwardedHeadersOf } from '../runtime/session-request.ts';
import { type MediaRequestSources, readMediaRequest } from './media-request.ts';

export interface CallRequestSources extends MediaRequestSources {
  /** The session that the body asks for. */
  readonly session: SessionConfig | undefined;
  /** In lower case. */
  readonly forwardedHeaders: readonly string[];
}

export type ReadCallRequest =
  | { readonly isValid: true; readonly request: CallRequest }
  | { readonly isValid: false; readonly error: PrismErrorInfo };

/**
 * What a call asks of its session: the body's session over the one that the client secret is bound to, and the
 * query's `model` where the body names none. Unknown parameters are passed over.
 */
export function readCallRequest(sources: CallRequestSources): ReadCallRequest {
  const { query, principal } = sources;
  const bound = principal.kind === 'client_secret' ? principal.session : undefined;
  const asked =
    bound === undefined || sources.session === undefined
      ? (sources.session ?? bound)
      : mergeSessionConfig(bound, sources.session);
  const media = readMediaRequest(sources);
  if (!media.isValid) return media;
  const filter = query['webrtcfilter'] ?? 'off';
  if (filter !== 'on' && filter !== 'off') return refuse('webrtcfilter', "It takes 'on' or 'off'.");
  const queryModel = query['model'];
  if (queryModel !== undefined && (typeof queryModel !== 'string' || queryModel === '')) {
    return refuse('model', 'It takes one name.');
  }
  if (asked?.type === 'transcription' && queryModel !== undefined) {
    return refuse('model', 'A transcription session has it in audio.input.transcription.model.');
  }
  const model = askedModelOf(sources.session) ?? queryModel ?? askedModelOf(bound);
  return {
    isValid: true,
    request: {
      intent: asked?.type ?? 'realtime',
      model: asked?.type === 'transcription' ? undefined : model,
      session: withModel(asked, model),
      upstreamHeaders: forwardedHeadersOf(sources.headers, sources.forwardedHeaders),
      pacingLeadMs: undefined,
      ...media.request,
      isClientFiltered: filter === 'on',
    },
  };
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
