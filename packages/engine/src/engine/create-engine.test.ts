import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { closeOpened, codeOf, connect, start } from '../testing-doubles/engine-bench.ts';
import { FakeBrain } from '../testing-doubles/fake-brain.ts';

afterEach(closeOpened);

test('[ENG31] audio goes to the ear, and what the ear hears is answered by the voice', async () => {
  const { engine, ears, voice } = await start();
  const client = connect(engine);
  await client.next('session.created');
  client.send({
    type: 'input_audio_buffer.append',
    audio: Buffer.alloc(48_000).toString('base64'),
  });
  client.send({ type: 'session.update', session: { type: 'realtime' } });
  await client.next('session.updated');
  const [ear] = ears.opened;
  assert.equal(ear?.pushedSamples, 24_000);
  ear.listener.activity(
    0,
    new Float32Array(100).map((_, frame) => (frame < 40 ? 1 : 0)),
  );
  const committed = await client.next('input_audio_buffer.committed');
  assert.deepEqual(ear.ended, [committed['item_id']]);
  ear.listener.final(ear.ended[0] ?? '', {
    text: 'hello',
    isAccepted: true,
    confidenceRatio: 1,
    speechMs: 400,
  });
  const done = await client.next('response.done');
  assert.equal((done['response'] as { status: string }).status, 'completed');
  assert.equal(voice.requests.length, 1);
});

test('[ENG59] a recording in an item is heard by an ear of its own, which is closed then', async () => {
  const { engine, ears } = await start();
  const client = connect(engine);
  await client.next('session.created');
  const content = [{ type: 'input_audio', audio: Buffer.alloc(9_600).toString('base64') }];
  const item = { type: 'message', role: 'user', content };
  client.send({ type: 'conversation.item.create', item });
  client.send({ type: 'response.create' });
  await client.next('response.created');
  const [main, clip] = ears.opened;
  assert.equal(clip?.pushedSamples, 4_800);
  assert.equal(main?.pushedSamples, 0);
  const [utteranceId = ''] = clip.ended;
  clip.listener.final(utteranceId, {
    text: 'hello',
    isAccepted: true,
    confidenceRatio: 1,
    speechMs: 80,
  });
  await client.next('response.done');
  assert.deepEqual([clip.isClosed, main.isClosed], [true, false]);
});

test('[ENG66] a cancelled response stops the voice', async () => {
  const { engine, voice } = await start();
  voice.isPrompt = false;
  const client = connect(engine);
  await client.next('session.created');
  client.send({ type: 'response.create' });
  await client.next('response.content_part.added');
  client.send({ type: 'response.cancel' });
  await client.next('response.done');
  assert.equal(voice.cancelledCount, 1);
  voice.finish();
  client.send({ type: 'response.create' });
  await client.next('response.created', 1);
  assert.equal(client.events.filter(({ type }) => type.endsWith('audio.delta')).length, 0);
});

test('[ENG9] the session ends at its hour with an error and 1001', async () => {
  const { engine, clock } = await start();
  const client = connect(engine);
  await client.next('session.created');
  clock.advance(3_599_999);
  assert.equal(client.events.length, 1);
  clock.advance(1);
  assert.deepEqual(await client.ended, {
    type: 'closed',
    code: 1001,
    reason: 'Your session hit the maximum duration of 60 minutes.',
  });
  assert.equal(codeOf(client.events.at(-1)), 'session_expired');
});

test('[ENG10] one timer per session, and none is left of a session that has ended', async () => {
  const { engine, clock, ears } = await start();
  const clients = [connect(engine), connect(engine)];
  await Promise.all(clients.map((client) => client.next('session.created')));
  assert.equal(clock.armedCount, 2);
  assert.equal(engine.describe().sessions.length, 2);
  for (const client of clients) {
    client.close();
    await client.ended;
  }
  const again = connect(engine);
  await again.next('session.created');
  assert.equal(clock.armedCount, 1);
  assert.equal(engine.describe().sessions.length, 1);
  assert.deepEqual(
    ears.opened.map(({ isClosed }) => isClosed),
    [true, true, false],
  );
});

test('[ENG10] closing the engine closes sessions with 1001, the ears and the voice, once', async () => {
  const { engine, ears, voice, clock } = await start();
  const client = connect(engine);
  await client.next('session.created');
  await Promise.all([engine.close(), engine.close()]);
  const end = await client.ended;
  assert.ok(end.type === 'closed' && end.code === 1001);
  assert.deepEqual([ears.isClosed, voice.isClosed, clock.armedCount], [true, true, 0]);
  await assert.rejects(fetch(engine.url));
});

test('[ENG11] a bug ends its own session with 1011 and no other', async () => {
  const { engine, brain } = await start();
  const [broken, other] = [connect(engine), connect(engine)];
  await Promise.all([broken.next('session.created'), other.next('session.created')]);
  const respond = brain.respond.bind(brain);
  brain.respond = () => {
    throw new Error('a broken invariant');
  };
  broken.send({ type: 'response.create' });
  assert.deepEqual(await broken.ended, { type: 'closed', code: 1011, reason: 'internal_error' });
  brain.respond = respond;
  other.send({ type: 'response.create' });
  await other.next('response.done');
  assert.equal(engine.describe().brokenSessionCount, 1);
});

test('[ENG11] a session that cannot be started is closed with 1011, and the next one starts', async () => {
  const brain = new FakeBrain();
  let isBroken = true;
  const { engine } = await start({
    createBrain: () => {
      if (isBroken) {
        throw new Error('no brain');
      }
      return brain;
    },
  });
  assert.deepEqual(await connect(engine).ended, {
    type: 'closed',
    code: 1011,
    reason: 'internal_error',
  });
  isBroken = false;
  await connect(engine).next('session.created');
  assert.equal(engine.describe().brokenSessionCount, 1);
});

test('[ENG12] without ears and voice a session is text, and says so', async () => {
  const { engine } = await start({ ears: null, voice: null });
  const client = connect(engine);
  const created = await client.next('session.created');
  const session = created['session'] as Record<string, unknown>;
  assert.deepEqual(session['output_modalities'], ['text']);
  assert.match(String(session['instructions']), /only typed text.*answers are text/);
  client.send({ type: 'response.create' });
  const done = await client.next('response.output_text.done');
  assert.equal(done['text'], 'Hello there, friend.');
  const { canHear, canSpeak } = engine.describe();
  assert.deepEqual([canHear, canSpeak], [false, false]);
});
