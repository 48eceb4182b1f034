import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERROR_CATALOGUE, errorBody, type PrismErrorInfo, retryAfterSOf } from '@prism/protocol';

/** Answers an upgrade with HTTP instead: the same error body as any request gets. */
export function refuseUpgrade(stream: Duplex, info: PrismErrorInfo, requestId: string): void {
  const { httpStatus } = ERROR_CATALOGUE[info.code];
  const retryAfterS = retryAfterSOf(info);
  const body = JSON.stringify(errorBody(info));
  const head = [
    `HTTP/1.1 ${httpStatus} ${STATUS_CODES[httpStatus] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...(retryAfterS === undefined ? [] : [`Retry-After: ${retryAfterS}`]),
  ];
  stream.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
