import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';

/** A TCP port that nobody uses right now. */
export async function freeTcpPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('The socket has no port.');
  return address.port;
}

/** A port that nobody uses right now, neither over UDP nor over TCP: media takes both. */
export async function freeMediaPort(): Promise<number> {
  for (;;) {
    const port = await freeTcpPort();
    if (await isFreeUdpPort(port)) return port;
  }
}

async function isFreeMediaPort(port: number): Promise<boolean> {
  const server = createServer();
  const isFree = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => resolve(true));
  });
  if (isFree) await new Promise((resolve) => server.close(resolve));
  return isFree && isFreeUdpPort(port);
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

/** A port for HTTP and another one for media. Taken one after the other they might be the same. */
export async function freePorts(): Promise<{ readonly port: number; readonly mediaPort: number }> {
  const mediaPort = await freeMediaPort();
  for (;;) {
    const port = await freeTcpPort();
    if (port !== mediaPort) return { port, mediaPort };
  }
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
  for (;;) {
    const { port, mediaPort } = await freePorts();
    const mediaPorts = Array.from({ length: workerCount }, (_, index) => mediaPort + index);
    if (mediaPorts.includes(port)) continue;
    const isFree = await Promise.all(mediaPorts.map(async (each) => isFreeMediaPort(each)));
    if (isFree.every(Boolean))
      return { PRISM_PORT: String(port), PRISM_MEDIA_PORT: String(mediaPort) };
  }
}
