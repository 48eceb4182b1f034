import { StartError } from '../start-error.ts';

/** A question to a running Prism. */
export interface Asked {
  readonly url: string;
  readonly path: string;
  readonly method?: 'GET' | 'POST';
  /** The server key; none if undefined. */
  readonly key: string | undefined;
}

/** Asks a running server; answers the JSON. Throws {@link StartError} with what it says is wrong. */
export async function askServer({ url, path, method = 'GET', key }: Asked): Promise<unknown> {
  const response = await fetch(`${url.replace(/\/$/, '')}${path}`, {
    method,
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
  }).catch((cause: unknown) => {
    throw new StartError(`${url} does not answer: ${reasonOf(cause)}.`, { cause });
  });
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body;
  throw new StartError(`${url} answered HTTP ${response.status}: ${messageOf(body)}`);
}

function messageOf(body: unknown): string {
  if (typeof body !== 'object' || body === null || !('error' in body)) return 'no JSON';
  const { error } = body;
  const hasMessage = typeof error === 'object' && error !== null && 'message' in error;
  return hasMessage ? String(error.message) : 'no reason';
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? cause.message : String(error);
}
