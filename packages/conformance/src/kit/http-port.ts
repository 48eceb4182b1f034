/** A request below the base URL of a server. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** Below `/v1`, such as `/realtime/client_secrets`. */
  readonly path: string;
  /** The key that is presented; the kit's by default, `null` for none. */
  readonly key?: string | null;
  readonly contentType?: string;
  readonly body?: string;
}

/** What came of a request. */
export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as JSON; `null` if it is none. */
  readonly json: unknown;
  readonly text: string;
}

/** How the kit asks over HTTP. Rejects where nobody answers. */
export interface HttpPort {
  request(request: HttpRequest): Promise<HttpAnswer>;
}

/** HTTP by Node's own client. Redirects are not followed: a key would go with them. */
export class FetchHttp implements HttpPort {
  readonly #options: {
    readonly baseUrl: string;
    readonly key: string | undefined;
    readonly timeoutMs: number;
  };

  constructor(options: {
    /** The address that paths stand below, such as `http://127.0.0.1:8081/v1`. */
    readonly baseUrl: string;
    readonly key: string | undefined;
    readonly timeoutMs: number;
  }) {
    this.#options = options;
  }

  async request(request: HttpRequest): Promise<HttpAnswer> {
    const { baseUrl, timeoutMs } = this.#options;
    const key = request.key === undefined ? this.#options.key : request.key;
    const headers: Record<string, string> = {};
    if (key !== undefined && key !== null) headers['authorization'] = `Bearer ${key}`;
    if (request.contentType !== undefined) headers['content-type'] = request.contentType;
    const response = await fetch(`${baseUrl}${request.path}`, {
      method: request.method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const text = await response.text();
    return { status: response.status, headers: headersOf(response), json: parsed(text), text };
  }
}

function headersOf(response: Response): Record<string, string> {
  return Object.fromEntries([...response.headers.entries()]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
