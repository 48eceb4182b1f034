import type { IncomingMessage } from 'node:http';

const BASE = 'http://engine';

/** The URL of a request. One that can't be read is the path `/`, which nothing is served at. */
export function requestUrl(request: IncomingMessage): URL {
  const target = request.url ?? '/';
  return new URL(URL.canParse(target, BASE) ? target : '/', BASE);
}
