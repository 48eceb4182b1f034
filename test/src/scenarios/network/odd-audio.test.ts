import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { MediaStats } from '@prism/core';
import { RTP_HEADER_BYTES } from '@prism/protocol';
import { eventually } from '../../harness/eventually.ts';
import type { FakeUpstream } from '../../harness/fake-upstream.ts';
import { type Heard, hear, joinPcm } from '../../harness/network/coded-ear.ts';
import {
  FRAME_SAMPLES,
  type MicrophonePlan,
  SILENT_FRAMES,
} from '../../harness/network/coded-microphone.ts';
import { ImpairedCall } from '../../harness/network/impaired-call.ts';
import {
  type PrismOnFakeUpstream,
  startPrismOnFakeUpstream,
} from '../../harness/prism-on-fake-upstream.ts';

/** Frames said by each microphone: three seconds, whole packets of any length. */
const FRAME_COUNT = 150;

/** Every so manieth packet is no Opus in the call that sends some. */
const MALFORMED_EVERY = 50;

const NEW_SSRC = 777;
const SSRC_CHANGES_AT = 80;

const MICROPHONES = {
  'packets of 10 ms': { packetMs: 10 },
  'packets of 20 ms': {},
  'packets of 40 ms': { packetMs: 40 },
  'packets of 60 ms': { packetMs: 60 },
  'packets of 120 ms': { packetMs: 120 },
  stereo: { channelCount: 2 },
  'in-band FEC': { hasFec: true },
  'discontinuous transmission': { hasDtx: true, edit: withoutSilence },
  'malformed packets': { edit: malformed },
  'a new SSRC': { edit: withNewSsrc },
  'a sequence number that wraps': { firstSequenceNumber: 65_500 },
} satisfies Record<string, Partial<MicrophonePlan>>;

/** A packet of DTX has one or two bytes, and then nothing is sent (RFC 7587, section 3.1.3). */
function withoutSilence(packet: Uint8Array): Uint8Array | undefined {
  return packet.length <= RTP_HEADER_BYTES + 2 ? undefined : packet;
}

/** Five frames of 120 ms together, which no packet may have (RFC 6716, section 3.4, R5). */
function malformed(packet: Uint8Array, index: number): Uint8Array {
  if (index % MALFORMED_EVERY !== MALFORMED_EVERY - 1) return packet;
  const broken = packet.slice(0, RTP_HEADER_BYTES + 4);
  broken.set([0x1b, 0x3f, 1, 2], RTP_HEADER_BYTES);
  return broken;
}

function withNewSsrc(packet: Uint8Array, index: number): Uint8Array {
  if (index < SSRC_CHANGES_AT) return packet;
  const changed = packet.slice();
  new DataView(changed.buffer).setUint32(8, NEW_SSRC);
  return changed;
}

interface Outcome {
  readonly heard: Heard;
  readonly appendedSamples: number;
  readonly sentCount: number;
  readonly counted: MediaStats;
  /** The call was there to the end, and an answer came through it afterwards. */
  readonly answeredCount: number;
}

suite('microphones of every kind', () => {
  let upstream: FakeUpstream;
  let server: PrismOnFakeUpstream;
  const outcomes = new Map<string, Outcome>();

  before(async () => {
    server = await startPrismOnFakeUpstream();
    ({ upstream } = server);
    const calls: (readonly [name: string, plan: Partial<MicrophonePlan>, call: ImpairedCall])[] =
      [];
    for (const [name, plan] of Object.entries(MICROPHONES)) {
      calls.push([name, plan, await ImpairedCall.connect(server, upstream)]);
    }
    await Promise.all(
      calls.map(async ([name, plan, call]) => outcomes.set(name, await conversation(call, plan))),
    );
  });

  after(() => server.close());

  async function conversation(call: ImpairedCall, plan: Partial<MicrophonePlan>): Promise<Outcome> {
    const { sentCount } = await call.speak({ frameCount: FRAME_COUNT, ...plan });
    const saidSamples = (FRAME_COUNT + SILENT_FRAMES) * FRAME_SAMPLES;
    await eventually('all that was said', () => call.session.appendedSamples >= saidSamples);
    await call.answer(20);
    const answeredCount = hear(call.ear.sound(), 20).frames.length;
    const counted = await call.end();
    assert.ok(counted);
    const heard = hear(joinPcm(call.session.appended), FRAME_COUNT);
    const { appendedSamples } = call.session;
    return { heard, appendedSamples, sentCount, counted, answeredCount };
  }

  function outcomeOf(name: keyof typeof MICROPHONES): Outcome {
    const outcome = outcomes.get(name);
    assert.ok(outcome, name);
    return outcome;
  }

  const WHOLE = [
    'packets of 10 ms',
    'packets of 20 ms',
    'packets of 40 ms',
    'packets of 60 ms',
    'packets of 120 ms',
    'stereo',
    'in-band FEC',
    'a sequence number that wraps',
  ] as const;

  for (const name of WHOLE) {
    test(`[NET6] ${name}: every frame arrives at its place, and nothing is concealed`, () => {
      const { heard, counted } = outcomeOf(name);
      assert.equal(heard.inPlaceCount, FRAME_COUNT);
      assert.equal(heard.repeatedCount, 0);
      assert.equal(counted.inbound.concealedSamples, 0);
    });
  }

  test('[NET6] discontinuous transmission: the silence is there, as long as it was', () => {
    const outcome = outcomeOf('discontinuous transmission');
    const { heard, counted, appendedSamples, sentCount } = outcome;
    assert.ok(sentCount < FRAME_COUNT + 2 * SILENT_FRAMES, `${sentCount} packets sent`);
    assert.equal(heard.inPlaceCount, FRAME_COUNT);
    assert.equal(counted.inbound.concealedSamples, 0);
    assert.ok(appendedSamples >= (FRAME_COUNT + SILENT_FRAMES) * FRAME_SAMPLES);
  });

  test('[NET7] each malformed packet costs its own frame, and no other', () => {
    const { heard } = outcomeOf('malformed packets');
    const broken = Array.from({ length: FRAME_COUNT }, (_, frame) => frame).filter(
      (frame) => (frame + SILENT_FRAMES) % MALFORMED_EVERY === MALFORMED_EVERY - 1,
    );
    const missing = Array.from({ length: FRAME_COUNT }, (_, frame) => frame).filter(
      (frame) => !heard.frames.includes(frame),
    );
    assert.ok(broken.length > 0);
    assert.deepEqual(
      missing.filter((frame) => !broken.includes(frame)),
      [],
    );
  });

  test('[NET8] a stream that goes on under another SSRC goes on', () => {
    const { heard } = outcomeOf('a new SSRC');
    assert.ok(heard.frames.length >= FRAME_COUNT - 1, `${heard.frames.length} heard`);
    assert.equal(heard.disorderedCount, 0);
  });

  test('[NET6] [NET7] [NET8] after any of them the call goes on: an answer is heard', () => {
    for (const [name, { answeredCount }] of outcomes) assert.equal(answeredCount, 20, name);
  });
});
