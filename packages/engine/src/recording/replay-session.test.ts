import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ReplaySession } from './replay-session.ts';
import type { Tape, TapeEntry } from './tape.ts';

const HEADER = {
  type: 'prism.tape',
  version: 1,
  session_type: 'realtime',
  model: 'm',
  redaction: 'none',
} as const;

function append(samples: number): object {
  return { type: 'input_audio_buffer.append', audio: Buffer.alloc(samples * 2).toString('base64') };
}

/** A session: created, 200 samples of audio, speech heard, an update, the answer 300 ms later, the end. */
const ENTRIES: readonly TapeEntry[] = [
  { at_ms: 5, from: 'server', event: { type: 'session.created' } },
  { at_ms: 50, from: 'client', event: { ...append(120) } },
  { at_ms: 60, from: 'client', event: { ...append(80) } },
  { at_ms: 70, from: 'server', event: { type: 'input_audio_buffer.speech_started' } },
  { at_ms: 100, from: 'client', event: { type: 'response.create' } },
  { at_ms: 400, from: 'server', event: { type: 'response.created' } },
  { at_ms: 500, from: 'server', close: { code: 1_001, reason: 'expired' } },
];

class ReplayBench {
  readonly session: ReplaySession;
  readonly said: string[] = [];

  constructor(paceRatio: number, entries = ENTRIES) {
    const tape: Tape = { header: HEADER, entries };
    this.session = new ReplaySession(tape, { paceRatio, nowMs: 1_000 });
    this.#drain();
  }

  client(event: object, nowMs: number): void {
    this.session.clientSaid(JSON.stringify(event), nowMs);
    this.#drain();
  }

  tick(nowMs: number): void {
    this.session.tick(nowMs);
    this.#drain();
  }

  #drain(): void {
    for (let effect = this.session.poll(); effect !== undefined; effect = this.session.poll()) {
      if (effect.type === 'close') this.said.push(`close ${effect.code} ${effect.reason}`);
      else this.said.push((JSON.parse(effect.text) as { type: string }).type);
    }
  }
}

suite('replay', () => {
  test('[RPL1] the recorded delays are kept, from the message that was answered on', () => {
    const bench = new ReplayBench(1);
    assert.equal(bench.session.deadlineMs(), 1_005);
    bench.tick(1_005);
    bench.client(append(200), 3_000);
    assert.equal(bench.session.deadlineMs(), 3_010);
    bench.tick(3_010);
    bench.client({ type: 'response.create' }, 8_000);
    assert.equal(bench.session.deadlineMs(), 8_300);
    bench.tick(8_299);
    assert.deepEqual(bench.said, ['session.created', 'input_audio_buffer.speech_started']);
    bench.tick(8_300);
    assert.equal(bench.said.at(-1), 'response.created');
  });

  test('[RPL1] the pace divides the delays', () => {
    const bench = new ReplayBench(10);
    assert.equal(bench.session.deadlineMs(), 1_000.5);
  });

  test('[RPL2] nothing is said before its time has come on the tape, and audio counts by its amount', () => {
    const bench = new ReplayBench(Number.POSITIVE_INFINITY);
    assert.deepEqual(bench.said, ['session.created']);
    for (let count = 0; count < 19; count += 1) bench.client(append(10), 1_000);
    assert.deepEqual(bench.said, ['session.created']);
    bench.client(append(10), 1_000);
    assert.deepEqual(bench.said, ['session.created', 'input_audio_buffer.speech_started']);
  });

  test('[RPL3] another client is told what the tape expects', () => {
    const bench = new ReplayBench(Number.POSITIVE_INFINITY);
    bench.client(append(200), 1_000);
    bench.client({ type: 'session.update' }, 1_000);
    assert.deepEqual(bench.said.slice(2), ['error', 'close 4002 replay_mismatch']);
    bench.client({ type: 'response.create' }, 1_000);
    assert.equal(bench.said.length, 4);
  });

  test('[RPL3] a client that goes on without the audio is told so', () => {
    const bench = new ReplayBench(Number.POSITIVE_INFINITY);
    bench.client({ type: 'response.create' }, 1_000);
    assert.deepEqual(bench.said.slice(1), ['error', 'close 4002 replay_mismatch']);
  });

  test('[RPL4] the close is the recorded one', () => {
    const bench = new ReplayBench(Number.POSITIVE_INFINITY);
    bench.client(append(200), 1_000);
    bench.client({ type: 'response.create' }, 1_000);
    assert.deepEqual(bench.said.slice(2), ['response.created', 'close 1001 expired']);
    assert.equal(bench.session.deadlineMs(), undefined);
  });
});
