import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTrack, type TrackPiece, type TrackReader, trackReader } from './track-frames.ts';

interface Piece extends TrackPiece {
  isClosed: boolean;
}

/** 10 ms whose channels have one level each. */
function piece(sampleRate: number, ...levels: readonly number[]): Piece {
  return {
    sampleRate,
    numberOfChannels: levels.length,
    numberOfFrames: sampleRate / 100,
    isClosed: false,
    copyTo: (target, { planeIndex }) => {
      assert.ok(target instanceof Float32Array);
      target.fill(levels[planeIndex] ?? 0);
    },
    close() {
      this.isClosed = true;
    },
  };
}

class FakeReader implements TrackReader {
  isCancelled = false;
  readonly #left: Piece[];

  constructor(pieces: readonly Piece[]) {
    this.#left = [...pieces];
  }

  async read(): Promise<ReadableStreamReadResult<TrackPiece>> {
    const value = await Promise.resolve(this.#left.shift());
    return value === undefined ? { done: true, value } : { done: false, value };
  }

  async cancel(): Promise<void> {
    this.isCancelled = true;
    await Promise.resolve();
  }
}

async function readAll(reader: TrackReader): Promise<readonly number[]> {
  const read: number[] = [];
  await readTrack(reader, (samples) => read.push(...samples));
  return read;
}

test('[SOC14] a track is read to its end, its channels as one, and each piece given back', async () => {
  const pieces = [piece(48_000, 0.5), piece(48_000, 0.75, 0.25), piece(48_000, 0, 1)];
  const read = await readAll(new FakeReader(pieces));
  assert.ok(Math.abs(read.length - 720) <= 4, `${read.length} samples`);
  for (const sample of read.slice(10)) assert.ok(Math.abs(sample - 0.5) < 0.01, `${sample}`);
  assert.ok(pieces.every(({ isClosed }) => isClosed));
});

test('[SOC14] a track of another rate is read as well, and one that changes it', async () => {
  const reader = new FakeReader([44_100, 44_100, 16_000, 48_000].map((rate) => piece(rate, 0.5)));
  const read = await readAll(reader);
  assert.ok(Math.abs(read.length - 960) <= 20, `${read.length} samples`);
  const level = read.slice(300, 470);
  for (const sample of level) assert.ok(Math.abs(sample - 0.5) < 0.002, `${sample}`);
});

test('[SOC14] a track that fails has ended', async () => {
  const read = (): Promise<never> => Promise.reject(new Error('gone'));
  assert.deepEqual(await readAll({ read, cancel: read }), []);
});

test('[SOC14] without a live track, or in a browser that gives none, there is no reader', () => {
  const live = { readyState: 'live' } as MediaStreamTrack;
  assert.equal(trackReader(live), undefined);
  const reader = new FakeReader([]);
  class Processor {
    readonly readable = { getReader: () => reader };
  }
  Object.assign(globalThis, { MediaStreamTrackProcessor: Processor });
  try {
    assert.equal(trackReader(live), reader);
    assert.equal(trackReader({ readyState: 'ended' } as MediaStreamTrack), undefined);
    assert.equal(trackReader(undefined), undefined);
  } finally {
    Reflect.deleteProperty(globalThis, 'MediaStreamTrackProcessor');
  }
});
