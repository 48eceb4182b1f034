import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import { checkFor, FrontBench, told } from '../harness/front-bench.ts';

suite('the media port, set otherwise', () => {
  test('[ICE15] without TCP there is neither the port nor a candidate', async () => {
    const bench = await FrontBench.start({ usesTcp: false });
    const transport = bench.session();
    assert.deepEqual(told(transport.candidates), ['udp 127.0.0.1']);
    await assert.rejects(bench.tcpClient(), /ECONNREFUSED/);
    await bench.close();
  });

  test('[ICE9] behind a balancer the client is whom its header names; a connection without one is closed', async () => {
    const bench = await FrontBench.start({ expectsProxyHeader: true });
    const transport = bench.session();
    const bare = await bench.tcpClient();
    bare.send(checkFor(transport.local));
    await eventually('the end of the connection', () => bare.isClosed);
    const client = await bench.tcpClient();
    client.socket.write('PROXY TCP4 203.0.113.7 192.0.2.1 4660 3478\r\n');
    client.send(checkFor(transport.local));
    const answer = await eventually('the answer', () => client.received[0]);
    // XOR-MAPPED-ADDRESS: 4660 and 203.0.113.7, combined with the cookie.
    assert.equal(
      Buffer.from(answer).toString('hex', 20, 32),
      `002000080001${(0x1234 ^ 0x2112).toString(16).padStart(4, '0')}ea12d545`,
    );
    await bench.close();
  });

  test('[ACC6] a PROXY header is believed from trusted proxies alone', async () => {
    for (const isTrusted of [true, false]) {
      const asked: string[] = [];
      const bench = await FrontBench.start({
        expectsProxyHeader: true,
        isBelieved: (address) => {
          asked.push(address);
          return isTrusted;
        },
      });
      const transport = bench.session();
      const client = await bench.tcpClient();
      client.socket.write('PROXY TCP4 203.0.113.7 192.0.2.1 4660 3478\r\n');
      client.send(checkFor(transport.local));
      if (isTrusted) await eventually('the answer', () => client.received[0]);
      else await eventually('the end of the connection', () => client.isClosed);
      assert.equal(client.received.length, isTrusted ? 1 : 0);
      assert.deepEqual(asked, ['127.0.0.1']);
      await bench.close();
    }
  });

  test('[ICE10] every fragment begins with the id of the node and has 48 random bits', async () => {
    const bench = await FrontBench.start({ nodeId: 'eu1' });
    const seen = new Set<string>();
    for (let index = 0; index < 20; index += 1) {
      const transport = bench.session();
      assert.match(transport.local.ufrag, /^eu1[A-Za-z\d+/]{8}$/);
      assert.match(transport.local.pwd, /^[A-Za-z\d+/]{24}$/);
      seen.add(transport.local.ufrag);
      transport.close();
    }
    assert.equal(seen.size, 20);
    await bench.close();
  });
});
