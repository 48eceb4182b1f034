import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { controllerIdFromCount } from '@prism/protocol';
import fc from 'fast-check';
import { SLOT_SAMPLES } from '../audio/pcm.ts';
import {
  CallBench,
  joined,
  type Listener,
  mix,
  SessionBench,
  says,
  speech,
  voice,
} from '../testing/index.ts';
import type { EchoMode } from '../turn-taking/echo-guard.ts';
import { SpeechOnset } from '../turn-taking/speech-onset.ts';
import {
  TURN_TAKING_DEFAULTS,
  TURN_TAKING_OFF,
  type TurnTakingPolicy,
} from '../turn-taking/turn-taking-policy.ts';

const LEVEL = 8_000;
const SIDEBAND = controllerIdFromCount(2);
const SHOUT = voice({ durationMs: 1_500, levelDbfs: -18, seed: 3, pitchHz: 180 });

/** A call in which an answer of 10 s has played for a second. */
function answering(policy: Partial<TurnTakingPolicy> = {}): CallBench {
  const call = new CallBench({ turnTaking: { ...TURN_TAKING_DEFAULTS, ...policy } });
  call.bench.responseCreated();
  call.bench.answer(speech(500, LEVEL));
  call.run(1_000);
  return call;
}

function typeOf(text: string): string {
  return (JSON.parse(text) as { readonly type: string }).type;
}

const kindsOf = (call: CallBench): readonly string[] => call.bench.facts.map(({ type }) => type);

