import { after } from '@prism/core';
import { isLoopbackHost } from '../../../auth/origin-rules.ts';
import type { Settings } from '../../../config/settings.ts';
import { type Check, type Finding, fail, ok, skipped, warn } from '../check.ts';
import type { DoctorEnvironment } from '../environment.ts';

/** Packets a second that a talking client sends. */
const PACKETS_PER_SECOND = 50;
/** What Linux reckons for a packet of sound in a socket's buffer, with its own book-keeping. */
const PACKET_BYTES = 1_024;
/** How long what holds the HTTP port may take to show that it is a Prism. */
const GREETING_MS_MAX = 1_500;
/** Pause of the process that loses nothing: longer ones are rare. */
const PAUSE_MS = 100;

export function httpPortCheck(settings: Settings): Check {
  const { port, host } = settings;
  return {
    id: 'http-port',
    name: 'HTTP port',
    limitMs: 5_000,
    run: async (environment, signal) => {
      const trial = await environment.tryHttpPort({ port, host });
      const place = `TCP ${port} on ${host}`;
      if (trial.isOk) {
        const reach = isLoopbackHost(host) ? 'this machine alone' : 'other machines too';
        return ok(`${place} is free; ${reach}`);
      }
      if (trial.code === 'EADDRINUSE' && (await isPrismAt(settings, environment, signal))) {
        const url = urlOf(settings);
        return fail(
          `${place} is taken: a Prism runs there already`,
          `Stop that one, set PRISM_PORT, or check it with prism doctor --url ${url}.`,
        );
      }
      return refusal(trial.code, { place, setting: 'PRISM_PORT', addressSetting: 'PRISM_HOST' });
    },
  };
}

export function mediaUdpCheck({
  mediaPort,
  mediaBindAddress,
  sessionCountMax,
  workerCount,
}: Settings): Check {
  return {
    id: 'media-udp',
    name: 'Media port, UDP',
    limitMs: 5_000,
    run: async ({ tryMediaUdp }) => {
      const { tried, trial } = await tryInTurn({ mediaPort, workerCount }, async (port) =>
        tryMediaUdp({ port, bindAddress: mediaBindAddress }),
      );
      const place = placeOf('UDP', tried, mediaBindAddress);
      if (!trial.isOk) return refusal(trial.code, { place, ...MEDIA_SETTINGS });
      const { receiveBufferBytes } = trial.value;
      const sessionCount = Math.ceil(sessionCountMax / workerCount);
      const packetsPerMs = (sessionCount * PACKETS_PER_SECOND) / 1_000;
      const pauseMs = Math.floor(receiveBufferBytes / PACKET_BYTES / packetsPerMs);
      const figures = { receiveBufferBytes, pauseMs };
      const room = `the kernel keeps ${Math.round(receiveBufferBytes / 1_024)} KiB`;
      if (pauseMs >= PAUSE_MS) return ok(`${place} is free; ${room}`, figures);
      const seen = `${place} is free, but ${room}, ${pauseMs} ms of what ${sessionCount} sessions send`;
      const advice =
        'Let the kernel keep more: sysctl -w net.core.rmem_max=4194304, and the same in /etc/sysctl.d.';
      return warn(seen, advice, figures);
    },
  };
}

export function mediaTcpCheck({
  mediaPort,
  mediaBindAddress,
  usesMediaTcp,
  workerCount,
}: Settings): Check {
  return {
    id: 'media-tcp',
    name: 'Media port, TCP',
    limitMs: 5_000,
    run: async ({ tryMediaTcp }) => {
      if (!usesMediaTcp)
        return skipped('media.tcp is off: clients whose network blocks UDP need a TURN server');
      const { tried, trial } = await tryInTurn({ mediaPort, workerCount }, async (port) =>
        tryMediaTcp({ port, bindAddress: mediaBindAddress }),
      );
      const place = placeOf('TCP', tried, mediaBindAddress);
      return trial.isOk
        ? ok(`${place} is free`)
        : refusal(trial.code, { place, ...MEDIA_SETTINGS });
    },
  };
}

const MEDIA_SETTINGS = {
  setting: 'PRISM_MEDIA_PORT',
  addressSetting: 'PRISM_MEDIA_BIND',
} as const;

/** Tries the port of each worker: all of them, or up to the first that can't be had, which is told alone. */
async function tryInTurn<Tried extends { readonly isOk: boolean }>(
  { mediaPort, workerCount }: { readonly mediaPort: number; readonly workerCount: number },
  tryPort: (port: number) => Promise<Tried>,
): Promise<{ readonly tried: string; readonly trial: Tried }> {
  for (let index = 0; ; index += 1) {
    const port = mediaPort + index;
    const trial = await tryPort(port);
    if (!trial.isOk) return { tried: String(port), trial };
    if (index === workerCount - 1)
      return { tried: index === 0 ? String(port) : `${mediaPort} to ${port}`, trial };
  }
}

function placeOf(protocol: string, ports: string, bindAddress: string | undefined): string {
  return `${protocol} ${ports} on ${bindAddress ?? 'every interface'}`;
}

function refusal(
  code: string,
  {
    place,
    setting,
    addressSetting,
  }: { readonly place: string; readonly setting: string; readonly addressSetting: string },
): Finding {
  if (code === 'EADDRINUSE')
    return fail(
      `${place} is taken by another program`,
      `Stop that program (ss -lptun shows it), or set ${setting}.`,
    );
  if (code === 'EACCES')
    return fail(
      `${place} needs more rights than this user has`,
      `Set ${setting} to a port above 1023, or grant CAP_NET_BIND_SERVICE.`,
    );
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return fail(
      `${place}: this machine has no such address`,
      `Set ${addressSetting} to an address of this machine (ip addr lists them).`,
    );
  return fail(`${place} can't be opened (${code})`, `Check ${setting} and ${addressSetting}.`);
}

async function isPrismAt(
  settings: Settings,
  { clock, request }: DoctorEnvironment,
  signal: AbortSignal,
): Promise<boolean> {
  // Another program may take the request and say nothing.
  const abort = new AbortController();
  const timer = clock.setTimer(after(clock.nowMs(), GREETING_MS_MAX), () => abort.abort());
  const answer = await request(
    { url: `${urlOf(settings)}/readyz`, method: 'GET' },
    AbortSignal.any([signal, abort.signal]),
  );
  timer.cancel();
  return answer.isOk && answer.value.body.includes('"reasons"');
}

function urlOf({ port, host, tlsKeyPath, usesDevelopmentTls }: Settings): string {
  const scheme = tlsKeyPath !== undefined || usesDevelopmentTls ? 'https' : 'http';
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `${scheme}://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
