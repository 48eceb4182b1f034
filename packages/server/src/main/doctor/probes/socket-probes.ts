import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect as connectTcp, createServer, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Clock } from '@prism/core';
import { TcpPort } from '../../../ice/tcp-port.ts';
import { UdpPort } from '../../../ice/udp-port.ts';
import type { Attempt, MediaPlace, OpenedConnection } from '../environment.ts';
import { outcomeOf, refused } from './attempt.ts';

const DONE: Attempt<undefined> = { isOk: true, value: undefined };

/** Listens as the HTTP server would, and stops at once. */
export async function tryHttpPort({
  port,
  host,
}: {
  readonly port: number;
  readonly host: string;
}): Promise<Attempt<undefined>> {
  const server = createServer();
  try {
    server.listen({ port, host });
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return DONE;
  } catch (error) {
    return refused(error);
  }
}

/** Opens the media port over UDP as a start would, and closes it at once. */
export async function tryMediaUdp({
  port,
  bindAddress,
}: MediaPlace): Promise<Attempt<{ readonly receiveBufferBytes: number }>> {
  try {
    const udp = await UdpPort.open(port, bindAddress, () => undefined);
    const { receiveBufferBytes } = udp;
    await udp.close();
    return { isOk: true, value: { receiveBufferBytes } };
  } catch (error) {
    return refused(error);
  }
}

/** The same over TCP. */
export async function tryMediaTcp(
  { port, bindAddress }: MediaPlace,
  clock: Clock,
): Promise<Attempt<undefined>> {
  try {
    const tcp = await TcpPort.open({
      port,
      bindAddress,
      expectsProxyHeader: false,
      clock,
      receive: () => false,
      closed: () => undefined,
    });
    await tcp.close();
    return DONE;
  } catch (error) {
    return refused(error);
  }
}

/** The system's resolver, hosts file included. It can't be stopped; the caller's time limit goes on without it. */
export async function lookUp(host: string): Promise<Attempt<readonly string[]>> {
  try {
    const found = await lookup(host, { all: true });
    return { isOk: true, value: found.map(({ address }) => address) };
  } catch (error) {
    return refused(error);
  }
}

/** Opens a connection, with TLS if asked for, and closes it. */
export async function openConnection(
  { host, port, isTls }: { readonly host: string; readonly port: number; readonly isTls: boolean },
  signal: AbortSignal,
  clock: Clock,
): Promise<Attempt<OpenedConnection>> {
  return outcomeOf<OpenedConnection>(signal, (settle) => {
    const startMs = clock.nowMs();
    const socket = connectTcp({ host, port });
    socket.on('error', (error) => settle(refused(error)));
    socket.on('connect', () => {
      const connectedMs = clock.nowMs();
      const connectMs = connectedMs - startMs;
      if (!isTls) {
        settle({ isOk: true, value: { connectMs, tlsMs: undefined } });
        return;
      }
      const secured = connectTls({
        socket,
        ...(isIP(host) === 0 ? { servername: host } : { host }),
      });
      secured.on('error', (error) => settle(refused(error)));
      secured.on('secureConnect', () => {
        settle({ isOk: true, value: { connectMs, tlsMs: clock.nowMs() - connectedMs } });
      });
    });
    return () => socket.destroy();
  });
}
