import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import { CLIENT, checkFor, FrontBench, rtp, told } from '../harness/front-bench.ts';
import { problemWithRawDatagrams, sendFromPortZero } from '../harness/network/raw-datagram.ts';

suite('the media port', () => {
  let bench: FrontBench;

  beforeEach(async () => {
    bench = await FrontBench.start();
  });
  afterEach(async () => {
    await bench.close();
  });

  test('[ICE4] a check with the password is answered, and media passes both ways', async () => {
    const transport = bench.session();
    const client = await bench.udpClient();
    client.send(rtp(1));
    client.send(checkFor(transport.local));
    await eventually('the answer', () => client.received[0]?.readUInt16BE(0) === 0x0101);
    client.send(rtp(2));
    await eventually('media at the peer', () => bench.atPeer[0]?.equals(rtp(2)));
    transport.send(rtp(3));
    await eventually('media at the client', () =>
      client.received.some((bytes) => bytes.equals(rtp(3))),
    );
    assert.equal(bench.atPeer.length, 1, 'media before the check went nowhere');
    assert.equal(transport.describe().path, 'udp');
  });

  test('[ICE4] [HOS1] strangers get no answer: unknown fragment, wrong password, wrong client, garbage', async () => {
    const transport = bench.session();
    const stranger = await bench.udpClient();
    const other = { ufrag: 'nobodyhere', pwd: transport.local.pwd };
    for (let index = 0; index < 200; index += 1) {
      stranger.send(checkFor(other));
      stranger.send(checkFor(transport.local, { pwd: 'wrong' }));
      stranger.send(checkFor(transport.local, { clientUfrag: 'another' }));
      stranger.send(rtp(index));
      stranger.send(Buffer.alloc(index, index));
    }
    await eventually('all of it to be looked at', () => {
      const { checksUnknown, checksRefused, datagramsUnknown } = bench.front.counters();
      return checksUnknown === 200 && checksRefused === 400 && datagramsUnknown >= 399;
    });
    assert.equal(stranger.received.length, 0);
    assert.equal(bench.atPeer.length, 0);
    assert.deepEqual(transport.describe(), {
      path: 'none',
      pathCount: 0,
      pathChanges: 0,
      datagramsDropped: 0,
    });
  });

  test('[ICE6] a TCP connection carries the same, in frames', async () => {
    const transport = bench.session();
    const client = await bench.tcpClient();
    client.send(checkFor(transport.local));
    await eventually('the answer', () => client.received[0]?.[0] === 1);
    client.send(rtp(2));
    await eventually('media at the peer', () => bench.atPeer[0]?.equals(rtp(2)));
    transport.send(rtp(3));
    await eventually('media at the client', () =>
      client.received.some((bytes) => rtp(3).equals(bytes)),
    );
    assert.equal(transport.describe().path, 'tcp');
  });

  test('[TCK6] what wants to run before each packet does, over UDP and TCP', async () => {
    const atPeerBefore: number[] = [];
    const watched: FrontBench = await FrontBench.start({
      beforePacket: () => atPeerBefore.push(watched.atPeer.length),
    });
    try {
      const transport = watched.session();
      for (const client of [await watched.udpClient(), await watched.tcpClient()]) {
        atPeerBefore.length = 0;
        watched.atPeer.length = 0;
        client.send(checkFor(transport.local));
        await eventually('the answer', () => client.received.length > 0);
        for (const index of [1, 2, 3]) client.send(rtp(index));
        await eventually('media at the peer', () => watched.atPeer.length === 3);
        assert.deepEqual(atPeerBefore, [0, 0, 1, 2]);
      }
    } finally {
      await watched.close();
    }
  });

  test('[ICE7] a connection that begins with anything but a live check is closed', async () => {
    const transport = bench.session();
    const beginnings = [
      rtp(1),
      Buffer.from('GET / HTTP/1.1'),
      checkFor({ ufrag: 'nobodyhere', pwd: 'x' }),
      checkFor(transport.local, { pwd: 'wrong' }),
    ];
    for (const beginning of beginnings) {
      const client = await bench.tcpClient();
      client.send(beginning);
      await eventually('the end of the connection', () => client.isClosed);
      assert.equal(client.received.length, 0);
    }
  });

  test('[ICE7] a connection that says nothing is closed after 5 s, one that goes silent after 60 s', async () => {
    const transport = bench.session();
    const mute = await bench.tcpClient();
    const client = await bench.tcpClient();
    client.send(checkFor(transport.local));
    await eventually('the answer', () => client.received.length > 0);
    bench.clock.advance(4_000);
    client.send(rtp(1));
    await eventually('media at the peer', () => bench.atPeer.length > 0);
    bench.clock.advance(2_000);
    await eventually('the end of the mute connection', () => mute.isClosed);
    assert.equal(client.isClosed, false);
    bench.clock.advance(60_000);
    await eventually('the end of the silent connection', () => client.isClosed);
  });

  test('[ICE7] more than 100 connections of one address are closed as they come', async () => {
    const clients = await Promise.all(Array.from({ length: 105 }, async () => bench.tcpClient()));
    await eventually(
      'five to be closed',
      () => clients.filter(({ isClosed }) => isClosed).length === 5,
    );
  });

  test('[ICE8] what a client that does not read has no room for is dropped and counted', async () => {
    const transport = bench.session();
    const client = await bench.tcpClient();
    client.send(checkFor(transport.local));
    await eventually('the answer', () => client.received.length > 0);
    client.socket.pause();
    await eventually('dropped datagrams', () => {
      for (let index = 0; index < 100; index += 1) transport.send(Buffer.alloc(1_200, 0x80));
      return transport.describe().datagramsDropped > 0;
    });
  });

  test('[ICE11] a check from a new address moves media there, the old path lives on', async () => {
    const transport = bench.session();
    const [before, after] = [await bench.udpClient(), await bench.udpClient()];
    before.send(checkFor(transport.local));
    await eventually('the first answer', () => before.received.length === 1);
    after.send(checkFor(transport.local));
    await eventually('the second answer', () => after.received.length === 1);
    await eventually('the move', () => bench.moves === 2);
    assert.deepEqual([bench.reaches, before.checks, after.checks], [1, 0, 1]);
    transport.send(rtp(1));
    await eventually('media at the new address', () =>
      after.received.some((bytes) => bytes.equals(rtp(1))),
    );
    assert.equal(before.received.length, 1);
    assert.equal(transport.describe().pathChanges, 1);
  });

  test('[ICE12] media from a new address is taken when SRTP verifies it, not before', async () => {
    const transport = bench.session((bytes) => !rtp(2).equals(bytes));
    const [before, after] = [await bench.udpClient(), await bench.udpClient()];
    before.send(checkFor(transport.local));
    await eventually('the answer', () => before.received.length === 1);
    before.send(rtp(1));
    await eventually('media at the peer', () => bench.atPeer.length === 1);
    bench.clock.advance(300);
    after.send(rtp(2));
    await eventually('the tried packet', () => bench.atPeer[1]?.equals(rtp(2)));
    transport.send(rtp(90));
    await eventually('media at the old address', () => before.received.length === 2);
    after.send(rtp(3));
    after.send(rtp(4));
    await eventually('the move', () => bench.moves === 2);
    assert.equal(bench.atPeer.length, 4);
    transport.send(rtp(91));
    await eventually('media at the new address', () => after.received[0]?.equals(rtp(91)));
  });

  test('[ICE18] an address that doesn’t answer, or not as the client would, gets answers and one check for each, no media', async () => {
    const transport = bench.session(() => true);
    const [client, victim] = [await bench.udpClient(), await bench.udpClient()];
    client.send(checkFor(transport.local));
    await eventually('the answer', () => client.received.length === 1);
    for (const [round, answersWith] of [undefined, 'another password'].entries()) {
      victim.answersWith = answersWith;
      for (let count = 1; count <= 5; count += 1) {
        bench.clock.advance(100);
        victim.send(checkFor(transport.local, { priority: 9_000 }));
        await eventually('its answer', () => victim.received.length === 5 * round + count);
      }
    }
    await eventually('the checks', () => victim.checks === 10);
    // Media of its call, which whoever holds its keys can send from anywhere.
    victim.send(rtp(1));
    victim.send(rtp(2));
    await eventually('its packets', () => bench.atPeer.length === 2);
    transport.send(rtp(90));
    await eventually('media at the client', () =>
      client.received.some((bytes) => bytes.equals(rtp(90))),
    );
    assert.equal(victim.received.length, 10);
    assert.equal(bench.moves, 1);
    // The same address, when it is the client's.
    victim.answersWith = CLIENT.pwd;
    bench.clock.advance(100);
    victim.send(checkFor(transport.local, { priority: 9_000 }));
    await eventually('the move', () => bench.moves === 2);
  });

  test('[ICE18] a connection that the client has opened has answered by that', async () => {
    const transport = bench.session();
    const [udp, tcp] = [await bench.udpClient(), await bench.tcpClient()];
    udp.send(checkFor(transport.local));
    await eventually('the first answer', () => udp.received.length === 1);
    tcp.send(checkFor(transport.local));
    await eventually('the second answer', () => tcp.received.length === 1);
    assert.equal(bench.moves, 2);
    assert.equal(transport.describe().path, 'tcp');
  });

  test('[ICE12] a stranger who writes the client’s SSRC gets no media when the client goes on', async () => {
    const transport = bench.session((bytes) => bytes[1] === 111);
    const [client, stranger] = [await bench.udpClient(), await bench.udpClient()];
    client.send(checkFor(transport.local));
    client.send(rtp(1));
    await eventually('media at the peer', () => bench.atPeer.length === 1);
    bench.clock.advance(300);
    const forged = rtp(2);
    forged[1] = 112;
    stranger.send(forged);
    await eventually('the forged packet', () => bench.atPeer.length === 2);
    bench.clock.advance(30);
    for (let sequence = 3; sequence < 8; sequence += 1) client.send(rtp(sequence));
    await eventually('what the client says then', () => bench.atPeer.length === 7);
    transport.send(rtp(90));
    await eventually('media at the client', () =>
      client.received.some((bytes) => bytes.equals(rtp(90))),
    );
    assert.equal(stranger.received.length, 0);
    assert.equal(transport.describe().pathChanges, 0);
  });

  test('[ICE12] an SSRC is a client’s by what SRTP verifies, and stays that of the first who has it', async () => {
    const transport = bench.session((bytes) => bytes[1] === 111);
    const other = bench.session((bytes) => bytes[1] === 111);
    const [client, rival, after] = [
      await bench.udpClient(),
      await bench.udpClient(),
      await bench.udpClient(),
    ];
    client.send(checkFor(transport.local));
    client.send(rtp(1));
    await eventually('the client', () => bench.atPeer.length === 1);
    rival.send(checkFor(other.local));
    rival.send(rtp(2));
    await eventually('the rival', () => bench.atPeer.length === 2);
    bench.clock.advance(300);
    after.send(rtp(3));
    after.send(rtp(4));
    await eventually('the client at its new address', () => bench.moves === 3);
    transport.send(rtp(90));
    await eventually('its media there', () => after.received[0]?.equals(rtp(90)));
  });

  test('[ICE16] an address that two sessions have had is whose valid check came last', async () => {
    const [one, two] = [bench.session(), bench.session()];
    const client = await bench.udpClient();
    client.send(checkFor(one.local));
    client.send(checkFor(two.local));
    await eventually('both answers', () => client.received.length === 2);
    client.send(checkFor(one.local));
    await eventually('a third answer', () => client.received.length === 3);
    two.close();
    client.send(rtp(1));
    await eventually('media of the one that is left', () => bench.atPeer.length === 1);
    assert.equal(bench.front.counters().datagramsUnknown, 0);
  });

  test('[ICE17] a check from port 0, which can’t be answered, is dropped and counted', {
    skip: problemWithRawDatagrams() ?? false,
  }, async () => {
    const transport = bench.session();
    await sendFromPortZero(bench.port, checkFor(transport.local));
    await eventually('it to be counted', () => bench.front.counters().datagramsUnknown === 1);
    assert.equal(transport.describe().pathCount, 0);
  });

  test('[ICE13] a client that is silent for 7 s is lost, once, and found when it is heard again', async () => {
    const transport = bench.session();
    const client = await bench.udpClient();
    client.send(checkFor(transport.local));
    await eventually('the answer', () => client.received.length === 1);
    bench.clock.advance(6_000);
    assert.equal(bench.losses, 0);
    bench.clock.advance(2_000);
    assert.equal(bench.losses, 1);
    bench.clock.advance(90_000);
    assert.equal(bench.losses, 1);
    assert.equal(bench.finds, 0);
    client.send(rtp(1));
    await eventually('the client to be found', () => bench.finds === 1);
    bench.clock.advance(8_000);
    assert.equal(bench.losses, 2);
  });

  test('[ICE14] a restart has new credentials; the old ones hold until the new ones are used', async () => {
    const transport = bench.session();
    const old = transport.local;
    const [before, after] = [await bench.udpClient(), await bench.udpClient()];
    before.send(checkFor(old));
    await eventually('the answer', () => before.received.length === 1);
    const fresh = transport.restart({ ...CLIENT, ufrag: 'again', pwd: 'p' });
    after.answersWith = 'p';
    assert.notEqual(fresh.ufrag, old.ufrag);
    before.send(checkFor(old));
    await eventually('an answer to the old ones', () => before.received.length === 2);
    after.send(checkFor(fresh, { clientUfrag: 'again' }));
    await eventually('an answer to the new ones', () => after.received.length === 1);
    before.send(checkFor(old));
    await eventually('the old ones to be void', () => bench.front.counters().checksUnknown === 1);
    await eventually('the move', () => bench.moves === 2);
    transport.send(rtp(1));
    await eventually('media', () => after.received.length === 2);
  });

  test('[ICE4] a session that has ended leaves nothing: its checks are unknown, its connection is closed', async () => {
    const transport = bench.session();
    const client = await bench.tcpClient();
    client.send(checkFor(transport.local));
    await eventually('the answer', () => client.received.length > 0);
    transport.close();
    await eventually('the end of the connection', () => client.isClosed);
    const late = await bench.udpClient();
    late.send(checkFor(transport.local));
    await eventually('an unknown check', () => bench.front.counters().checksUnknown === 1);
  });

  test('[ICE3] [ICE6] the answer tells the bound address over UDP and TCP', async () => {
    const transport = bench.session();
    assert.deepEqual(told(transport.candidates), ['udp 127.0.0.1', 'tcp 127.0.0.1']);
    assert.deepEqual(transport.candidates.destination, { address: '127.0.0.1', port: bench.port });
  });
});
