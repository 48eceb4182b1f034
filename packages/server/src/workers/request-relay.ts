import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';

/** Tells a worker whose request it is that another one hands on. Never believed of anything that comes from outside. */
const CLIENT_HEADER = 'x-prism-worker-client';

/** Headers of one connection alone (RFC 9110, section 7.6.1), and what a relay says anew. */
const OWN_HEADERS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'expect',
  'transfer-encoding',
  CLIENT_HEADER,
]);

/** Hands a request to the worker that listens at `socketPath`, and its answer back as it comes. */
export function relayRequest(
  request: IncomingMessage,
  response: ServerResponse,
  { socketPath, failed }: { readonly socketPath: string; readonly failed: () => void },
): void {
  const outgoing = httpRequest({
    socketPath,
    method: request.method,
    path: request.url,
    headers: headersFor(request),
    agent: false,
  });
  outgoing.on('response', (answer) => {
    const headers = endToEnd(answer.rawHeaders);
    response.writeHead(answer.statusCode ?? 502, answer.statusMessage, headers);
    pipeline(answer, response, () => undefined);
  });
  outgoing.on('error', () => {
    if (response.headersSent) response.destroy();
    else failed();
  });
  response.on('close', () => outgoing.destroy());
  request.pipe(outgoing);
}

/** Hands a WebSocket to the worker that listens at `socketPath`: from here on bytes go both ways as they come. */
export function relayUpgrade(
  request: IncomingMessage,
  stream: Duplex,
  {
    head,
    socketPath,
    failed,
  }: { readonly head: Buffer; readonly socketPath: string; readonly failed: () => void },
): void {
  const other: Socket = connect(socketPath);
  let isConnected = false;
  other.on('connect', () => {
    isConnected = true;
    other.write(requestHeadOf(request));
    other.write(head);
    stream.pipe(other);
    other.pipe(stream);
  });
  other.on('error', () => {
    if (isConnected) stream.destroy();
    else failed();
  });
  other.on('close', () => {
    if (isConnected) stream.destroy();
  });
  stream.on('close', () => other.destroy());
}

function requestHeadOf(request: IncomingMessage): string {
  const { rawHeaders } = request;
  const lines = [`${request.method} ${request.url} HTTP/1.1`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.toLowerCase() !== CLIENT_HEADER) lines.push(`${name}: ${rawHeaders[at + 1]}`);
  }
  lines.push(`${CLIENT_HEADER}: ${clientOf(request)}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function headersFor(request: IncomingMessage): string[] {
  const headers = endToEnd(request.rawHeaders);
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
  if (coding !== undefined) headers.push('Transfer-Encoding', coding);
  // Without a length a POST would be sent in chunks.
  else if (length === undefined && request.method !== 'GET' && request.method !== 'HEAD')
    headers.push('Content-Length', '0');
  headers.push(CLIENT_HEADER, clientOf(request), 'Connection', 'close');
  return headers;
}

function endToEnd(rawHeaders: readonly string[]): string[] {
  const headers: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (!OWN_HEADERS.has(name.toLowerCase())) headers.push(name, rawHeaders[at + 1] ?? '');
  }
  return headers;
}

/** Address and port of the client, and whether it speaks TLS. */
function clientOf({ socket }: IncomingMessage): string {
  const isTls = 'encrypted' in socket && socket.encrypted === true;
  return JSON.stringify([socket.remoteAddress ?? '', socket.remotePort ?? 0, isTls]);
}

/** Makes the socket of a request that another worker has handed on look like its client's. */
export function presentClient(request: IncomingMessage): void {
  const { headers, socket } = request;
  const told = headers[CLIENT_HEADER];
  delete headers[CLIENT_HEADER];
  if (typeof told !== 'string') return;
  const [remoteAddress, remotePort, encrypted] = JSON.parse(told) as [string, number, boolean];
  Object.defineProperties(socket, {
    remoteAddress: { value: remoteAddress === '' ? undefined : remoteAddress },
    remotePort: { value: remotePort },
    encrypted: { value: encrypted },
  });
}
