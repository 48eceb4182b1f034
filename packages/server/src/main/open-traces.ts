import type { Settings } from '../config/settings.ts';
import type { Logger } from '../observability/logger.ts';
import type { OpenTraces } from '../observability/traces/open-traces.ts';
import { readTraceHeaders } from '../observability/traces/trace-headers.ts';
import { systemClock } from '../runtime/system-clock.ts';
import type { UpstreamChoice, UpstreamKindName } from './choose-upstream.ts';

/** What those who watch are made of. */
export interface ObservabilityParts {
  readonly logger: Logger;
  readonly version: string;
  readonly choice: UpstreamChoice;
}

/** As `gen_ai.provider.name` has the well-known ones. */
const PROVIDERS: Readonly<Record<UpstreamKindName, string>> = {
  openai: 'openai',
  azure: 'azure.ai.openai',
  engine: 'prism',
  realtime: 'custom',
};

/** Begins to send traces to the collector of the settings; without one nothing of OpenTelemetry is loaded. */
export async function startTraces(
  settings: Settings,
  { logger, version, choice }: ObservabilityParts,
): Promise<OpenTraces | undefined> {
  const { tracesEndpoint: endpoint, tracesServiceName: serviceName } = settings;
  if (endpoint === undefined) return undefined;
  const { openTraces } = await import('../observability/traces/open-traces.ts');
  return openTraces({
    endpoint,
    headers: readTraceHeaders(settings.tracesHeaders?.reveal()),
    serviceName,
    version,
    clock: systemClock,
    upstream: {
      provider: PROVIDERS[choice.kind],
      defaultModel: choice.model,
      ...serverOf(choice),
    },
    failed: (error) => logger.warn({ err: error }, 'spans were lost'),
  });
}

function serverOf({ server }: UpstreamChoice): {
  readonly serverAddress: string | undefined;
  readonly serverPort: number | undefined;
} {
  if (server === undefined) return { serverAddress: undefined, serverPort: undefined };
  const { hostname, port, protocol } = new URL(server.baseUrl);
  const isTls = protocol === 'https:' || protocol === 'wss:';
  return { serverAddress: hostname, serverPort: port === '' ? (isTls ? 443 : 80) : Number(port) };
}
