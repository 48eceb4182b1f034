import type { IncomingMessage, ServerResponse } from 'node:http';
import { schemaError } from '../wire/schema-error.ts';
import type { SessionObject } from '../wire/session-object.ts';
import type { WireError } from '../wire/wire-error.ts';
import { type ClientSecretRequest, clientSecretRequestSchema } from './client-secrets.ts';
import { type HttpError, httpError, httpErrorBody, originRefused } from './http-error.ts';
import { requestUrl } from './request-url.ts';

/** The largest body of a request; a larger one is refused with 413. */
const BODY_BYTES_MAX = 1024 * 1024;

/** What answers `POST /v1/realtime/client_secrets`. */
export interface ClientSecretService {
  mint(request: ClientSecretRequest):
    | {
        readonly ok: true;
        readonly value: string;
        readonly expiresAtS: number;
        readonly session: SessionObject;
      }
    | { readonly ok: false; readonly error: WireError };
}

interface HttpExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly secrets: ClientSecretService;
  /** Whether the request brought the server's own key. */
  readonly isKeyed: boolean;
  /** Whether the page that it comes from may ask; true for anything that is no page. */
  readonly isFromAllowedOrigin: boolean;
}

/** Answers the engine's HTTP requests: `POST /v1/realtime/client_secrets`, and an error for all others. */
export function answerHttp(exchange: HttpExchange): void {
  const { request, response, isKeyed, isFromAllowedOrigin } = exchange;
  const path = requestUrl(request).pathname;
  if (request.method !== 'POST' || path !== '/v1/realtime/client_secrets') {
    const message = `Unknown URL: ${request.method ?? 'GET'} ${path}.`;
    sendError(response, httpError(404, 'unknown_url', { message }));
    return;
  }
  if (!isFromAllowedOrigin) {
    sendError(response, originRefused());
    return;
  }
  if (!isKeyed) {
    const message = 'Incorrect API key provided.';
    sendError(response, httpError(401, 'invalid_api_key', { message }));
    return;
  }
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  request.on('data', (chunk: Buffer) => {
    sizeBytes += chunk.length;
    if (sizeBytes <= BODY_BYTES_MAX) {
      chunks.push(chunk);
    }
  });
  request.on('end', () => {
    if (sizeBytes > BODY_BYTES_MAX) {
      const message = `A request body may have ${BODY_BYTES_MAX} bytes.`;
      sendError(response, httpError(413, 'request_too_large', { message }));
      return;
    }
    mint(exchange, Buffer.concat(chunks).toString('utf8'));
  });
}

function mint({ response, secrets }: HttpExchange, body: string): void {
  let root: unknown;
  try {
    root = body === '' ? {} : JSON.parse(body);
  } catch {
    // What exactly isn't JSON is the client's to find: its text may be private.
    const message = 'The request body is not valid JSON.';
    sendError(response, httpError(400, 'invalid_json', { message }));
    return;
  }
  const read = clientSecretRequestSchema.safeParse(root);
  const minted = read.success
    ? secrets.mint(read.data)
    : { ok: false as const, error: schemaError(root, read.error) };
  if (!minted.ok) {
    const { code, message, param } = minted.error;
    sendError(response, httpError(400, code, { message, param }));
    return;
  }
  const { value, expiresAtS, session } = minted;
  sendJson(response, 200, JSON.stringify({ value, expires_at: expiresAtS, session }));
}

function sendError(response: ServerResponse, error: HttpError): void {
  sendJson(response, error.status, httpErrorBody(error));
}

function sendJson(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(body);
}
