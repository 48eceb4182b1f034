import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount, EARLY_AUDIO_HOLD_MS_MAX } from '@prism/protocol';
import fc from 'fast-check';
import { SAMPLES_PER_MS, SLOT_SAMPLES } from '../audio/pcm.ts';
import { joined, SessionBench, samplesOf, seededNoise, voice } from '../testing/index.ts';

const SIDEBAND = controllerIdFromCount(2);
const PIECE_SAMPLES = samplesOf(1_000);

/** Base64 of samples as they are on the wire. */
function base64Of(pcm: Int16Array): string {
  const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  return btoa(String.fromCharCode(...bytes));
}

/** What a caller says, with a name for every sample: noise alone, or a voice in it. */
function speech(durationMs: number, seed = 5): Int16Array {
  return voice({ durationMs, levelDbfs: -20, seed, pitchHz: 140 });
}

/** Such sound after a codec: a little duller, a little noisy. */
function coded(pcm: Int16Array): Int16Array {
  const noise = seededNoise(9);
  let last = 0;
  return pcm.map((sample) => {
    last += 0.8 * (sample - last);
    return Math.round(last + 60 * noise());
  });
}

/** A call of a client that hands over what was said before. */
class EarlyCall {
  readonly bench: SessionBench;
  readonly said: Int16Array;
  #said = 0;

  constructor(said: Int16Array, isExpected = true) {
    this.said = said;
    this.bench = SessionBench.live({ expectsEarlyAudio: isExpected });
  }

  get appended(): Int16Array {
    return joined(
      this.bench.effects.flatMap((effect) =>
        effect.type === 'upstream.append' ? [effect.pcm] : [],
      ),
    );
  }

  get refusals(): readonly unknown[] {
    return this.bench.toController.map(({ error }) => (error as { param?: unknown }).param);
  }