suite('turn-taking in a session', () => {
  test('[DUC11] speech over an answer makes the next frame quieter, and silence lets it come back', () => {
    const call = answering({ echo: 'off' });
    call.run(3_000, says(SHOUT, 1_200));
    const { effects } = call.bench;
    const duckedAt = effects.findIndex(
      (effect) => effect.type === 'report' && effect.fact.type === 'answer.ducked',
    );
    const next = effects.slice(duckedAt).find((effect) => effect.type === 'media.frame');
    assert.ok(duckedAt > 0 && next?.type === 'media.frame');
    assert.equal(next.pcm.at(-1), LEVEL / 10);
    assert.deepEqual(
      call.bench.facts.filter(({ type }) => type === 'answer.restored'),
      [{ type: 'answer.restored', cause: 'unconfirmed' }],
    );
    assert.equal(call.played.at(-1)?.at(-1), LEVEL);
    assert.equal(call.bench.session.describe()['falseDucks'], 1);
    assert.ok(call.played.every((frame) => frame.length === SLOT_SAMPLES && frame[0] !== 0));
  });

  test('[DUC11] [INT1] the word of the upstream cuts a ducked answer in the same turn', () => {
    const call = answering();
    call.run(400, says(SHOUT, 1_000));
    assert.equal(call.bench.session.describe()['isDucked'], true);
    const before = call.bench.speechFrames;
    call.bench.speechStarted();
    call.run(1_000);
    assert.equal(call.bench.speechFrames, before);
    assert.equal(call.bench.session.describe()['confirmed'], 1);
    assert.deepEqual(
      call.bench.toUpstream.map(({ type }) => type),
      ['conversation.item.truncate'],
    );
  });

  test('[DUC12] with the switch off, and where nothing plays, speech interrupts as if nobody listened here', () => {
    const word = fc.constantFrom('talk', 'answer', 'speech_started', 'done', 'pass');
    fc.assert(
      fc.property(fc.array(word, { maxLength: 40 }), (words) => {
        const off = story(words, TURN_TAKING_OFF);
        const idle = story(words, { ...TURN_TAKING_DEFAULTS, ducks: false, echo: 'off' });
        assert.deepEqual(off, idle);
        assert.deepEqual(off.appended, off.said);
        assert.ok(off.played.every((level) => level === 0 || level === LEVEL));
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  test('[DUC13] by policy long speech cuts the answer, and cancels what is being generated', () => {
    const call = answering({ ownConfirmMs: 400 });
    call.run(1_500, says(SHOUT, 1_000));
    assert.deepEqual(
      call.bench.toUpstream.map(({ type }) => type),
      ['response.cancel', 'conversation.item.truncate'],
    );
    assert.deepEqual(
      call.bench.facts.flatMap((fact) =>
        fact.type === 'answer.interrupted' ? [fact.trigger] : [],
      ),
      ['local_speech'],
    );
  });

  test('[DUC14] a duck and its end are told to those who have sent an event of Prism, a cut ends it alone', () => {
    const told = (call: CallBench): readonly unknown[] =>
      call.bench.toController.flatMap((event) =>
        event.type === 'prism.output.ducked' ? [event['ducked']] : [],
      );
    const plain = answering({ echo: 'off' });
    plain.run(400, says(SHOUT, 1_000));
    assert.deepEqual([plain.bench.session.describe()['isDucked'], told(plain)], [true, []]);
    const aware = answering({ echo: 'off' });
    aware.bench.client({ type: 'prism.transcript.subscribe' });
    aware.run(3_000, says(SHOUT, 1_000));
    assert.deepEqual(told(aware), [true, false]);
    const cut = answering({ echo: 'off' });
    cut.bench.client({ type: 'prism.transcript.subscribe' });
    cut.run(400, says(SHOUT, 1_000));
    cut.bench.speechStarted();
    cut.run(500);
    assert.deepEqual(told(cut), [true]);
    const silent = answering({ echo: 'off', ducks: false, ownConfirmMs: 5_000 });
    silent.bench.client({ type: 'prism.transcript.subscribe' });
    silent.run(3_000, says(SHOUT, 1_000));
    assert.deepEqual(told(silent), []);
  });

  test('[BCK4] a short sound over an answer interrupts nothing, a long one does', () => {
    for (const [durationMs, interruptions, backchannels] of [
      [300, 0, 1],
      [900, 1, 0],
    ] as const) {
      const call = answering({ backchannelMs: 500 });
      const talk = says(SHOUT.slice(0, durationMs * 24), 1_500);
      const ear = new SpeechOnset({
        onset: () => call.bench.speechStarted(),
        ended: () => undefined,
      });
      let heardSamples = 0;
      call.run(3_000, (played, atMs) => {
        const { appended } = call;
        ear.push(appended.subarray(heardSamples));
        heardSamples = appended.length;
        return talk(played, atMs);
      });
      const state = call.bench.session.describe();
      assert.deepEqual(
        [state['interruptions'], state['backchannels']],
        [interruptions, backchannels],
      );
    }
  });

  test('[IHD3] the end of a turn goes behind what waited', () => {
    const call = answering({ backchannelMs: 1_000 });
    call.run(400, says(SHOUT, 1_000));
    const waitingMs =
      Number(call.bench.session.describe()['inputReceivedMs']) - call.appended.length / 24;
    assert.ok(waitingMs >= 300, `${waitingMs}`);
    call.bench.client({ type: 'input_audio_buffer.commit' });
    call.run(100, says(SHOUT, 1_000));
    const at = call.bench.effects.findIndex(
      (effect) => effect.type === 'upstream.send' && effect.text.includes('commit'),
    );
    const before = call.bench.effects
      .slice(0, at)
      .reduce(
        (sum, effect) => sum + (effect.type === 'upstream.append' ? effect.pcm.length : 0),
        0,
      );
    assert.equal(before / 24, 1_000 + 400 + 60);
  });

  test('[IHD4] what waits goes as it is when nothing more has come for 300 ms', () => {
    const call = answering({ backchannelMs: 1_000 });
    call.run(400, says(SHOUT, 1_000));
    const { bench } = call;
    const receivedMs = Number(bench.session.describe()['inputReceivedMs']);
    const lastMs = bench.nowMs;
    const wake = (atMs: number): void => {
      bench.nowMs = atMs;
      bench.post({ type: 'deadline' });
    };
    wake(lastMs + 250);
    assert.ok(call.appended.length / 24 < receivedMs - 300);
    wake(lastMs + 320);
    assert.equal(call.appended.length / 24, receivedMs);
  });

  test('[IHD3] what waits goes upstream when the client is lost', () => {
    const call = answering({ backchannelMs: 1_000 });
    call.run(400, says(SHOUT, 1_000));
    call.bench.post({ type: 'media.lost' });
    const receivedMs = Number(call.bench.session.describe()['inputReceivedMs']);
    assert.ok(receivedMs > 1_400);
    assert.equal(call.appended.length / 24, receivedMs);
  });

  test('[ECH9] probable echo is a fact, and told to those who have sent an event of Prism', () => {
    const call = answeringAloud('report', -20);
    const found = call.bench.facts.filter(({ type }) => type === 'input.echo');
    assert.equal(found.length, 1);
    const told = call.bench.effects.filter(
      (effect) => effect.type === 'controller.send' && effect.text.includes('prism.input.echo'),
    );
    assert.deepEqual(
      told.map((effect) => effect.type === 'controller.send' && effect.controllerId),
      [SIDEBAND],
    );
    const [event] = call.bench.toController.filter(({ type }) => type === 'prism.input.echo');
    assert.equal(event?.['probable'], true);
    assert.ok(Math.abs(Number(event?.['delay_ms']) - 100) <= 20);
    assert.ok(Math.abs(Number(event?.['level_db']) + 20) <= 4, JSON.stringify(event));
  });

  test('[ECH10] by default an answer that comes back at -20 dB and below interrupts nothing', () => {
    for (const levelDb of [-20, -30]) {
      const call = answeringAloud(TURN_TAKING_DEFAULTS.echo, levelDb);
      assert.equal(call.bench.session.describe()['interruptions'], 0, `${levelDb} dB`);
      assert.ok(!kindsOf(call).includes('answer.ducked'), `${levelDb} dB`);
    }
    const unguarded = answeringAloud('off', -20);
    assert.ok(Number(unguarded.bench.session.describe()['interruptions']) > 0);
  });
});

suite('mute in a session', () => {
  test('[GAT5] client and sideband mute, each for itself: the upstream hears silence of the same length', () => {
    const call = new CallBench();
    call.bench.post({ type: 'controller.opened', controllerId: SIDEBAND, role: 'sideband' });
    const talk: Listener = () => new Int16Array(SLOT_SAMPLES).fill(5);
    call.run(100, talk);
    call.bench.client({ type: 'prism.input.mute', muted: true }, SIDEBAND);
    call.bench.client({ type: 'prism.input.mute', muted: true });
    call.run(100, talk);
    call.bench.client({ type: 'prism.input.mute', muted: false });
    call.run(100, talk);
    call.bench.client({ type: 'prism.input.mute', muted: false }, SIDEBAND);
    call.run(100, talk);
    const spoken = [...call.appended].reduce<number[]>(
      (levels, sample) => (levels.at(-1) === sample ? levels : [...levels, sample]),
      [],
    );
    assert.deepEqual(spoken, [5, 0, 5]);
    assert.equal(call.appended.length, 20 * SLOT_SAMPLES);
    assert.equal(call.bench.session.describe()['inputMutedMs'], 200);
    assert.deepEqual(call.bench.toUpstream, []);
  });

  test('[GAT6] those who know events of Prism are told of a mute, nobody else is', () => {
    const call = new CallBench();
    call.bench.post({ type: 'controller.opened', controllerId: SIDEBAND, role: 'sideband' });
    call.bench.client({ type: 'prism.input.mute', muted: true }, SIDEBAND);
    call.bench.client({ type: 'prism.input.mute', muted: true }, SIDEBAND);
    const told = call.bench.effects.flatMap((effect) =>
      effect.type === 'controller.send' ? [effect.controllerId, typeOf(effect.text)] : [],
    );
    assert.deepEqual(told, [SIDEBAND, 'prism.input.muted']);
    assert.deepEqual(
      call.bench.facts.filter(({ type }) => type === 'input.muted'),
      [{ type: 'input.muted', isMuted: true, by: 'policy' }],
    );
  });

  test('[GAT7] a session without media has nothing to mute or to hold', () => {
    const bench = SessionBench.live({ audio: 'socket' });
    bench.client({ type: 'prism.input.mute', muted: true, event_id: 'e1' });
    bench.client({ type: 'prism.output.hold', held: true, event_id: 'e2' });
    assert.deepEqual(bench.toControllerTypes, ['error', 'error']);
    assert.match(JSON.stringify(bench.toController), /"event_id":"e1".*"event_id":"e2"/);
  });
});

/** Speaks two answers to a listener whose microphone hears the loudspeaker 100 ms later, before an upstream that listens. */
function answeringAloud(echo: EchoMode, levelDb: number): CallBench {
  const call = new CallBench({ turnTaking: { ...TURN_TAKING_DEFAULTS, echo } });
  call.bench.post({ type: 'controller.opened', controllerId: SIDEBAND, role: 'sideband' });
  call.bench.client({ type: 'prism.output.hold', held: false }, SIDEBAND);
  const gain = 10 ** (levelDb / 20);
  const air: Int16Array[] = Array.from({ length: 5 }, () => new Int16Array(SLOT_SAMPLES));
  const ear = new SpeechOnset({ onset: () => call.bench.speechStarted(), ended: () => undefined });
  let heardSamples = 0;
  const room: Listener = (played) => {
    const appended = call.appended;
    ear.push(appended.subarray(heardSamples));
    heardSamples = appended.length;
    air.push(played);
    return (air.shift() ?? played).map((sample) => Math.round(sample * gain));
  };
  for (const seed of [11, 12]) {
    call.bench.responseCreated(`resp_${seed}`);
    call.bench.answer(aloud(seed), `resp_${seed}`, `item_${seed}`);
    call.bench.responseDone(`resp_${seed}`);
    call.run(7_000, room);
  }
  return call;
}

function aloud(seed: number): Int16Array {
  const parts = [0, 1_650, 3_300].map((atMs) => ({
    pcm: voice({ durationMs: 1_500, levelDbfs: -17, seed: seed + atMs }),
    atMs,
  }));
  return mix(5_000, parts);
}

/** What becomes of a call in which these things happen, 100 ms each. */
function story(words: readonly string[], turnTaking: TurnTakingPolicy) {
  const call = new CallBench({ turnTaking });
  const said: Int16Array[] = [];
  let answers = 0;
  for (const word of words) {
    if (word === 'answer') {
      answers += 1;
      call.bench.responseCreated(`resp_${answers}`);
      call.bench.answer(speech(30, LEVEL), `resp_${answers}`, `item_${answers}`);
    } else if (word === 'done') call.bench.responseDone(`resp_${answers}`);
    else if (word === 'speech_started') call.bench.speechStarted();
    call.run(100, (_played, atMs) => {
      const from = (atMs * 24) % 24_000;
      const frame = word === 'talk' ? SHOUT.slice(from, from + SLOT_SAMPLES) : speech(1, 1);
      said.push(frame.slice());
      return frame;
    });
  }
  return {
    appended: call.appended,
    said: joined(said),
    played: [...new Set(call.played.flatMap((frame) => [...frame]))],
    facts: call.bench.facts,
    toController: call.bench.toController,
    toUpstream: call.bench.toUpstream,
  };
}
