import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { after, afterEach, before, suite, test } from 'node:test';
import { eventually } from '../harness/eventually.ts';
import type { FakeUpstream } from '../harness/fake-upstream.ts';
import { checkFor } from '../harness/front-bench.ts';
import { ImpairmentProxy } from '../harness/network/impairment-proxy.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../harness/prism-on-fake-upstream.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { tone } from '../harness/tone.ts';

const FLOOD_COUNT = 20_000;
const HELLO_COUNT = 1_000;
/** Floods behind the first; the least of what they add counts. */
const FURTHER_FLOOD_COUNT = 3;
const GROWTH_BYTES_MAX = 8 * 1024 * 1024;

/** A DTLS 1.2 record with the beginning of a ClientHello (RFC 6347). */
const CLIENT_HELLO = Buffer.concat([
  Buffer.from('16fefd000000000000000000360100002a000000000000002afefd', 'hex'),
  Buffer.alloc(36, 7),
]);

suite('hostile traffic', () => {
  let upstream: FakeUpstream;
  let server: PrismOnFakeUpstream;
  const clients: RtcClient[] = [];

  before(async () => {
    server = await startPrismOnFakeUpstream();
    ({ upstream } = server);
  });
  after(() => server.close());
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await eventually('end of all calls', () => server.liveCalls() === 0);
  });

  /** A whole call: connects, is heard upstream, hears an answer of 600 ms in full. */
  async function assertCallWorks(): Promise<void> {
    const known = upstream.sessions.length;
    const client = await RtcClient.connect(server.url);
    clients.push(client);
    const session = await eventually('upstream session', () => upstream.sessions[known]);
    await eventually('session.created', () => client.eventOf('session.created'));
    session.answer(tone(600));
    await client.speak(tone(200));
    await eventually('the end of the answer', () => client.eventOf('output_audio_buffer.stopped'));
    assert.ok(client.heardRms.filter((rms) => rms > 1_000).length >= 29);
    assert.ok(session.appendedSamples >= 24 * 160);
  }

  async function openSocket(): Promise<Socket> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return socket;
  }

  test('[HOS1] [HOS2] calls connect and sound right under floods from strangers, who get nothing', async () => {
    await assertCallWorks();
    const { port } = server.prism.info().media;
    const stranger = await openSocket();
    let answers = 0;
    stranger.on('message', () => {
      answers += 1;
    });
    const send = async (bytes: Uint8Array): Promise<void> =>
      new Promise((resolve) => stranger.send(bytes, port, '127.0.0.1', () => resolve()));
    const unknown = { ufrag: 'nobodyhere', pwd: 'nobodys password is this' };
    const flood = async (): Promise<void> => {
      for (let index = 0; index < FLOOD_COUNT; index += 1) {
        if (index % 3 === 0) await send(randomBytes(index % 600));
        else if (index % 3 === 1) await send(checkFor(unknown));
        else await send(CLIENT_HELLO);
      }
      for (let index = 0; index < HELLO_COUNT; index += 1) {
        const socket = await openSocket();
        socket.on('message', () => {
          answers += 1;
        });
        await new Promise<void>((resolve) =>
          socket.send(CLIENT_HELLO, port, '127.0.0.1', () => resolve()),
        );
        socket.close();
      }
    };
    const firstFlood = flood();
    await assertCallWorks();
    await firstFlood;
    // What the heap grows to is decided by when it is collected; what is kept of strangers comes with every flood.
    const growthsBytes: number[] = [];
    while (growthsBytes.length < FURTHER_FLOOD_COUNT) {
      const rssBefore = process.memoryUsage().rss;
      const further = flood();
      await assertCallWorks();
      await further;
      growthsBytes.push(process.memoryUsage().rss - rssBefore);
    }
    await assertCallWorks();
    assert.equal(answers, 0);
    const grownBytes = Math.min(...growthsBytes);
    assert.ok(grownBytes < GROWTH_BYTES_MAX, `${Math.round(grownBytes / 2 ** 20)} MiB more`);
    stranger.close();
  });

  test('[HOS3] injected and repeated media is not heard', async () => {
    const known = upstream.sessions.length;
    const { port } = server.prism.info().media;
    const captured: Buffer[] = [];
    const proxy = await ImpairmentProxy.open((way, bytes) => {
      if (way === 'up' && (bytes[0] ?? 0) >>> 6 === 2) captured.push(Buffer.from(bytes));
    });
    const client = await RtcClient.connect(
      server.url,
      {},
      { editAnswer: (sdp) => proxy.rewriteAnswer(sdp) },
    );
    const session = await eventually('upstream session', () => upstream.sessions[known]);
    await eventually('session.created', () => client.eventOf('session.created'));
    await client.speak(tone(400));
    await eventually('its voice upstream', () => session.appendedSamples >= 24 * 380);
    const heardSamples = session.appendedSamples;
    const attacker = await openSocket();
    for (const packet of captured) {
      const forged = Buffer.from(packet);
      forged.writeUInt16BE((forged.readUInt16BE(2) + 40) & 0xffff, 2);
      attacker.send(packet, port, '127.0.0.1');
      attacker.send(forged, port, '127.0.0.1');
    }
    await client.speak(tone(200));
    await eventually('its voice again', () => session.appendedSamples >= heardSamples + 24 * 180);
    assert.ok(session.appendedSamples <= heardSamples + 24 * 220);
    session.answer(tone(300));
    await eventually('the answer', () => client.eventOf('output_audio_buffer.stopped'));
    await fetch(`${server.url}/v1/realtime/calls/${client.callId}/hangup`, { method: 'POST' });
    attacker.close();
    client.close();
    proxy.close();
  });

  test('[HOS4] tortured offers are refused or answered, and the next call works', async () => {
    const good = await RtcClient.makeOffer();
    const audio = /m=audio[\s\S]*?(?=m=application)/.exec(good)?.[0] ?? '';
    const offers: readonly string[] = [
      good + audio.repeat(1_000),
      good.replace('a=mid:0', `a=${'x'.repeat(50_000)}\r\na=mid:0`),
      good + audio,
      good.replace(/^a=ice-ufrag:.*\r\n/gm, ''),
      good.replace(/^a=ice-pwd:.*$/gm, 'a=ice-pwd:'),
      good.replace(/^c=IN IP4 .*$/gm, 'c=IN IP6 ::'),
      good.replace('a=mid:0', 'a=mid:0\r\na=candidate:1 1 udp 1 3b1c.local 9 typ host'),
      good.replace('a=mid:0', 'a=mid:0\r\na=candidate:1 1 udp 1 2001:db8::1 9 typ host'),
      good.replace('m=audio 9', 'm=audio 0').replace('a=mid:0', 'a=mid:0\r\na=bundle-only'),
      good.replace(/^a=fingerprint:.*$/gm, 'a=fingerprint:sha-256 zz'),
      good.replace(/^a=setup:.*$/gm, 'a=setup:holdconn'),
      good.replace('v=0', 'v=0\r\na=ice-lite'),
      good.replaceAll('\r\n', '\n\n'),
      good.replace(/^a=mid:1$/m, 'a=mid:0'),
    ];
    for (const body of offers) {
      const response = await fetch(`${server.url}/v1/realtime/calls`, {
        method: 'POST',
        headers: { 'content-type': 'application/sdp' },
        body,
      });
      assert.ok(
        [201, 400, 413].includes(response.status),
        `${response.status}: ${body.slice(0, 80)}`,
      );
      const location = response.headers.get('location');
      if (location !== null) await fetch(`${server.url}${location}/hangup`, { method: 'POST' });
    }
    await eventually('end of all calls', () => server.liveCalls() === 0);
    await assertCallWorks();
  });
});
