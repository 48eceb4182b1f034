import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { SocketClient } from '../testing-doubles/socket-client.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from './create-simulator.ts';
import { SimulatorScriptError } from './simulate-call.ts';

const open: Simulator[] = [];

after(async () => {
  await Promise.all(open.map((simulator) => simulator.close()));
});

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await createSimulator(options);
  open.push(simulator);
  return simulator;
}

function dial(
  { url }: Simulator,
  how: { readonly sim?: string; readonly query?: string; readonly headers?: object } = {},
): SocketClient {
  const query = how.query === undefined ? '' : `&sim=${encodeURIComponent(how.query)}`;
  const headers = { ...how.headers, ...(how.sim === undefined ? {} : { 'x-prism-sim': how.sim }) };
  const target = `${url.replace('http', 'ws')}/realtime?model=sim-model${query}`;
  return new SocketClient(target, { ws: { headers } });
}

async function transcriptOf(client: SocketClient): Promise<unknown> {
  await client.next('session.created');
  client.send({ type: 'response.create' });
  const done = await client.next('response.output_audio_transcript.done');
  client.close();
  return done['transcript'];
}

const QUICK = { timing: { first_audio_ms: 0, audio_ms: 100 } };

test('[SIM3] a connection chooses its script by header, by query or by name; else it is the option', async () => {
  const simulator = await start({
    script: { ...QUICK, answers: [{ text: 'by option' }] },
    scripts: { polite: { ...QUICK, answers: [{ text: 'by name' }] } },
  });
  const inline = (text: string): string =>
    `{timing: {first_audio_ms: 0, audio_ms: 100}, answers: [{text: ${text}}]}`;
  assert.equal(await transcriptOf(dial(simulator)), 'by option');
  assert.equal(await transcriptOf(dial(simulator, { sim: 'polite' })), 'by name');
  assert.equal(await transcriptOf(dial(simulator, { sim: inline('by header') })), 'by header');
  assert.equal(await transcriptOf(dial(simulator, { query: inline('by query') })), 'by query');
  assert.equal(
    await transcriptOf(dial(simulator, { sim: inline('by header'), query: inline('by query') })),
    'by header',
  );
  assert.equal(simulator.describe().openedCount, 5);
});

test('[SIM3] a script with a mistake is refused: at the start, or with 400 at the handshake', async () => {
  await assert.rejects(createSimulator({ script: '{answers: [{txt: x}]}' }), SimulatorScriptError);
  const ended = await dial(await start(), { sim: '{sed: 1}' }).ended;
  assert.ok(ended.type === 'refused' && ended.status === 400);
  assert.match(ended.body, /invalid_simulator_script/);
  assert.match(ended.body, /'sed'/);
});

test('[SIM10] a handshake is refused with the status, the code and the headers of the script', async () => {
  const simulator = await start({
    script: {
      faults: [
        {
          at: { type: 'connect' },
          do: {
            type: 'refuse',
            status: 429,
            code: 'rate_limited',
            headers: { 'retry-after': '2' },
          },
        },
      ],
    },
  });
  const client = dial(simulator);
  const retryAfter = new Promise((resolve) => {
    client.socket.on('unexpected-response', (_request, response) => {
      resolve(response.headers['retry-after']);
    });
  });
  const ended = await client.ended;
  assert.ok(ended.type === 'refused' && ended.status === 429);
  assert.match(ended.body, /rate_limited/);
  assert.equal(await retryAfter, '2');
  assert.deepEqual(simulator.describe().faultCounts, { refuse: 1 });
  assert.equal(simulator.describe().openedCount, 0);
});

