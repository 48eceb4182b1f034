import { OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import {
  convertLegacyHttpOptions,
  createOtlpHttpExportDelegate,
} from '@opentelemetry/otlp-exporter-base/node-http';
import { attributesJson } from './span-json.ts';

/** How long a collector may take; spans wait meanwhile. */
const EXPORT_TIMEOUT_MS = 5_000;

export interface OtlpSenderOptions {
  /** Base URL of the collector; `/v1/traces` is added (OTLP, endpoint URLs for OTLP/HTTP). */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serviceName: string;
  readonly version: string;
}

/** Sends spans by OTLP over HTTP, as JSON. */
export interface OtlpSender {
  /**
   * Sends spans, each as `spanJson` writes it, in UTF-8. Rejects if the collector didn't take them after the exporter's
   * own attempts.
   */
  send(spans: readonly Uint8Array[]): Promise<void>;
  close(): Promise<void>;
}

export function createOtlpSender(options: OtlpSenderOptions): OtlpSender {
  const { endpoint, headers, serviceName, version } = options;
  const resource = attributesJson({ 'service.name': serviceName, 'service.version': version });
  const scope = JSON.stringify({ name: 'prism', version });
  const head = Buffer.from(
    `{"resourceSpans":[{"resource":{"attributes":${resource}},"scopeSpans":[{"scope":${scope},"spans":[`,
  );
  const tail = Buffer.from(']}]}]}');
  const config = {
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    headers: { ...headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
  };
  const exporter = new OTLPExporterBase<readonly Uint8Array[]>(
    createOtlpHttpExportDelegate(
      // oxlint-disable-next-line typescript/no-deprecated -- The only reader of OpenTelemetry's environment: TLS, compression.
      convertLegacyHttpOptions(config, 'TRACES', 'v1/traces', {
        'Content-Type': 'application/json',
      }),
      {
        serializeRequest: (spans) => Buffer.concat([head, ...separated(spans), tail]),
        // What a collector says of those it took is nobody's here.
        deserializeResponse: () => ({}),
      },
      'otlp_http_span_exporter',
      // The exporter's own metrics go nowhere.
      { name: 'span', countItems: (spans: readonly Uint8Array[]) => spans.length },
      undefined,
    ),
  );
  return {
    send: (spans) =>
      new Promise((resolve, reject) => {
        exporter.export(spans, ({ error }) => {
          if (error === undefined) resolve();
          else reject(error);
        });
      }),
    close: () => exporter.shutdown(),
  };
}

const COMMA = Buffer.from(',');

function separated(spans: readonly Uint8Array[]): readonly Uint8Array[] {
  return spans.flatMap((span, index) => (index === 0 ? [span] : [COMMA, span]));
}
