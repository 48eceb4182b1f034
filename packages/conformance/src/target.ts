/** Where a server is: its WebSocket, and what HTTP paths stand below. */
export interface Target {
  /** `ws:` or `wss:` address of the Realtime endpoint, without query. */
  readonly realtimeUrl: string;
  /** `http:` or `https:` address that `/realtime/client_secrets` stands below, without slash at the end. */
  readonly baseUrl: string;
  /** The model that the address names, if it does. */
  readonly model: string | undefined;
}

export type TargetResult =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly reason: string };

const SCHEMES: Readonly<Record<string, { readonly http: string; readonly socket: string }>> = {
  'http:': { http: 'http:', socket: 'ws:' },
  'ws:': { http: 'http:', socket: 'ws:' },
  'https:': { http: 'https:', socket: 'wss:' },
  'wss:': { http: 'https:', socket: 'wss:' },
};

/**
 * Reads the address of a server as people write it: the base URL that official clients take (`https://host/v1`), the
 * address of the WebSocket (`wss://host/v1/realtime?model=…`), or the host alone.
 */
export function readTarget(text: string): TargetResult {
  if (!URL.canParse(text)) {
    return {
      ok: false,
      reason: `'${text}' is no address; give one such as http://127.0.0.1:8081/v1`,
    };
  }
  const url = new URL(text);
  const schemes = SCHEMES[url.protocol];
  if (schemes === undefined) {
    return {
      ok: false,
      reason: `'${url.protocol}' is no scheme of a Realtime server; use http(s) or ws(s)`,
    };
  }
  if (url.username !== '' || url.password !== '') {
    return { ok: false, reason: 'the address holds a password; give the key with --key' };
  }
  const path = url.pathname.replace(/\/+$/, '');
  const basePath = path === '' ? '/v1' : path.replace(/\/realtime$/, '');
  return {
    ok: true,
    target: {
      realtimeUrl: `${schemes.socket}//${url.host}${basePath}/realtime`,
      baseUrl: `${schemes.http}//${url.host}${basePath}`,
      model: url.searchParams.get('model') ?? undefined,
    },
  };
}
