import { createSocket } from 'node:dgram';
import { after, type Clock } from '@prism/core';
import type { IceFrontCounters } from './media-port.ts';

/** How long a datagram may take on this machine. */
const PROBE_TIMEOUT_MS = 1_000;
/** How often one is sent, since a kernel may drop it. */
const PROBE_INTERVAL_MS = 50;

export interface PortProbeOptions {
  readonly clock: Clock;
  readonly mediaPort: number;
  /** Local address of the port; every interface if undefined. */
  readonly bindAddress: string | undefined;
  readonly counters: () => IceFrontCounters;
}

/** Sends the media port a datagram of nobody's; what is wrong if it doesn't count it. */
export async function probePort(options: PortProbeOptions): Promise<string | undefined> {
  const { clock, mediaPort, bindAddress = '127.0.0.1', counters } = options;
  const address =
    bindAddress === '::' ? '::1' : bindAddress === '0.0.0.0' ? '127.0.0.1' : bindAddress;
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', () => undefined);
  const endMs = after(clock.nowMs(), PROBE_TIMEOUT_MS);
  const before = counters().datagramsUnknown;
  try {
    while (counters().datagramsUnknown === before) {
      if (clock.nowMs() >= endMs) return `no datagram comes in on ${address} port ${mediaPort}`;
      socket.send(new Uint8Array([0xff]), mediaPort, address, () => undefined);
      await new Promise<void>((resolve) => {
        clock.setTimer(after(clock.nowMs(), PROBE_INTERVAL_MS), resolve);
      });
    }
    return undefined;
  } finally {
    socket.close();
  }
}
