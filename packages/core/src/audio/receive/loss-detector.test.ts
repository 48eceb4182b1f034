import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LossDetector } from './loss-detector.ts';
import { MissingPackets } from './missing-packets.ts';

/** A stream of packets of 20 ms that begins with the number 0, and when each missing one would have come. */
function stream() {
  const missing = new MissingPackets();
  const losses = new LossDetector(missing);
  losses.setRttMs(20);
  losses.begin(0, 0);
  return {
    missing,
    losses,
    came: (
      sequence: number,
      nowMs: number,
      fields: { timestamp?: number; clockHz?: number } = {},
    ) => {
      const content = { type: 'nothing', isMalformed: false } as const;
      const packet = { sequence, timestamp: (sequence * 960) >>> 0, clockHz: 48_000, ...fields };
      const kind = losses.came({ ...packet, arrivedMs: nowMs, dueMs: nowMs, content }, nowMs);
      missing.received(sequence);
      return kind;
    },
    askFor: (sequence: number, nowMs: number) =>
      missing.takeNacks(
        { first: sequence, end: sequence + 1 },
        { intervalMs: 10, lastMs: 40 },
        nowMs,
      ),
  };
}

suite('loss detector: when a lost packet would have come', () => {
  test('[HLD15] as far before the one that shows the loss as it was sent', () => {
    const { missing, came } = stream();
    for (const sequence of [0, 1]) came(sequence, sequence * 20);
    came(5, 100);
    assert.deepEqual(
      [2, 3, 4].map((sequence) => missing.dueMs(sequence)),
      [40, 60, 80],
    );
    assert.deepEqual(
      [2, 3, 4].map((sequence) => missing.noticedMs(sequence)),
      [100, 100, 100],
    );
    assert.equal(missing.dueMs(5), undefined);
  });

  test('[HLD15] packets of 60 ms, and a time that wraps, are taken as they are', () => {
    const { missing, came } = stream();
    const timestamp = (sequence: number): number => (0xffff_f000 + sequence * 2_880) >>> 0;
    for (const sequence of [0, 1, 4])
      came(sequence, sequence * 60, { timestamp: timestamp(sequence) });
    assert.deepEqual(
      [2, 3].map((sequence) => missing.dueMs(sequence)),
      [120, 180],
    );
  });

  test('[HLD15] a single late packet hardly moves it, and it lies never before the packet before it', () => {
    const { missing, came } = stream();
    for (let sequence = 0; sequence < 50; sequence += 1) came(sequence, sequence * 20);
    came(51, 51 * 20 + 40);
    // An eighth of 40 ms, and three deviations of a sixteenth of it.
    assert.equal(missing.dueMs(50), 50 * 20 + 5 + 7.5);
    came(53, 51 * 20 + 41);
    assert.equal(missing.dueMs(52), 51 * 20 + 40);
  });

  test('[HLD15] where packets deviate it is later by three mean deviations', () => {
    const { missing, came } = stream();
    for (let sequence = 0; sequence < 400; sequence += 1)
      came(sequence, sequence * 20 + (sequence % 2 === 0 ? -5 : 5));
    came(401, 401 * 20 + 5);
    const lateMs = (missing.dueMs(400) ?? 0) - 400 * 20;
    assert.ok(lateMs > 12 && lateMs < 18, `${lateMs} ms`);
  });

  test('[HLD15] a pause of the sender, another clock and a foreign packet move it to what comes then', () => {
    const { missing, came } = stream();
    came(0, 0);
    came(1, 20, { clockHz: 0 });
    came(2, 40);
    came(4, 5_000);
    assert.equal(missing.dueMs(3), 4_980);
    came(5, 5_020, { clockHz: 8_000, timestamp: 77 });
    came(7, 5_060, { clockHz: 8_000, timestamp: 77 + 320 });
    assert.equal(missing.dueMs(6), 5_040);
  });
});

suite('loss detector: what is overdue', () => {
  test('[HLD16] is noticed 8 ms after it should have come, four packets in a row at most', () => {
    const { missing, losses, came } = stream();
    for (const sequence of [0, 1, 2]) came(sequence, sequence * 20);
    assert.equal(losses.nextOverdueMs(), 68);
    losses.noticeOverdue(67);
    assert.equal(missing.isMissing(3), false);
    losses.noticeOverdue(68);
    assert.deepEqual([missing.noticedMs(3), missing.dueMs(3)], [68, 60]);
    assert.equal(losses.nextOverdueMs(), 88);
    losses.noticeOverdue(1_000);
    assert.deepEqual(
      [6, 7].map((sequence) => missing.isMissing(sequence)),
      [true, false],
    );
    assert.equal(losses.nextOverdueMs(), undefined);
    assert.deepEqual(losses.openGaps(3), { first: 3, end: 7 });
    assert.equal(came(4, 1_010), 'newest');
    assert.deepEqual([missing.noticedMs(3), missing.dueMs(3)], [68, 60]);
  });

  test('[HLD16] an answer half a round trip after it was asked for is none of the arrivals that the line goes by', () => {
    const { losses, came, askFor } = stream();
    for (const sequence of [0, 1, 2]) came(sequence, sequence * 20);
    losses.noticeOverdue(68);
    askFor(3, 68);
    assert.equal(came(3, 88), 'answer');
    assert.equal(losses.nextOverdueMs(), 88);
    losses.noticeOverdue(88);
    askFor(4, 88);
    // Too soon for an answer: it was late by itself.
    assert.equal(came(4, 90), 'newest');
  });

  test('[HLD16] what comes 200 ms after it was asked for comes of a sender that had stopped', () => {
    const { losses, came, askFor } = stream();
    for (const sequence of [0, 1, 2]) came(sequence, sequence * 20);
    losses.noticeOverdue(68);
    askFor(3, 68);
    assert.equal(came(3, 269), 'newest');
  });

  test('[HLD16] behind later ones an answer is told from a packet out of order', () => {
    const { came, askFor } = stream();
    for (const sequence of [0, 3]) came(sequence, sequence * 20);
    askFor(1, 60);
    askFor(2, 60);
    assert.equal(came(2, 65), 'reordered');
    assert.equal(came(1, 80), 'answer');
  });
});
