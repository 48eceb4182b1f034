import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { suite, test } from 'node:test';
import { systemClock } from '../runtime/system-clock.ts';
import { probePort } from './port-probe.ts';

suite('a probe of the media port', () => {
  test('[HLT2] a port that counts datagrams passes, one where none comes in is told', async () => {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    let datagramsUnknown = 0;
    socket.on('message', () => (datagramsUnknown += 1));
    const { port: mediaPort } = socket.address();
    const of = (seen: () => number): Promise<string | undefined> =>
      probePort({
        clock: systemClock,
        mediaPort,
        bindAddress: undefined,
        counters: () => ({
          datagramsUnknown: seen(),
          checksUnknown: 0,
          checksRefused: 0,
          tcpConnectionsRefused: 0,
          tcpConnectionsExpired: 0,
        }),
      });
    assert.equal(await of(() => datagramsUnknown), undefined);
    assert.match((await of(() => 0)) ?? '', /^no datagram comes in on 127\.0\.0\.1 port \d+$/);
    socket.close();
  });
});
