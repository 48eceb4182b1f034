/**
 * The error catalogue: every error that Prism itself sends, by code.
 *
 * Over HTTP an error is OpenAI's body `{"error":{"type","code","message","param"}}` with `httpStatus`; on a data
 * channel or WebSocket it is an `error` event. `docs/reference/errors.md` says the same, proved by a check.
 * Retired codes stay listed as retired and are not used again.
 */

export interface ErrorCatalogueEntry {
  readonly type:
    | 'invalid_request_error'
    | 'authentication_error'
    | 'server_error'
    | 'rate_limit_error';
  readonly httpStatus: number;
  /** What to do, in one sentence, for the person who sees the error. */
  readonly remedy: string;
}

export const ERROR_CATALOGUE = {
  invalid_sdp: {
    type: 'invalid_request_error',
    httpStatus: 400,
    remedy: 'Send the SDP offer that RTCPeerConnection.createOffer() made, unchanged, as the body.',
  },
  audio_section_required: {
    type: 'invalid_request_error',
    httpStatus: 400,
    remedy:
      'Add an audio track or an audio transceiver before createOffer(); a call needs one audio section.',
  },
  opus_required: {
    type: 'invalid_request_error',
    httpStatus: 400,
    remedy:
      'Offer opus/48000/2 in the audio section, or G.711 (PCMU or PCMA); no other codec is supported.',
  },
  unsupported_media_type: {
    type: 'invalid_request_error',
    httpStatus: 415,
    remedy:
      'Send an offer as application/sdp, or with its session as multipart/form-data; everything else as application/json.',
  },
  request_too_large: {
    type: 'invalid_request_error',
    httpStatus: 413,
    remedy: 'An SDP offer may have 64 KiB, a session 256 KiB; remove what the call does not need.',
  },
  invalid_request: {
    type: 'invalid_request_error',
    httpStatus: 400,
    remedy: 'The request could not be read; the message says which part.',
  },
  invalid_session: {
    type: 'invalid_request_error',
    httpStatus: 400,
    remedy: 'Correct the member of the session object that `param` names, and send it again.',
  },
  not_a_telephone_call: {
    type: 'invalid_request_error',
    httpStatus: 400,
    remedy:
      'accept, reject and refer are for telephone (SIP) calls; end a WebRTC call with its hangup route.',
  },
  beta_api_shape_disabled: {
    type: 'invalid_request_error',
    httpStatus: 400,
    remedy:
      'Use the GA interface: POST /v1/realtime/client_secrets with {"session":{"type":"realtime"}}, and no OpenAI-Beta header.',
  },
  unknown_url: {
    type: 'invalid_request_error',
    httpStatus: 404,
    remedy: 'Check the method and the path; the reference lists every route.',
  },
  call_id_not_found: {
    type: 'invalid_request_error',
    httpStatus: 404,
    remedy: 'The call has ended or never was; start a new one.',
  },
  agent_not_found: {
    type: 'invalid_request_error',
    httpStatus: 404,
    remedy: 'Name an agent that prism.yaml defines under agents, or leave it out.',
  },
  origin_not_allowed: {
    type: 'invalid_request_error',
    httpStatus: 403,
    remedy: "Serve the page from Prism itself, or add the page's origin to PRISM_ALLOWED_ORIGINS.",
  },
  invalid_api_key: {
    type: 'authentication_error',
    httpStatus: 401,
    remedy:
      'Send Authorization: Bearer with one of the keys in PRISM_API_KEYS, or a client secret.',
  },
  ephemeral_key_expired: {
    type: 'authentication_error',
    httpStatus: 401,
    remedy: 'Ask your server for a new client secret; sessions that run already are not affected.',
  },
  client_secret_used_up: {
    type: 'authentication_error',
    httpStatus: 401,
    remedy: 'Ask your server for a new client secret; sessions that run already are not affected.',
  },
  client_secret_uses_not_counted: {
    type: 'rate_limit_error',
    httpStatus: 503,
    remedy: 'Try again when some have expired, or make client secrets without prism.uses.',
  },
  insufficient_permissions: {
    type: 'invalid_request_error',
    httpStatus: 403,
    remedy:
      'Use a server key with the scope that the message names; a client secret is for calls alone.',
  },
  field_not_allowed: {
    type: 'invalid_request_error',
    httpStatus: 403,
    remedy: 'Leave out the member that `param` names; an agent or the client secret has set it.',
  },
  rate_limit_exceeded: {
    type: 'rate_limit_error',
    httpStatus: 429,
    remedy: 'Wait as long as Retry-After says, or raise the limit under rates in the settings.',
  },
  concurrent_sessions_exceeded: {
    type: 'rate_limit_error',
    httpStatus: 429,
    remedy:
      'End a session before opening another one, or raise the limit under limits in the settings.',
  },
  session_limit_reached: {
    type: 'rate_limit_error',
    httpStatus: 503,
    remedy: 'Try again later, or raise PRISM_MAX_SESSIONS on the server.',
  },
  budget_exceeded: {
    type: 'rate_limit_error',
    httpStatus: 429,
    remedy:
      'Try again after the time in Retry-After, or raise the limit that the message names on the server.',
  },
  price_unknown: {
    type: 'invalid_request_error',
    httpStatus: 400,
    remedy: 'Ask for a model that has a price, or give it one under prices in prism.yaml.',
  },
  storage_unavailable: {
    type: 'server_error',
    httpStatus: 503,
    remedy:
      "Usage or past sessions can't be recorded or read; check the disk of storage.path, the server log has the details.",
  },
  server_overloaded: {
    type: 'server_error',
    httpStatus: 503,
    remedy:
      'Try again after the time in Retry-After; another node may have room now. GET /v1/prism/capacity says what is short.',
  },
  worker_unavailable: {
    type: 'server_error',
    httpStatus: 503,
    remedy:
      'Try again after the time in Retry-After; if the call is not found then, its process has ended, and it has to begin anew.',
  },
  server_draining: {
    type: 'server_error',
    httpStatus: 503,
    remedy: 'The server is shutting down; connect again to reach another one.',
  },
  internal_error: {
    type: 'server_error',
    httpStatus: 500,
    remedy:
      'A bug in Prism ended this request; the server log has the details under the request id.',
  },
  invalid_event: {
    type: 'invalid_request_error',
    httpStatus: 400,
    remedy: 'Send a JSON object with a known `type`; the message says which field is wrong.',
  },
  event_not_allowed: {
    type: 'invalid_request_error',
    httpStatus: 403,
    remedy:
      "Send what the policy of this connection allows; `agents` in the server's settings say it.",
  },
  session_field_locked: {
    type: 'invalid_request_error',
    httpStatus: 403,
    remedy: 'Leave these fields out: the agent or the client secret decides them.',
  },
  invalid_value: {
    type: 'invalid_request_error',
    httpStatus: 400,
    remedy:
      'Give the member that `param` names one of the values in the message; nothing was applied.',
  },
  controller_limit_reached: {
    type: 'rate_limit_error',
    httpStatus: 429,
    remedy: 'Close a sideband connection of this call before opening another one.',
  },
  server_event_too_large: {
    type: 'server_error',
    httpStatus: 500,
    remedy:
      'The event was left out; a sideband WebSocket or a client with a larger a=max-message-size gets it.',
  },
  event_too_large: {
    type: 'invalid_request_error',
    httpStatus: 413,
    remedy: 'A client event may have 15 MiB; send large content in parts.',
  },
  response_queue_full: {
    type: 'invalid_request_error',
    httpStatus: 429,
    remedy:
      'Too many responses wait for their turn; wait for response.done before asking for more.',
  },
  response_dropped: {
    type: 'invalid_request_error',
    httpStatus: 409,
    remedy:
      'A response.cancel took back what was waiting; create the response again if it is still wanted.',
  },
  tool_output_refused: {
    type: 'invalid_request_error',
    httpStatus: 409,
    remedy:
      'Only calls of functions that the client carries out are its to answer, once and in time.',
  },
  confirmation_not_found: {
    type: 'invalid_request_error',
    httpStatus: 404,
    remedy:
      'It was decided, used or given up already, or is older than two minutes; wait for the next prism.tool.confirmation_required.',
  },
  session_refused: {
    type: 'invalid_request_error',
    httpStatus: 400,
    remedy: 'Correct the session that the call or its client secret was created with.',
  },
  upstream_not_ready: {
    type: 'server_error',
    httpStatus: 503,
    remedy:
      'The upstream has not answered yet and too many events wait for it; send fewer before session.created.',
  },
  upstream_authentication_failed: {
    type: 'server_error',
    httpStatus: 502,
    remedy:
      'The upstream refused the key that Prism is configured with; check OPENAI_API_KEY on the server.',
  },
  upstream_unreachable: {
    type: 'server_error',
    httpStatus: 502,
    remedy:
      "Prism could not connect to the upstream; check the upstream's URL and the network of the server.",
  },
  upstream_refused: {
    type: 'server_error',
    httpStatus: 502,
    remedy: 'The upstream refused the session; the message has its answer.',
  },
  upstream_lost: {
    type: 'server_error',
    httpStatus: 502,
    remedy: 'The connection to the upstream ended in the middle of the session; start a new one.',
  },
} as const satisfies Record<string, ErrorCatalogueEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** An error on its way to a client: a catalogue code and a message that names the concrete fault. */
export interface PrismErrorInfo {
  readonly code: ErrorCode;
  /** What is wrong with this request; holds no secrets and nothing a person said. */
  readonly message: string;
  /** The field at fault, in dots and brackets. */
  readonly param?: string | undefined;
  /** Seconds after which it may be tried again, for `Retry-After`. */
  readonly retryAfterS?: number | undefined;
}

/** OpenAI's error body, as sent over HTTP. */
export interface ErrorBody {
  readonly error: {
    readonly type: string;
    readonly code: string;
    readonly message: string;
    readonly param: string | null;
  };
}

/** Builds the HTTP error body of an error. The remedy follows the message, so that nobody has to look it up. */
export function errorBody(info: PrismErrorInfo): ErrorBody {
  const entry = ERROR_CATALOGUE[info.code];
  return {
    error: {
      type: entry.type,
      code: info.code,
      message: `${info.message} ${entry.remedy}`,
      param: info.param ?? null,
    },
  };
}

/** Seconds after which a server without room may be asked again, if nothing more is known. */
const RETRY_AFTER_S = 5;

/** What `Retry-After` says with this error; undefined if asking again doesn't help. */
export function retryAfterSOf({ code, retryAfterS }: PrismErrorInfo): number | undefined {
  const { httpStatus } = ERROR_CATALOGUE[code];
  return httpStatus === 429 || httpStatus === 503 ? (retryAfterS ?? RETRY_AFTER_S) : undefined;
}