test('[SIM10] an ignored handshake is left open until the simulator closes', async () => {
  const simulator = await start({
    script: { faults: [{ at: { type: 'connect' }, do: { type: 'ignore_handshake' } }] },
  });
  const socket: Socket = connect(simulator.port, '127.0.0.1');
  const closed = new Promise<number>((resolve) => {
    let receivedBytes = 0;
    socket.on('data', (chunk) => {
      receivedBytes += chunk.length;
    });
    socket.on('close', () => resolve(receivedBytes));
  });
  socket.write(
    [
      'GET /v1/realtime?model=m HTTP/1.1',
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      '',
      '',
    ].join('\r\n'),
  );
  // A second connection's answer shows that the first one's was due long ago.
  const second = dial(simulator, { sim: '{}' });
  await second.next('session.created');
  assert.deepEqual(simulator.describe().faultCounts, { ignore_handshake: 1 });
  await simulator.close();
  assert.equal(await closed, 0);
});

test('[SIM11] a close by the script, a dropped connection and an hour cut short reach the client', async () => {
  const simulator = await start();
  const endOf = (fault: string): SocketClient['ended'] =>
    dial(simulator, {
      sim: `{faults: [{at: {type: sends, event: session.created}, do: ${fault}}]}`,
    }).ended;
  assert.deepEqual(await endOf('{type: close, code: 1012, reason: restart}'), {
    type: 'closed',
    code: 1012,
    reason: 'restart',
  });
  assert.deepEqual(await endOf('{type: terminate}'), { type: 'closed', code: 1006, reason: '' });
  const expired = dial(simulator, { sim: '{session_ms: 1}' });
  assert.equal(
    ((await expired.next('error'))['error'] as { code: string }).code,
    'session_expired',
  );
  const ended = await expired.ended;
  assert.ok(ended.type === 'closed' && ended.code === 1001);
});

test('[SIM11] a hanging session answers pings, a half-open one does not', async () => {
  const simulator = await start();
  const openWith = async (fault: string): Promise<SocketClient> => {
    const client = dial(simulator, {
      sim: `{faults: [{at: {type: connect}, do: [{type: error, code: now}, {type: ${fault}}]}]}`,
    });
    await client.next('error');
    return client;
  };
  const hanging = await openWith('hang');
  const halfOpen = await openWith('half_open');
  const pongs: string[] = [];
  halfOpen.socket.on('pong', () => pongs.push('half_open'));
  halfOpen.socket.ping();
  await new Promise<void>((resolve) => {
    hanging.socket.on('pong', () => resolve());
    hanging.socket.ping();
  });
  // One more round trip on a third connection: had the half-open one answered, it would be here.
  await transcriptOf(dial(simulator, { sim: '{timing: {first_audio_ms: 0}}' }));
  assert.deepEqual(pongs, []);
  assert.equal(hanging.events.length, 1);
});

test('[SIM16] sessions that end are forgotten, and closing closes the rest with 1001', async () => {
  const simulator = await start({ script: QUICK });
  const first = dial(simulator);
  await transcriptOf(first);
  await first.ended;
  const rest = [dial(simulator), dial(simulator)];
  await Promise.all(rest.map((client) => client.next('session.created')));
  assert.equal(simulator.describe().sessions.length, simulator.describe().sessionCount);
  assert.equal(simulator.describe().brokenSessionCount, 0);
  await Promise.all([simulator.close(), simulator.close()]);
  const ends = await Promise.all(rest.map(({ ended }) => ended));
  assert.ok(ends.every((end) => end.type === 'closed' && end.code === 1001));
  assert.equal(simulator.describe().sessionCount, 0);
  assert.deepEqual(simulator.describe().sessions, []);
});

test('[SIM17] keys, ephemeral keys and transcription sessions work as at the engine', async () => {
  const simulator = await start({ apiKeys: ['sk-sim'] });
  const refused = dial(simulator);
  const ended = await refused.ended;
  assert.ok(ended.type === 'closed' && ended.code === 3000);
  const response = await fetch(`${simulator.url}/realtime/client_secrets`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-sim', 'content-type': 'application/json' },
    body: JSON.stringify({ session: { type: 'transcription' } }),
  });
  const { value } = (await response.json()) as { value: string };
  const client = dial(simulator, { headers: { authorization: `Bearer ${value}` } });
  const created = await client.next('session.created');
  assert.equal((created['session'] as { type: string }).type, 'transcription');
});
