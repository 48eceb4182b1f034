import type { BrowserEnvironment } from './browser-environment.ts';
import { type CallEndpoint, fetchAuthorized } from './call.ts';

/**
 * Asks Prism for the STUN and TURN servers of this client (`GET /v1/realtime/ice-servers`). Never rejects: without
 * them a call may still connect, and if it doesn't, that is the error to tell.
 */
export async function fetchIceServers(
  environment: Pick<BrowserEnvironment, 'fetch'>,
  endpoint: CallEndpoint,
  signal: AbortSignal,
): Promise<RTCIceServer[]> {
  try {
    const response = await fetchAuthorized(environment, endpoint, {
      url: `${endpoint.url.replace(/\/+$/u, '')}/v1/realtime/ice-servers`,
      signal,
    });
    if (!response.ok) return [];
    const body = JSON.parse(await response.text()) as { readonly ice_servers?: unknown } | null;
    const servers: unknown = body?.ice_servers;
    return Array.isArray(servers) ? servers.filter(isIceServer) : [];
  } catch {
    return [];
  }
}

function isIceServer(value: unknown): value is RTCIceServer {
  return typeof value === 'object' && value !== null && 'urls' in value;
}
