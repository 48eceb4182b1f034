import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';

/** A span as OTLP's JSON has it (opentelemetry-proto, trace.proto). */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  /** Whether its parent is of another process, by its flags. */
  readonly hasRemoteParent: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly events: readonly string[];
  /** 0 unset, 2 error. */
  readonly status: number;
}

interface WireAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface WireSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly flags: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly WireAttribute[];
  readonly events: readonly { readonly name: string }[];
  readonly status?: { readonly code?: number };
}

interface WireBody {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly WireAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly WireSpan[] }[];
  }[];
}

/** A stand-in for an OpenTelemetry collector: takes OTLP over HTTP as JSON, and reads it strictly. */
export class TraceCollector {
  readonly url: string;
  readonly spans: CollectedSpan[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  /** Of all requests: what the sender says of itself. */
  readonly resources: Readonly<Record<string, unknown>>[] = [];
  /** The bodies as they came. */
  readonly texts: string[] = [];
  readonly #server: Server;

  private constructor(url: string, server: Server) {
    this.url = url;
    this.#server = server;
  }

  static async start(): Promise<TraceCollector> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('There is no port.');
    const collector = new TraceCollector(`http://127.0.0.1:${address.port}`, server);
    server.on('request', (request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      request.on('end', () => {
        const isTraces = request.method === 'POST' && request.url === '/v1/traces';
        const isJson = request.headers['content-type'] === 'application/json';
        if (!isTraces || !isJson) return response.writeHead(404).end();
        collector.headers.push(request.headers);
        collector.#take(text);
        return response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
      });
    });
    return collector;
  }

  /** The spans right below one. */
  childrenOf(span: CollectedSpan): readonly CollectedSpan[] {
    return this.spans.filter(({ parentSpanId }) => parentSpanId === span.spanId);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(text: string): void {
    this.texts.push(text);
    const { resourceSpans } = JSON.parse(text) as WireBody;
    for (const { resource, scopeSpans } of resourceSpans) {
      this.resources.push(valuesOf(resource.attributes));
      this.spans.push(...scopeSpans.flatMap(({ spans }) => spans.map(readSpan)));
    }
  }
}

function readSpan(span: WireSpan): CollectedSpan {
  const { traceId, spanId, parentSpanId, name, kind } = span;
  for (const [id, pattern] of [
    [traceId, /^[0-9a-f]{32}$/],
    [spanId, /^[0-9a-f]{16}$/],
    [parentSpanId ?? '0123456789abcdef', /^[0-9a-f]{16}$/],
  ] as const)
    if (!pattern.test(id)) throw new Error(`'${id}' is no id.`);
  const startMs = Number(BigInt(span.startTimeUnixNano) / 1_000n) / 1_000;
  const endMs = Number(BigInt(span.endTimeUnixNano) / 1_000n) / 1_000;
  if (endMs < startMs) throw new Error(`${name} ends before it begins.`);
  return {
    ...{ traceId, spanId, parentSpanId, name, kind, startMs, endMs },
    hasRemoteParent: (span.flags & 0x200) !== 0,
    attributes: valuesOf(span.attributes),
    events: span.events.map((event) => event.name),
    status: span.status?.code ?? 0,
  };
}

function valuesOf(attributes: readonly WireAttribute[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, valueOf(value)]));
}

/** 64-bit numbers are strings in JSON (Protobuf's JSON mapping). */
function valueOf(value: WireAttribute['value']): unknown {
  const { intValue } = value;
  if (intValue === undefined) return Object.values(value)[0];
  if (typeof intValue !== 'string' || !/^-?\d+$/.test(intValue))
    throw new Error(`${JSON.stringify(intValue)} is no 64-bit number in JSON.`);
  return Number(intValue);
}
