import assert from 'node:assert/strict';
import test from 'node:test';
import { PrismClientError } from '../client-error.ts';
import { FakePage, settle } from '../testing/fake-page.ts';
import { begin, connect, PRISM_URL } from '../testing/page-session.ts';

test('[CLI10] close hangs up once and frees everything', async () => {
  const page = new FakePage();
  const closed: unknown[] = [];
  const session = await connect(
    page,
    { token: 'ek_1' },
    { onClosed: (error) => closed.push(error) },
  );
  session.close();
  session.close();
  assert.deepEqual(page.hangUps, [`${PRISM_URL}/v1/realtime/calls/rtc_abc/hangup`]);
  const hangUp = page.requests.at(-1)?.init;
  assert.equal(hangUp?.keepalive, true);
  assert.deepEqual(hangUp.headers, { Authorization: 'Bearer ek_1' });
  assert.deepEqual(closed, [undefined]);
  assert.equal(session.status.phase, 'closed');
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI10] close silences the call at once and lets the server know before the peer goes', async () => {
  const page = new FakePage();
  let answerNow: (response: Response) => void = () => undefined;
  page.hangUpAnswer = () =>
    new Promise((resolve) => {
      answerNow = resolve;
    });
  const session = await connect(page);
  session.close();
  await settle();
  assert.equal(page.call.isStopped, true);
  assert.equal(page.call.isClosed, false);
  answerNow(new Response(null));
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI10] a server that does not answer the hang-up holds the connection for a second', async () => {
  const page = new FakePage();
  page.hangUpAnswer = () => new Promise(() => undefined);
  const session = await connect(page);
  session.close();
  await settle();
  page.advance(999);
  assert.equal(page.call.isClosed, false);
  page.advance(1);
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI10] a hang-up that fails closes the connection all the same', async () => {
  const page = new FakePage();
  page.hangUpAnswer = () => Promise.reject(new TypeError('Failed to fetch'));
  const session = await connect(page);
  session.close();
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI10] nothing is heard after the end', async () => {
  const page = new FakePage();
  const heard: string[] = [];
  const session = await connect(page, {}, { onClosed: () => heard.push('closed') });
  session.close();
  page.call.sink.onEnded('network', new PrismClientError('ice_failed'));
  page.call.sink.onEnded('closed', new PrismClientError('connection_closed'));
  page.call.sink.onLive('webrtc');
  assert.deepEqual(heard, ['closed']);
  assert.equal(session.status.phase, 'closed');
  assert.equal(await session.statistics(), undefined);
});

test('[CLI10] a page that goes away hangs up', async () => {
  const page = new FakePage();
  await connect(page);
  for (const listener of page.pageHideListeners) listener();
  assert.equal(page.hangUps.length, 1);
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI11] a call that the server closes ends with its last error and no hang-up', async () => {
  const page = new FakePage();
  const closed: (PrismClientError | undefined)[] = [];
  const session = await connect(page, {}, { onClosed: (error) => closed.push(error) });
  page.call.receive({
    type: 'error',
    error: { type: 'server_error', code: 'server_draining', message: 'Going down.' },
  });
  assert.equal(session.status.phase, 'live');
  page.call.sink.onEnded('closed', new PrismClientError('connection_closed'));
  assert.equal(closed[0]?.code, 'connection_closed');
  assert.equal(closed[0].serverCode, 'server_draining');
  assert.deepEqual(page.hangUps, []);
  assert.deepEqual(await page.leftovers(), []);
});

test('[CLI11] an error of long ago does not explain the end of the call', async () => {
  const page = new FakePage();
  const closed: (PrismClientError | undefined)[] = [];
  await connect(page, {}, { onClosed: (error) => closed.push(error) });
  page.call.receive({ type: 'error', error: { code: 'invalid_value', message: 'Old.' } });
  page.advance(2001);
  page.call.sink.onEnded('closed', new PrismClientError('connection_closed'));
  assert.equal(closed[0]?.code, 'connection_closed');
  assert.equal(closed[0].serverCode, undefined);
});

for (const [how, end] of [
  [
    'the channel closes',
    (page: FakePage) => page.call.sink.onEnded('closed', new PrismClientError('connection_closed')),
  ],
  [
    'the connection fails',
    (page: FakePage) => page.call.sink.onEnded('network', new PrismClientError('ice_failed')),
  ],
] as const)
  test(`[CLI11] an error explains the end of a call that never became live, however late ${how}`, async () => {
    const page = new FakePage();
    const connecting = begin(page);
    await settle();
    page.call.receive({ type: 'error', error: { code: 'upstream_lost', message: 'Gone.' } });
    page.advance(5_000);
    end(page);
    await assert.rejects(connecting, { code: 'connection_closed', serverCode: 'upstream_lost' });
    assert.deepEqual(await page.leftovers(), []);
  });

test('[CLI12] a lost path is unstable, then live again', async () => {
  const page = new FakePage();
  const session = await connect(page);
  page.call.sink.onUnstable();
  assert.equal(session.status.phase, 'unstable');
  page.call.sink.onLive('webrtc');
  assert.equal(session.status.phase, 'live');
});

test('[CLI12] a path that is lost for good ends with connection_lost', async () => {
  const page = new FakePage();
  const closed: (PrismClientError | undefined)[] = [];
  await connect(page, {}, { onClosed: (error) => closed.push(error) });
  page.call.sink.onUnstable();
  page.call.sink.onEnded('network', new PrismClientError('ice_failed'));
  assert.equal(closed[0]?.code, 'connection_lost');
  assert.deepEqual(await page.leftovers(), []);
});
