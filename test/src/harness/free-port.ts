import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/**
 * Where ports are looked for: below those that Linux gives to who asks for any (32768 and up), so that between the look
 * and its use a port is taken by no connection, and by no test's server.
 */
const PORT_MIN = 12_000;
const PORT_MAX = 32_000;
/** Processes that look at the same time begin so far apart, by their ids: no factor of the number of ports. */
const PROCESS_STEP = 97;

let nextPort = PORT_MIN + ((process.pid * PROCESS_STEP) % (PORT_MAX - PORT_MIN));

/** A TCP port that nobody uses right now, and that isn't handed out again soon. */
export async function freeTcpPort(): Promise<number> {
  for (let count = PORT_MIN; count < PORT_MAX; count += 1) {
    const port = nextPort;
    nextPort = port + 1 < PORT_MAX ? port + 1 : PORT_MIN;
    if (await isFreeTcpPort(port)) return port;
  }
  throw new Error(`No TCP port from ${PORT_MIN} to ${PORT_MAX - 1} is free.`);
}

/** A port that nobody uses right now, neither over UDP nor over TCP: media takes both. */
export async function freeMediaPort(): Promise<number> {
  for (;;) {
    const port = await freeTcpPort();
    if (await isFreeUdpPort(port)) return port;
  }
}

async function isFreeTcpPort(port: number): Promise<boolean> {
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (isFree) await new Promise((resolve) => server.close(resolve));
  return isFree;
}

async function isFreeUdpPort(port: number): Promise<boolean> {
  const socket = createSocket('udp4');
  const isFree = await new Promise<boolean>((resolve) => {
    socket.once('error', () => resolve(false));
    socket.bind(port, () => resolve(true));
  });
  await new Promise<void>((resolve) => socket.close(resolve));
  return isFree;
}

/** A port for HTTP and another one for media. */
export async function freePorts(): Promise<{ readonly port: number; readonly mediaPort: number }> {
  return { mediaPort: await freeMediaPort(), port: await freeTcpPort() };
}

/** The same as Prism's environment has them. */
export async function freePortVariables(): Promise<
  Record<'PRISM_PORT' | 'PRISM_MEDIA_PORT', string>
> {
  const { port, mediaPort } = await freePorts();
  return { PRISM_PORT: String(port), PRISM_MEDIA_PORT: String(mediaPort) };
}

/** The same for a server of several workers, whose ports of media come one after the other. */
export async function freeWorkerPortVariables(
  workerCount: number,
): Promise<Record<'PRISM_PORT' | 'PRISM_MEDIA_PORT', string>> {
  const port = await freeTcpPort();
  let mediaPorts: readonly number[] = [];
  while (mediaPorts.length < workerCount) {
    const next = await freeMediaPort();
    mediaPorts = mediaPorts.at(-1) === next - 1 ? [...mediaPorts, next] : [next];
  }
  return { PRISM_PORT: String(port), PRISM_MEDIA_PORT: String(mediaPorts[0]) };
}
