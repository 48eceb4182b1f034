import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hiss, joined, mix, samplesOf, voice } from '../testing/index.ts';
import { ComfortNoise } from './comfort-noise.ts';
import { EchoGuard, type EchoMode, type EchoVerdict } from './echo-guard.ts';
import { EchoMonitor } from './echo-monitor.ts';
import { InputHold } from './input-hold.ts';
import { SpeechOnset } from './speech-onset.ts';

const FRAME_SAMPLES = 480;

/** Two answers of 6 s with a pause between, from 500 ms on. */
const ANSWER = mix(14_000, [
  { pcm: answer(6_000, 11), atMs: 500 },
  { pcm: answer(6_000, 12), atMs: 7_500 },
]);

/** Speech at the level of a synthesiser's, with a pause of 150 ms after each second and a half. */
function answer(durationMs: number, seed: number): Int16Array {
  const parts = [];
  for (let atMs = 0; atMs < durationMs; atMs += 1_650) {
    parts.push({ pcm: voice({ durationMs: 1_500, levelDbfs: -17, seed: seed + atMs }), atMs });
  }
  return mix(durationMs, parts);
}

interface Echo {
  readonly delayMs: number;
  readonly levelDb: number;
}

/** A room: noise at -70 dBFS, the echo if there is one, and somebody who talks at some moments. */
function room(echo: Echo | undefined, talkAtMs: readonly number[] = []): Int16Array {
  const sounds = talkAtMs.map((atMs) => ({
    pcm: voice({ durationMs: 900, levelDbfs: -24, seed: atMs, pitchHz: 190 }),
    atMs,
  }));
  sounds.push({ pcm: hiss({ durationMs: 14_000, levelDbfs: -70, seed: 9 }), atMs: 0 });
  if (echo !== undefined) {
    const gain = 10 ** (echo.levelDb / 20);
    // A direct sound and two reflections, of the same power together.
    const wall = (share: number): Int16Array => ANSWER.map((sample) => sample * gain * share);
    sounds.push({ pcm: wall(0.9), atMs: echo.delayMs });
    sounds.push({ pcm: wall(-0.35), atMs: echo.delayMs + 11 });
    sounds.push({ pcm: wall(0.25), atMs: echo.delayMs + 27 });
  }
  return mix(14_000, sounds);
}

/** Plays the answer, listens to the room whose frames come `lateness` ms late, and answers what was noticed, in ms. */
function listen(captured: Int16Array, lateness: (frame: number) => number = () => 0) {
  const monitor = new EchoMonitor();
  const onsetsMs: number[] = [];
  const detector = new SpeechOnset({
    onset: (_start, atSample) => onsetsMs.push(atSample / 24),
    ended: () => undefined,
  });
  let waiting = 0;
  let foundMs = Number.POSITIVE_INFINITY;
  for (let at = 0; at < captured.length; at += FRAME_SAMPLES) {
    monitor.play(ANSWER.subarray(at, at + FRAME_SAMPLES), at);
    for (; waiting < captured.length; waiting += FRAME_SAMPLES) {
      const arrival = waiting + lateness(waiting / FRAME_SAMPLES) * 24;
      if (arrival >= at + FRAME_SAMPLES) break;
      const frame = captured.subarray(waiting, waiting + FRAME_SAMPLES);
      detector.push(frame, monitor.capture(frame, arrival));
    }
    if (monitor.state === 'echo') foundMs = Math.min(foundMs, at / 24);
  }
  return { monitor, onsetsMs, foundMs };
}

