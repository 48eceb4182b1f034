import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERROR_CATALOGUE, errorBody, type PrismErrorInfo } from '@prism/protocol';

/** Seconds after which a server without room may be asked again. */
const RETRY_AFTER_S = 5;

/** Answers an upgrade with HTTP instead: the same error body as any request gets. */
export function refuseUpgrade(stream: Duplex, info: PrismErrorInfo, requestId: string): void {
  const { httpStatus } = ERROR_CATALOGUE[info.code];
  const body = JSON.stringify(errorBody(info));
  const head = [
    `HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...(httpStatus === 503 || httpStatus === 429 ? [`Retry-After: ${RETRY_AFTER_S}`] : []),
  ];
  stream.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
