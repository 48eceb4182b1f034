import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isRtcp } from '@prism/protocol';
import {
  COUNT_LIMITS,
  type CountName,
  type Counts,
  countTable,
} from '../harness/counts/count-limits.ts';
import type { SystemCounts } from '../harness/counts/counted-prism-process.ts';
import { eventually, eventuallyAsync } from '../harness/eventually.ts';
import { FakeUpstream } from '../harness/fake-upstream.ts';
import { RtcClient } from '../harness/rtc-client.ts';
import { SocketClient } from '../harness/socket-client.ts';

const HARNESS = new URL('../harness/counts/', import.meta.url);
const CONSOLE_PATH = new URL('../../../apps/console/dist/', import.meta.url).pathname;
const YOUNG_MB = 64;
const SESSION_COUNT = 8;
const MESSAGE_COUNT = 50;
const SLOT_SAMPLES = 480;

suite('counts that nothing but the code decides', () => {
  const counts: Counts = {};
  let upstream: FakeUpstream;
  let server: ChildProcess;
  let url: string;

  const ask = async (): Promise<SystemCounts> => {
    server.send('counts');
    const [told] = (await once(server, 'message')) as [SystemCounts];
    return told;
  };
  const holds = (...names: readonly CountName[]): void => {
    for (const name of names) {
      const { what, max } = COUNT_LIMITS[name];
      const measured = counts[name];
      assert.ok(measured !== undefined && measured <= max, `${what}: ${measured}, at most ${max}`);
    }
  };

  before(async () => {
    const packets = fork(new URL('packet-counts-process.js', HARNESS), {
      execArgv: [
        '--expose-gc',
        '--single-threaded',
        `--min-semi-space-size=${YOUNG_MB}`,
        `--max-semi-space-size=${YOUNG_MB}`,
      ],
    });
    const [measured] = (await once(packets, 'message')) as [Counts];
    Object.assign(counts, measured);
    upstream = await FakeUpstream.start();
    server = fork(new URL('counted-prism-process.js', HARNESS), [upstream.baseUrl]);
    [{ url }] = (await once(server, 'message')) as [{ url: string }];
  });
  after(async () => {
    server.send('close');
    await once(server, 'exit');
    await upstream.close();
  });

  test('[GTE1] what a packet leaves for the garbage collector', () => {
    holds('heapBytesIn', 'heapBytesOut', 'srtpHeapBytesIn', 'srtpHeapBytesOut');
  });

  test('[GTE2] what a relayed message leaves for it', () => {
    holds('heapBytesRelayedUp', 'heapBytesRelayedDown');
  });

  test('[GTE3] a packet is decoded or encoded once, and sent once', () => {
    holds('decoderCalls', 'encoderCalls', 'stackCalls');
  });

  test('[GTE4] a call that talks has no timer of its own', () => {
    holds('timersPerCall');
  });

  test('[GTE5] a packet is one message to the upstream', () => {
    holds('appendsPerPacket');
  });

  test('[GTE6] a turn takes no messages beyond those of client and upstream, but two', () => {
    holds('turnMessagesUp', 'turnMessagesDown');
  });

  test('[GTE7] no frame leaves after an interruption', () => {
    holds('framesAfterTrigger');
  });

  test('[GTE9] the ledger is written once a second for all sessions', () => {
    holds('ledgerWrites', 'ledgerRows');
  });

  test('[GTE8] a relayed message is written to a socket once', async () => {
    const clients: SocketClient[] = [];
    for (let count = 0; count < SESSION_COUNT; count += 1)
      clients.push(await SocketClient.open(url, '/v1/realtime?model=fake'));
    await eventually('all sessions', () =>
      clients.every((client) => client.eventOf('session.created') !== undefined),
    );
    const earlier = await ask();
    const audio = Buffer.alloc(960).toString('base64');
    for (let count = 1; count <= MESSAGE_COUNT; count += 1) {
      for (const client of clients) client.send({ type: 'input_audio_buffer.append', audio });
      for (const session of upstream.sessions)
        session.send({ type: 'response.output_audio.delta', response_id: 'r', delta: audio });
      // One after the other: what comes together may be written together.
      await eventually(
        'all messages',
        () =>
          clients.every(({ events }) => events.length === count + 1) &&
          upstream.sessions.every(({ appended }) => appended.length === count),
      );
    }
    const { socketWrites } = await ask();
    counts.socketWrites =
      (socketWrites - earlier.socketWrites) / (2 * MESSAGE_COUNT * SESSION_COUNT);
    for (const client of clients) client.socket.close();
    await eventuallyAsync('no call', async () => (await ask()).liveCalls === 0);
    holds('socketWrites');
  });

  test('[GTE11] a media packet out is one datagram, one in is none', async () => {
    upstream.sessions.length = 0;
    const client = await RtcClient.connect(url);
    let heardCount = 0;
    client.packetListener = (bytes) => {
      if (!isRtcp(bytes)) heardCount += 1;
    };
    await eventually('the call', () => client.isChannelOpen);
    const session = await eventually('the upstream', () => upstream.sessions.at(-1));
    const earlier = await ask();
    session.answer(new Int16Array(MESSAGE_COUNT * SLOT_SAMPLES).fill(9_000));
    await client.speak(new Int16Array(MESSAGE_COUNT * SLOT_SAMPLES));
    await eventually('the answer', () => client.eventOf('output_audio_buffer.stopped'));
    await eventually('what was spoken', () => session.appended.length >= MESSAGE_COUNT);
    await eventually('the last packet', () => heardCount >= MESSAGE_COUNT);
    const { mediaDatagrams } = await ask();
    counts.datagramsPerPacket =
      (mediaDatagrams - earlier.mediaDatagrams) / (MESSAGE_COUNT + heardCount);
    client.close();
    await eventuallyAsync('no call', async () => (await ask()).liveCalls === 0);
    holds('datagramsPerPacket');
  });

  test('[GTE10] closed calls leave no socket, timer or other handle', async () => {
    const baseline = (await ask()).handles;
    const clients = await Promise.all(
      Array.from({ length: SESSION_COUNT }, async () =>
        SocketClient.open(url, '/v1/realtime?model=fake'),
      ),
    );
    const call = await RtcClient.connect(url);
    await eventually('the call', () => call.isChannelOpen);
    assert.ok(total((await ask()).handles) > total(baseline) + SESSION_COUNT);
    for (const client of clients) client.socket.close();
    call.close();
    counts.handlesLeft = await eventuallyAsync('the handles before', async () => {
      const { handles, liveCalls } = await ask();
      const left = total(handles) - total(baseline);
      return liveCalls === 0 && left <= 0 ? { left: Math.max(0, left) } : undefined;
    }).then(({ left }) => left);
    holds('handlesLeft');
  });

  test('[GTE12] the playground is small', () => {
    const files = readdirSync(CONSOLE_PATH, { recursive: true, withFileTypes: true });
    counts.consoleBytes = files
      .filter((file) => file.isFile() && /\.(js|css|html)$/.test(file.name))
      .reduce((sum, file) => {
        const bytes = readFileSync(join(file.parentPath, file.name));
        return sum + gzipSync(bytes, { level: 9 }).length;
      }, 0);
    assert.ok(counts.consoleBytes > 0);
    holds('consoleBytes');
  });

  test('[GTE13] every count was taken, and the table tells them', (t) => {
    for (const line of countTable(counts)) t.diagnostic(line);
    assert.deepEqual(
      Object.keys(COUNT_LIMITS).filter((name) => !(name in counts)),
      [],
    );
  });
});

function total(handles: SystemCounts['handles']): number {
  return Object.values(handles).reduce((sum, count) => sum + count, 0);
}