  /** Live audio of the client from `fromMs` of what it says, in real time. */
  live(fromMs: number, durationMs: number): void {
    if (this.#said === 0) this.#said = samplesOf(fromMs);
    const live = coded(this.said);
    for (let passedMs = 0; passedMs < durationMs; passedMs += 20) {
      this.bench.advance(20);
      const pcm = live.slice(this.#said, this.#said + SLOT_SAMPLES);
      this.#said += pcm.length;
      this.bench.post({ type: 'media.audio', pcm });
    }
  }

  /** Hands over the first `untilMs` of what is said, in pieces. */
  handOver(untilMs: number, isComplete = true): void {
    const pcm = this.said.subarray(0, samplesOf(untilMs));
    for (let at = 0; at < pcm.length; at += PIECE_SAMPLES) {
      const piece = pcm.slice(at, at + PIECE_SAMPLES);
      const complete = isComplete && at + PIECE_SAMPLES >= pcm.length;
      this.bench.client({ type: 'prism.input.early', audio: base64Of(piece), complete });
    }
  }
}

/** Root of the mean square of the difference, against that of what it should be. */
function deviation(heard: Int16Array, said: Int16Array): number {
  let error = 0;
  let power = 0;
  said.forEach((sample, at) => {
    error += (sample - (heard[at] ?? 0)) ** 2;
    power += sample ** 2;
  });
  return Math.sqrt(error / power);
}

suite('what a caller said before the call was live', () => {
  test('[INP4] it goes upstream before live audio, which goes on with the very next sample, whatever their ways took', () => {
    const ms = fc.integer({ min: 20, max: 900 });
    fc.assert(
      fc.property(ms, fc.integer({ min: 0, max: 250 }), fc.nat(50), (overlapMs, lateMs, seed) => {
        const call = new EarlyCall(speech(4_000, seed));
        // RTP flows first, then the channel opens, then the recording ends and is sent, and arrives a little late.
        call.live(1_500 - overlapMs - 300, overlapMs + 300);
        call.live(0, lateMs);
        call.handOver(1_500);
        call.live(0, 500);
        const { appended, said } = call;
        const expectedSamples = samplesOf(1_500 + 20 * Math.ceil(lateMs / 20) + 500);
        const slackSamples = 20 * SAMPLES_PER_MS;
        assert.ok(Math.abs(appended.length - expectedSamples) <= slackSamples);
        assert.ok(deviation(appended, said.subarray(0, appended.length)) < 0.3);
        assert.equal(call.bench.session.describe()['earlyEnd'], 'matched');
      }),
      { seed: 8, numRuns: 40 },
    );
  });

  test('[INP4] where neither tells anything they are joined by when they came', () => {
    const call = new EarlyCall(new Int16Array(samplesOf(4_000)));
    call.live(1_200, 300);
    call.handOver(1_500);
    call.live(0, 500);
    assert.equal(call.appended.length, samplesOf(2_000));
    assert.equal(call.bench.session.describe()['earlyEnd'], 'timed');
  });

  test('[INP4] a call that didn’t announce it, and one after it, pass live audio as it comes', () => {
    const call = new EarlyCall(speech(4_000), false);
    call.live(1_000, 100);
    assert.equal(call.appended.length, samplesOf(100));
    const later = new EarlyCall(speech(4_000));
    later.live(1_200, 320);
    later.handOver(1_500);
    later.live(0, 200);
    const before = later.appended.length;
    later.live(0, 20);
    assert.equal(later.appended.length, before + SLOT_SAMPLES);
  });

  test('[INP5] live audio waits for it no longer than its time, and then nothing of it is lost', () => {
    const call = new EarlyCall(speech(9_000));
    call.live(0, EARLY_AUDIO_HOLD_MS_MAX);
    assert.equal(call.appended.length, 0);
    call.live(0, 40);
    assert.equal(call.appended.length, samplesOf(EARLY_AUDIO_HOLD_MS_MAX + 40));
    assert.equal(call.bench.session.describe()['earlyEnd'], 'missing');
  });

  test('[INP5] a recording whose live audio doesn’t come goes by itself', () => {
    const call = new EarlyCall(speech(4_000));
    call.handOver(1_500);
    call.bench.advance(399);
    assert.equal(call.appended.length, 0);
    call.bench.advance(1);
    assert.deepEqual(call.appended, call.said.slice(0, samplesOf(1_500)));
  });

  test('[INP5] the end of a turn and a client that is lost don’t wait for the join', () => {
    const call = new EarlyCall(speech(4_000));
    call.handOver(1_500);
    call.bench.client({ type: 'input_audio_buffer.commit' });
    assert.equal(call.appended.length, samplesOf(1_500));
    call.bench.advance(200);
    assert.equal(call.bench.effects.at(-1)?.type, 'upstream.send');
    const lost = new EarlyCall(speech(4_000));
    lost.live(1_000, 400);
    lost.bench.post({ type: 'media.lost' });
    assert.equal(lost.appended.length, samplesOf(400 + 2_000));
  });

  test('[INP6] what is too much, misshapen, not announced, not the client’s or too late is refused by name', () => {
    const piece = { type: 'prism.input.early', audio: 'AAA=', complete: false };
    const call = new EarlyCall(speech(11_000));
    call.bench.client({ ...piece, audio: 'AAA' });
    call.bench.client({ ...piece, audio: 'A*A=' });
    call.bench.client({ ...piece, audio: 'AA==' });
    call.bench.client({ ...piece, complete: 'yes' });
    call.bench.client({ ...piece, audio: 'A'.repeat(131_076) });
    call.handOver(11_000, false);
    assert.deepEqual(call.refusals, ['audio', 'audio', 'audio', 'complete', 'audio', 'audio']);
    call.bench.post({ type: 'controller.opened', controllerId: SIDEBAND, role: 'sideband' });
    call.bench.client(piece, SIDEBAND);
    call.bench.client({ ...piece, audio: '', complete: true });
    call.bench.client(piece);
    assert.deepEqual(call.refusals.slice(6), [null, 'type']);
    const plain = new EarlyCall(speech(100), false);
    plain.bench.client(piece);
    assert.deepEqual(plain.refusals, ['type']);
  });

  test('[INP7] it is counted once, and silent where the call is muted', () => {
    const call = new EarlyCall(speech(4_000));
    call.bench.client({ type: 'prism.input.mute', muted: true });
    call.live(1_200, 320);
    call.handOver(1_500);
    call.live(0, 200);
    const { appended } = call;
    assert.ok(appended.length > samplesOf(1_500) && appended.every((sample) => sample === 0));
    const counted = call.bench.session.describe()['inputReceivedMs'];
    assert.equal(counted, appended.length / SAMPLES_PER_MS);
  });

  test('[INP8] a client that goes another way amid it has neither heard there twice', () => {
    const call = new EarlyCall(speech(4_000));
    call.live(1_000, 300);
    call.handOver(1_000, false);
    call.bench.post({ type: 'media.replaced', isChannelComing: true });
    call.bench.post({ type: 'media.connected' });
    assert.equal(call.appended.length, 0);
    call.live(0, 100);
    assert.equal(call.appended.length, samplesOf(100));
  });
});
