import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock } from '@prism/core';
import type { Attempt, HttpAnswer, HttpQuestion } from '../environment.ts';
import { outcomeOf, refused } from './attempt.ts';

/** Longest part of an answer that is read. */
const BODY_BYTES_MAX = 64 * 1024;

/** Asks once, follows no redirect and reuses no connection. */
export function askHttp(
  { url, method, headers, body }: HttpQuestion,
  signal: AbortSignal,
  clock: Clock,
): Promise<Attempt<HttpAnswer>> {
  return outcomeOf(signal, (settle) => {
    const startMs = clock.nowMs();
    const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, {
      method,
      headers: { 'user-agent': 'prism-doctor', ...headers },
      agent: false,
    });
    const answer = (
      response: {
        readonly statusCode?: number | undefined;
        readonly headers: NodeJS.Dict<string | string[]>;
      },
      text: string,
    ): void => {
      settle({
        isOk: true,
        value: {
          status: response.statusCode ?? 0,
          headers: flat(response.headers),
          body: text,
          tookMs: clock.nowMs() - startMs,
        },
      });
    };
    request.on('error', (error) => settle(refused(error)));
    request.on('upgrade', (response, socket) => {
      answer(response, '');
      socket.destroy();
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let sizeBytes = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        sizeBytes += chunk.length;
        if (sizeBytes >= BODY_BYTES_MAX) response.destroy();
      });
      response.on('error', (error) => settle(refused(error)));
      response.on('close', () => answer(response, Buffer.concat(chunks).toString('utf8')));
    });
    request.end(body);
    return () => request.destroy();
  });
}

function flat(headers: NodeJS.Dict<string | string[]>): Readonly<Record<string, string>> {
  const pairs = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : (value ?? ''),
  ]);
  return Object.fromEntries(pairs) as Record<string, string>;
}
