import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { suite, test } from 'node:test';
import { parseStunMessage } from '@prism/protocol';
import { systemClock } from '../../../runtime/system-clock.ts';
import { askRelay, placeOfRelay } from './relay-probe.ts';

const COOKIE = Buffer.from('2112a442', 'hex');
const REALM_AND_NONCE = attribute(0x0014, 'test') + attribute(0x0015, 'once');

/** One attribute in hex, of text whose length is a multiple of four. */
function attribute(type: number, text: string): string {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(text.length, 2);
  return Buffer.concat([head, Buffer.from(text)]).toString('hex');
}

/** An answer to `request`: its type, and attributes in hex. */
function answerTo(request: Buffer, type: number, attributes: string): Buffer {
  const body = Buffer.from(attributes, 'hex');
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(body.length, 2);
  return Buffer.concat([head, COOKIE, request.subarray(8, 20), body]);
}

/** 192.0.2.1 port 32853 as an XOR address (RFC 5769). */
const ADDRESS = '0001a147e112a643';
const ALLOCATED = `00160008${ADDRESS}00200008${ADDRESS}`;

/** What a relay does: asks for authorization, then gives or refuses. Keeps the types of the requests. */
function relay(verdict: (request: Buffer) => Buffer): {
  readonly types: number[];
  readonly answer: (request: Buffer) => Buffer;
} {
  const types: number[] = [];
  return {
    types,
    answer: (request) => {
      types.push(request.readUInt16BE(0));
      const isAuthorized = request.includes(Buffer.from(attribute(0x0014, 'test'), 'hex'));
      return isAuthorized
        ? verdict(request)
        : answerTo(request, 0x0113, `0009000400000401${REALM_AND_NONCE}`);
    },
  };
}

async function askOverUdp(answer: (request: Buffer) => Buffer): ReturnType<typeof askRelay> {
  const server = createSocket('udp4');
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  server.on('message', (request, { port }) => {
    server.send(answer(request), port, '127.0.0.1');
  });
  const { port } = server.address();
  const asked = await askRelay(
    { url: `turn:127.0.0.1:${port}`, username: '1:a', credential: 'secret' },
    new AbortController().signal,
    systemClock,
  );
  server.close();
  await once(server, 'close');
  return asked;
}

suite('asking a relay', () => {
  test('[DOC15] URLs are read with the defaults of their scheme', () => {
    assert.deepEqual(placeOfRelay('turn:turn.example.com'), {
      isTurn: true,
      transport: 'udp',
      host: 'turn.example.com',
      port: 3_478,
    });
    assert.equal(placeOfRelay('turn:a:443?transport=tcp')?.transport, 'tcp');
    assert.deepEqual(
      [placeOfRelay('turns:a')?.transport, placeOfRelay('turns:a')?.port],
      ['tls', 5_349],
    );
    assert.deepEqual(
      [placeOfRelay('stun:[::1]:9')?.host, placeOfRelay('stun:[::1]:9')?.isTurn],
      ['::1', false],
    );
    assert.equal(placeOfRelay('http://a'), undefined);
  });

  test('[DOC15] over UDP: authorization when asked for, then the addresses', async () => {
    const { types, answer } = relay((request) => answerTo(request, 0x0103, ALLOCATED));
    const asked = await askOverUdp(answer);
    assert.ok(asked.isOk, JSON.stringify(asked));
    assert.deepEqual(asked.value.relayed, { address: '192.0.2.1', port: 32_853 });
    assert.deepEqual(asked.value.mapped, { address: '192.0.2.1', port: 32_853 });
    assert.deepEqual(types.slice(0, 2), [0x0003, 0x0003]);
  });

  test('[DOC15] [DOC3] over TCP, framed by itself; the allocation is given back', async () => {
    const { types, answer } = relay((request) => answerTo(request, 0x0103, ALLOCATED));
    const server = createServer((socket) => {
      socket.on('data', (request: Buffer) => {
        const reply = answer(request);
        // In two parts, as streams may bring it.
        socket.write(reply.subarray(0, 7));
        socket.write(reply.subarray(7));
      });
      socket.on('error', () => undefined);
      socket.on('end', () => socket.end());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const asked = await askRelay(
      {
        url: `turn:127.0.0.1:${address.port}?transport=tcp`,
        username: '1:a',
        credential: 'secret',
      },
      new AbortController().signal,
      systemClock,
    );
    assert.ok(asked.isOk, JSON.stringify(asked));
    server.close();
    await once(server, 'close');
    assert.deepEqual(types, [0x0003, 0x0003, 0x0004]);
  });

  test('[DOC15] a wrong secret, a stale nonce and other refusals come with their code', async () => {
    const wrong = relay((request) =>
      answerTo(request, 0x0113, `0009000400000401${REALM_AND_NONCE}`),
    );
    assert.deepEqual(await askOverUdp(wrong.answer), { isOk: false, code: 'STUN 401' });
    assert.equal(wrong.types.length, 2);
    let isStale = true;
    const stale = relay((request) => {
      const reply = isStale
        ? answerTo(request, 0x0113, `0009000400000426${REALM_AND_NONCE}`)
        : answerTo(request, 0x0103, ALLOCATED);
      isStale = false;
      return reply;
    });
    assert.equal((await askOverUdp(stale.answer)).isOk, true);
    const quota = relay((request) => answerTo(request, 0x0113, '0009000400000456'));
    assert.deepEqual(await askOverUdp(quota.answer), { isOk: false, code: 'STUN 486' });
  });

  test('[DOC15] a STUN server is asked for the address alone, again if a request is lost', async () => {
    const server = createSocket('udp4');
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    let count = 0;
    server.on('message', (request, { port }) => {
      count += 1;
      assert.equal(parseStunMessage(request)?.kind, 'request');
      if (count > 1)
        server.send(answerTo(request, 0x0101, `00200008${ADDRESS}`), port, '127.0.0.1');
    });
    const question = {
      url: `stun:127.0.0.1:${server.address().port}`,
      username: undefined,
      credential: undefined,
    };
    const asked = await askRelay(question, new AbortController().signal, systemClock);
    server.close();
    assert.ok(asked.isOk, JSON.stringify(asked));
    assert.deepEqual([asked.value.mapped?.address, asked.value.relayed], ['192.0.2.1', undefined]);
    assert.equal(count, 2);
  });

  test('[DOC2] a relay that is silent is left when the time is up', async () => {
    const server = createSocket('udp4');
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const abort = new AbortController();
    server.on('message', () => abort.abort());
    const question = {
      url: `turn:127.0.0.1:${server.address().port}`,
      username: '1:a',
      credential: 's',
    };
    assert.deepEqual(await askRelay(question, abort.signal, systemClock), {
      isOk: false,
      code: 'silent',
    });
    server.close();
  });
});
