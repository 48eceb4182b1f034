import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { eventually } from '../../harness/eventually.ts';
import type { FakeUpstream } from '../../harness/fake-upstream.ts';
import { hear } from '../../harness/network/coded-ear.ts';
import { ImpairedCall } from '../../harness/network/impaired-call.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../../harness/prism-on-fake-upstream.ts';

/** Six seconds each way. */
const FRAME_COUNT = 300;

/** Packets of the answer that are heard before anything happens. */
const BEFORE_COUNT = 50;

/** Packets of the client that the dark swallows: two seconds' worth. */
const DARK_COUNT = 100;

/** Packets in a second and a half. */
const GAP_PACKETS_MAX = 75;

suite('clients whose network goes away for a while', () => {
  let upstream: FakeUpstream;
  let server: PrismOnFakeUpstream;

  before(async () => {
    server = await startPrismOnFakeUpstream();
    ({ upstream } = server);
  });

  after(() => server.close());

  test('[NET9] two seconds without a network cost those seconds, and no session', async () => {
    const call = await ImpairedCall.connect(server, upstream);
    const { proxy, ear, client } = call;
    const speech = call.speak({ frameCount: FRAME_COUNT });
    const answer = call.answer(FRAME_COUNT);
    await eventually('the beginning of the answer', () => ear.packets.length >= BEFORE_COUNT);
    const spoken = proxy.ledger('up').count('rtp');
    proxy.blackout(true);
    await eventually('the dark', () => proxy.ledger('up').count('rtp') >= spoken + DARK_COUNT);
    proxy.blackout(false);
    await Promise.all([speech, answer]);
    const [lostUp] = proxy.ledger('up').streams();
    const [lostDown] = proxy.ledger('down').streams();
    assert.ok(lostUp !== undefined && lostUp.lostOffsets.length >= DARK_COUNT);
    assert.ok(lostDown !== undefined && lostDown.lostOffsets.length > 0);
    const heardCount = hear(ear.sound(), FRAME_COUNT).frames.length;
    assert.ok(
      heardCount >= FRAME_COUNT - lostDown.lostOffsets.length - 1,
      `${heardCount} heard, ${lostDown.lostOffsets.length} lost`,
    );
    assert.equal(upstream.sessions.length, 1);
    assert.equal(client.eventTypes().includes('error'), false);
    assert.ok(await call.end());
  });

  test('[NET10] a client whose address changes amid an answer keeps its session and hears the rest', async () => {
    const known = upstream.sessions.length;
    const call = await ImpairedCall.connect(server, upstream);
    const { proxy, ear, client } = call;
    const speech = call.speak({ frameCount: FRAME_COUNT });
    const answer = call.answer(FRAME_COUNT);
    await eventually('the beginning of the answer', () => ear.packets.length >= BEFORE_COUNT);
    await proxy.rebind();
    await Promise.all([speech, answer]);
    const heardCount = hear(ear.sound(), FRAME_COUNT).frames.length;
    // Packets lost until Prism knew the new address: less than a second and a half.
    assert.ok(heardCount >= FRAME_COUNT - GAP_PACKETS_MAX, `${heardCount} heard`);
    assert.equal(upstream.sessions.length, known + 1);
    assert.equal(client.eventTypes().includes('error'), false);
    assert.ok(await call.end());
  });
});