suite('echo', () => {
  test('[ECH1] an echo is found with its delay and level', () => {
    for (const delayMs of [30, 107, 205, 300]) {
      for (const levelDb of [-10, -20, -30]) {
        const { monitor, foundMs } = listen(room({ delayMs, levelDb }));
        const what = `${delayMs} ms ${levelDb} dB: ${monitor.delayMs} ${monitor.levelDb}`;
        assert.ok(foundMs <= 2_500 + delayMs, `${what}, found at ${foundMs}`);
        assert.ok(Math.abs((monitor.delayMs ?? Number.NaN) - delayMs) <= 20, what);
        assert.ok(Math.abs((monitor.levelDb ?? Number.NaN) - levelDb) <= 4, what);
        assert.ok(monitor.foundCount === 1 && monitor.echoMs > 5_000, what);
      }
    }
  });

  test('[ECH2] no onset comes of an echo at -20 dB and below', () => {
    for (const delayMs of [30, 107, 205, 300]) {
      for (const levelDb of [-20, -30]) {
        const { onsetsMs } = listen(room({ delayMs, levelDb }));
        assert.deepEqual(onsetsMs, [], `${delayMs} ms ${levelDb} dB`);
      }
    }
  });

  test('[ECH3] an echo at -10 dB makes onsets until it is found only', () => {
    for (const delayMs of [30, 107, 205, 300]) {
      const { onsetsMs, foundMs } = listen(room({ delayMs, levelDb: -10 }));
      assert.ok(
        onsetsMs.every((atMs) => atMs < foundMs + 100),
        `${onsetsMs.join()} ${foundMs}`,
      );
    }
  });

  test('[ECH4] who talks over an echo is heard', () => {
    const talkAtMs = [3_400, 9_800, 12_000];
    for (const echo of [
      undefined,
      { delayMs: 107, levelDb: -20 },
      { delayMs: 205, levelDb: -30 },
    ]) {
      const { onsetsMs } = listen(room(echo, talkAtMs));
      for (const startMs of talkAtMs) {
        assert.ok(
          onsetsMs.some((atMs) => atMs > startMs && atMs < startMs + 200),
          `${startMs}: ${onsetsMs.join()}`,
        );
      }
    }
  });

  test('[ECH4] an echo is not forgotten while somebody talks over it', () => {
    const captured = mix(14_000, [
      { pcm: room({ delayMs: 107, levelDb: -30 }), atMs: 0 },
      { pcm: voice({ durationMs: 2_500, levelDbfs: -24, seed: 4, pitchHz: 190 }), atMs: 2_500 },
    ]);
    const { monitor, onsetsMs } = listen(captured);
    assert.deepEqual([monitor.foundCount, monitor.state], [1, 'echo']);
    assert.ok(
      onsetsMs.every((atMs) => atMs > 2_500 && atMs < 5_200),
      onsetsMs.join(),
    );
  });

  test('[ECH5] who talks over an answer without echo is heard', () => {
    const talkAtMs = [1_000, 2_500, 4_000, 8_000, 9_500, 11_000];
    const { monitor, onsetsMs } = listen(room(undefined, talkAtMs));
    for (const startMs of talkAtMs.slice(1)) {
      assert.ok(
        onsetsMs.some((atMs) => atMs > startMs && atMs < startMs + 200),
        `${startMs}: ${onsetsMs.join()}`,
      );
    }
    const { state, delayMs, levelDb } = monitor;
    assert.deepEqual([state, delayMs, levelDb], ['clear', undefined, undefined]);
  });

  test('[ECH6] an echo that stops is unknown again', () => {
    const captured = room({ delayMs: 107, levelDb: -20 });
    const quiet = room(undefined);
    captured.set(quiet.subarray(samplesOf(7_000)), samplesOf(7_000));
    const { monitor } = listen(captured);
    assert.notEqual(monitor.state, 'echo');
    const early = listen(captured.subarray(0, samplesOf(8_300)));
    assert.equal(early.monitor.state, 'echo');
  });

  test('[ECH7] what is done about it is a choice', () => {
    const captured = room({ delayMs: 107, levelDb: -20 });
    const at5s = (mode: EchoMode): EchoVerdict | undefined => {
      const guard = new EchoGuard(mode);
      let verdict: EchoVerdict | undefined;
      for (let at = 0; at < samplesOf(5_000); at += FRAME_SAMPLES) {
        guard.play(ANSWER.subarray(at, at + FRAME_SAMPLES), at);
        verdict = guard.capture(captured.subarray(at, at + FRAME_SAMPLES), at);
      }
      return verdict;
    };
    assert.deepEqual(at5s('off'), { isSilenced: false, isMasked: false, hold: 'pass' });
    assert.deepEqual(at5s('report'), { isSilenced: false, isMasked: true, hold: 'pass' });
    assert.deepEqual(at5s('suppress'), { isSilenced: true, isMasked: true, hold: 'silence' });
    const guard = new EchoGuard('half_duplex');
    const loud = voice({ durationMs: 20, levelDbfs: -10, seed: 1 });
    const silenced = (at: number): boolean => guard.capture(loud, at).isSilenced;
    assert.equal(silenced(0), false);
    guard.play(ANSWER.subarray(0, FRAME_SAMPLES), 480);
    assert.deepEqual(
      [silenced(480), silenced(960 + 9_599), silenced(960 + 9_600)],
      [true, true, false],
    );
  });

  /** What the upstream gets of what comes in. */
  function upstreamOf(captured: Int16Array): Int16Array {
    const guard = new EchoGuard('suppress');
    const passed: Int16Array[] = [];
    const silence = (pcm: Int16Array): void => {
      pcm.fill(0);
    };
    const hold = new InputHold((pcm) => passed.push(pcm.slice()), silence);
    for (let at = 0; at < captured.length; at += FRAME_SAMPLES) {
      guard.play(ANSWER.subarray(at, at + FRAME_SAMPLES), at);
      const frame = captured.slice(at, at + FRAME_SAMPLES);
      const verdict = guard.capture(frame, at);
      if (verdict.isSilenced) silence(frame);
      hold.take(frame, verdict.hold);
    }
    hold.release();
    return joined(passed);
  }

  const loudest = (pcm: Int16Array, fromMs: number, toMs: number): number =>
    pcm
      .subarray(samplesOf(fromMs), samplesOf(toMs))
      .reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);

  test('[ECH11] from the first sound of an echo on nothing of it reaches the upstream', () => {
    for (const levelDb of [-20, -30]) {
      const upstream = upstreamOf(room({ delayMs: 107, levelDb }));
      assert.equal(upstream.length, samplesOf(14_000));
      assert.ok(loudest(upstream, 0, 14_000) < 120, `${levelDb}: ${loudest(upstream, 0, 14_000)}`);
    }
  });

  test('[ECH11] somebody who speaks quietly as the first answer begins is heard to the sample', () => {
    const quiet = mix(14_000, [
      { pcm: room(undefined), atMs: 0 },
      { pcm: voice({ durationMs: 900, levelDbfs: -34, seed: 4, pitchHz: 190 }), atMs: 700 },
    ]);
    assert.deepEqual(upstreamOf(quiet), quiet);
  });

  test('[ECH12] what is as loud as the answer is never silenced, however alike, nor what comes before it', () => {
    for (const levelDb of [-3, 0, 3]) {
      const alike = room({ delayMs: 107, levelDb });
      assert.deepEqual(upstreamOf(alike), alike, `${levelDb} dB`);
    }
    const before = ANSWER.subarray(samplesOf(500), samplesOf(980));
    const guard = new EchoGuard('suppress');
    for (let at = 0; at < before.length; at += FRAME_SAMPLES) {
      const verdict = guard.capture(before.subarray(at, at + FRAME_SAMPLES), at);
      assert.deepEqual(verdict, { isSilenced: false, isMasked: false, hold: 'pass' });
    }
  });

  test('[ECH13] silence is noise as loud as the room, and never loud', () => {
    const { monitor } = listen(room({ delayMs: 107, levelDb: -20 }));
    const levelOf = (power: number): number => {
      const pcm = new Int16Array(2_400).fill(9_000);
      new ComfortNoise().fill(pcm, power);
      return 10 * Math.log10(pcm.reduce((sum, x) => sum + x * x, 0) / pcm.length / 32_768 ** 2);
    };
    assert.ok(Math.abs(levelOf(monitor.noisePower) + 70) <= 4, `${levelOf(monitor.noisePower)}`);
    assert.ok(Math.abs(levelOf(32_768 ** 2) + 45) <= 0.5);
  });

  test('[ECH8] late and bursty frames change nothing', () => {
    const captured = room({ delayMs: 107, levelDb: -20 });
    const bursts = listen(captured, (frame) => 20 * (4 - (frame % 5)));
    assert.deepEqual(bursts.onsetsMs, []);
    const { monitor, onsetsMs } = listen(captured, (frame) => (frame * 7) % 19);
    assert.deepEqual(onsetsMs, []);
    assert.ok(Math.abs((monitor.delayMs ?? Number.NaN) - 107) <= 40, `${monitor.delayMs}`);
  });
});
