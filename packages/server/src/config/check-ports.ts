import { isIP } from 'node:net';
import type { Settings } from './settings.ts';

/** The settings that say which TCP ports are opened, and where. */
export type PortSettings = Pick<
  Settings,
  'port' | 'host' | 'mediaPort' | 'mediaBindAddress' | 'usesMediaTcp' | 'workerCount'
>;

const PORT_MAX = 65_535;

/** Why HTTP and media can't have the ports that they are given, in one line with what to do; `undefined` if they can. */
export function portProblem(settings: PortSettings): string | undefined {
  const { port, mediaPort, usesMediaTcp, workerCount } = settings;
  const lastPort = mediaPort + workerCount - 1;
  if (lastPort > PORT_MAX)
    return `PRISM_MEDIA_PORT is ${mediaPort} and PRISM_WORKERS ${workerCount}: there is no port ${lastPort}. Set a lower one.`;
  const isAmong = port >= mediaPort && port <= lastPort;
  if (!isAmong || !usesMediaTcp || !shareAddress(settings)) return undefined;
  if (workerCount > 1)
    return (
      `PRISM_PORT ${port} is among the ports of media, ${mediaPort} to ${lastPort}, one for each worker: ` +
      'set PRISM_PORT or PRISM_MEDIA_PORT to another one.'
    );
  return (
    `PRISM_PORT and PRISM_MEDIA_PORT are both ${port}, and media comes over TCP too: ` +
    'set one of them to another port, or PRISM_MEDIA_TCP=false for media over UDP alone.'
  );
}

/** Two listeners of different addresses may have the same port; a name may stand for any address. */
function shareAddress({ host, mediaBindAddress }: PortSettings): boolean {
  if (mediaBindAddress === undefined || isAny(host) || isAny(mediaBindAddress)) return true;
  if (host === 'localhost')
    return mediaBindAddress.startsWith('127.') || mediaBindAddress === '::1';
  return isIP(host) === 0 || host === mediaBindAddress;
}

function isAny(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}
