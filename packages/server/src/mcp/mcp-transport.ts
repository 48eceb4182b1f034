import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';

/** Largest message of a server; a larger one ends the connection. */
const MESSAGE_BYTES_MAX = 8 * 1024 * 1024;

/** A child process that speaks on its standard streams. */
export interface ChildServer {
  readonly command: string;
  readonly args: readonly string[];
  /** What it finds in its environment besides PATH, HOME, USER, LOGNAME, SHELL and TERM. */
  readonly env: Readonly<Record<string, string>>;
  /** What it writes to standard error, as it comes. */
  readonly said: (text: string) => void;
}

/** Starts the server as a child, which ends with the connection. Nothing is run through a shell. */
export function childTransport({ command, args, env, said }: ChildServer): Transport {
  const transport = new StdioClientTransport({
    command,
    args: [...args],
    env: { ...env },
    stderr: 'pipe',
    maxBufferSize: MESSAGE_BYTES_MAX,
  });
  transport.stderr?.on('data', (chunk: Buffer) => said(chunk.toString()));
  return transport;
}

/** Streamable HTTP (MCP 2025-06-18, Transports). Redirects are not followed: a token is for its URL and no other. */
export function httpTransport(url: string, bearerToken: string | undefined): Transport {
  const headers: Record<string, string> =
    bearerToken === undefined ? {} : { authorization: `Bearer ${bearerToken}` };
  return new StreamableHTTPClientTransport(new URL(url), {
    requestInit: { headers },
    fetch: (target, init) => fetch(target, { ...init, redirect: 'error' }),
  });
}
