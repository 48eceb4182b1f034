import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { EarGrammar, Ears } from '../ports/ears.ts';
import { EarProbe, type Outcome, say } from '../testing/ear-probe.ts';
import {
  addNoise,
  pinkNoise,
  synthesizeUserSpeech,
  whiteNoise,
  withPauses,
} from '../testing/speech-testing.ts';
import { createSpeechEars } from './speech-ears.ts';

const RATE_HZ = 24_000;

const GRAMMAR: EarGrammar = {
  jsgf: `#JSGF V1.0;
grammar house;
public <request> = (what is | what's) the weather [like] in <city> [today | tomorrow]
  | set a timer for <number> minutes | turn (on | off) the <lamp> | stop | thank you;
<city> = paris | london | new york | tokyo;
<number> = one | two | three | ten | twenty;
<lamp> = kitchen light | bedroom lamp;`,
  pronunciations: {},
};

function grammarOf(rule: string, pronunciations: Record<string, string> = {}): EarGrammar {
  return { jsgf: `#JSGF V1.0;\ngrammar g;\npublic <s> = ${rule};`, pronunciations };
}

let ears: Ears;
before(async () => {
  ears = await createSpeechEars({ recogniserCount: 2 });
});
after(() => ears.close());

test('[EAR5] speech is told from the silence around it', async () => {
  const sentence = synthesizeUserSpeech('turn on the kitchen light', { voice: 'rms' }).pcm;
  const pcm = withPauses([sentence, sentence], { rateHz: RATE_HZ, pauseMs: 1_000 });
  const ear = new EarProbe(ears, GRAMMAR);
  ear.push(pcm);
  await ear.told();
  assert.equal(ear.probabilities.length, Math.floor(pcm.length / 240));
  const share = (fromMs: number, toMs: number): number => {
    const part = ear.probabilities.slice(fromMs / 10, toMs / 10);
    return part.filter((probability) => probability > 0.5).length / part.length;
  };
  const sentenceMs = sentence.length / 24;
  assert.equal(share(0, 1_000), 0);
  assert.ok(share(1_250, sentenceMs + 750) > 0.75);
  assert.equal(share(sentenceMs + 1_100, sentenceMs + 1_900), 0);
  assert.ok(share(sentenceMs + 2_250, 2 * sentenceMs + 1_750) > 0.75);
  ear.ear.close();
});

test('[EAR5] steady noise is no speech, and speech is found in it', async () => {
  const noises = [whiteNoise, pinkNoise].map((make) =>
    make(3 * RATE_HZ, { seed: 1, rmsAmplitude: 600 }),
  );
  for (const noise of noises) {
    const ear = new EarProbe(ears, GRAMMAR);
    ear.push(noise);
    await ear.told();
    const speechFrames = ear.probabilities.slice(50).filter((probability) => probability > 0.5);
    assert.ok(speechFrames.length < 10, `${speechFrames.length} frames`);
    ear.ear.close();
  }
  const noisy = addNoise(say('turn on the kitchen light'), {
    rateHz: RATE_HZ,
    color: 'pink',
    snrDb: 10,
    seed: 2,
  });
  const ear = new EarProbe(ears, GRAMMAR);
  ear.push(noisy);
  await ear.told();
  assert.ok(ear.probabilities.filter((probability) => probability > 0.5).length > 60);
  ear.ear.close();
});

test('[EAR4] probabilities do not depend on how the audio was cut', async () => {
  const pcm = say('stop');
  const whole = new EarProbe(ears, GRAMMAR);
  const cut = new EarProbe(ears, GRAMMAR);
  whole.ear.push(pcm);
  whole.pushedSamples = pcm.length;
  for (let start = 0, size = 1; start < pcm.length; start += size, size = (size * 7) % 1_009) {
    cut.ear.push(pcm.subarray(start, start + size));
  }
  cut.pushedSamples = pcm.length;
  await Promise.all([whole.told(), cut.told()]);
  assert.deepEqual(cut.probabilities, whole.probabilities);
  whole.ear.close();
  cut.ear.close();
});

for (const voice of ['slt', 'rms', 'awb'] as const) {
  test(`[EAR6] sentences of the grammar are understood from ${voice}`, async () => {
    const ear = new EarProbe(ears, GRAMMAR);
    for (const text of [
      'what is the weather like in new york tomorrow',
      'set a timer for twenty minutes',
      'turn off the bedroom lamp',
      'thank you',
    ]) {
      assert.equal(await ear.hearText(say(text, voice)), text);
    }
    ear.ear.close();
  });
}

test('[EAR6] quiet and loud speech is understood as well', async () => {
  const ear = new EarProbe(ears, GRAMMAR);
  for (const gain of [0.05, 2]) {
    const pcm = say('set a timer for ten minutes').map((sample) =>
      Math.max(-32_768, Math.min(32_767, sample * gain)),
    );
    assert.equal(await ear.hearText(pcm), 'set a timer for ten minutes');
  }
  ear.ear.close();
});

test('[EAR7] while the user speaks, the words that are sure already are told, and only grow', async () => {
  const ear = new EarProbe(ears, GRAMMAR);
  const text = 'what is the weather like in new york tomorrow';
  assert.equal(await ear.hearText(say(text)), text);
  assert.ok(ear.partials.length >= 3, JSON.stringify(ear.partials));
  for (const [index, partial] of ear.partials.entries()) {
    assert.ok(`${text} `.startsWith(`${partial} `), partial);
    assert.ok(partial.length > (ear.partials[index - 1]?.length ?? 0));
  }
  ear.ear.close();
});

for (const text of [
  'my dog ate all of my homework yesterday',
  'the committee will meet again next month',
  'please write your name at the bottom of the page',
  'what is the meaning of life',
  'banana',
]) {
  test(`[EAR8] "${text}" is not accepted by a grammar that lacks it`, async () => {
    const ear = new EarProbe(ears, GRAMMAR);
    const outcome = await ear.hear(say(text));
    assert.ok(outcome.type === 'final');
    assert.equal(outcome.hearing.isAccepted, false);
    assert.ok(outcome.hearing.confidenceRatio < 0.5);
    ear.ear.close();
  });
}

for (const voice of ['slt', 'rms', 'awb'] as const) {
  test(`[EAR26] the last word of ${voice} ends where the silence begins`, async () => {
    const ear = new EarProbe(
      ears,
      grammarOf('what is (seven | five) (times | plus) (eight | eighty)'),
    );
    for (const text of [
      'what is seven times eight',
      'what is five plus eight',
      'what is five times eighty',
    ]) {
      assert.equal(await ear.hearText(say(text, voice)), text);
    }
    ear.ear.close();
  });
}

/** Pink, 10 dB below the speech. */
function inNoise(pcm: Int16Array, seed: number): Int16Array {
  return addNoise(pcm, { rateHz: RATE_HZ, color: 'pink', snrDb: 10, seed });
}

test('[EAR24] in noise most sentences of the grammar are understood, from each voice', async () => {
  const ear = new EarProbe(ears, GRAMMAR);
  const texts = [
    'what is the weather like in new york tomorrow',
    "what's the weather in tokyo",
    'set a timer for ten minutes',
    'turn on the kitchen light',
    'turn off the bedroom lamp',
  ];
  for (const voice of ['slt', 'rms', 'awb'] as const) {
    const heard: string[] = [];
    for (const [index, text] of texts.entries()) {
      heard.push(await ear.hearText(inNoise(say(text, voice), 40 + index)));
    }
    const rightCount = heard.filter((text, index) => text === texts[index]).length;
    assert.ok(rightCount >= 4, `${voice}: ${heard.join('; ')}`);
  }
  ear.ear.close();
});

test('[EAR24] in noise sentences that the grammar lacks are refused', async () => {
  const ear = new EarProbe(ears, GRAMMAR);
  const accepted: string[] = [];
  for (const [index, text] of [
    'my dog ate all of my homework yesterday',
    'what is the meaning of life',
    'set the table for dinner',
    'turn the volume down',
    'banana',
  ].entries()) {
    const outcome = await ear.hear(inNoise(say(text, 'awb'), 60 + index));
    if (outcome.type === 'final' && outcome.hearing.isAccepted) accepted.push(text);
  }
  assert.deepEqual(accepted, []);
  ear.ear.close();
});

test('[EAR9] less than 200 ms of speech is heard as nothing', async () => {
  for (const pcm of [
    new Int16Array(RATE_HZ),
    say('stop').subarray(0, Math.round(0.45 * RATE_HZ)),
    whiteNoise(RATE_HZ, { seed: 3, rmsAmplitude: 300 }),
  ]) {
    const ear = new EarProbe(ears, GRAMMAR);
    const outcome = await ear.hear(pcm);
    ear.ear.close();
    assert.ok(outcome.type === 'final');
    const { text, isAccepted, confidenceRatio, speechMs } = outcome.hearing;
    assert.deepEqual([text, isAccepted, confidenceRatio], ['', false, 0]);
    assert.ok(speechMs < 200);
  }
});

test('[EAR10] an utterance may begin up to 15 s in the past', async () => {
  const ear = new EarProbe(ears, GRAMMAR);
  const speech = say('set a timer for three minutes');
  ear.push(new Int16Array(10 * RATE_HZ));
  const from = ear.pushedSamples;
  ear.push(speech);
  ear.push(new Int16Array(15 * RATE_HZ - speech.length));
  await ear.told();
  ear.ear.begin('late', from);
  ear.ear.end('late', from + speech.length);
  const outcome = await ear.outcome('late');
  assert.ok(outcome.type === 'final');
  assert.equal(outcome.hearing.text, 'set a timer for three minutes');
  ear.ear.close();
});

test('[EAR10] when audio comes faster than real time, an utterance still ends where it is told to', async () => {
  const ear = new EarProbe(ears, GRAMMAR);
  const first = say('turn on the kitchen light');
  ear.onActivity = (toldSamples) => {
    if (toldSamples >= first.length && ear.onActivity !== undefined) {
      ear.onActivity = undefined;
      ear.ear.end('first', first.length);
      ear.ear.begin('second', first.length);
    }
  };
  ear.ear.begin('first', 0);
  ear.push(first);
  ear.push(say('thank you'));
  await ear.told();
  ear.ear.end('second', ear.pushedSamples);
  const outcomes = [await ear.outcome('first'), await ear.outcome('second')];
  assert.deepEqual(
    outcomes.map((outcome) => (outcome.type === 'final' ? outcome.hearing.text : outcome.reason)),
    ['turn on the kitchen light', 'thank you'],
  );
  ear.ear.close();
});

test('[EAR11] words of no dictionary are understood by rule or by the given phones', async () => {
  const grammar = grammarOf('open (grafana | kubernetes | prism)', { prism: 'B AH N AE N AH' });
  const ear = new EarProbe(ears, grammar);
  assert.equal(await ear.hearText(say('open grafana')), 'open grafana');
  assert.equal(await ear.hearText(say('open kubernetes', 'rms')), 'open kubernetes');
  assert.equal(await ear.hearText(say('open banana')), 'open prism');
  ear.ear.close();
});

test('[EAR12] with a grammar that cannot be heard, utterances fail and say why', async () => {
  for (const [grammar, reason] of [
    [grammarOf('hello 北京'), /no pronunciation for: 北京/],
    [grammarOf('hello (world'), /its JSGF is wrong/],
    [grammarOf('hello', { hello: 'QQ' }), /bad phones for: hello/],
  ] as const) {
    const ear = new EarProbe(ears, grammar);
    const outcome = await ear.hear(say('stop'));
    assert.ok(outcome.type === 'failed');
    assert.match(outcome.reason, reason);
    ear.ear.close();
  }
});

test('[EAR14] a new grammar counts from the next utterance on', async () => {
  const ear = new EarProbe(ears, grammarOf('thank you | stop'));
  const pcm = say('thank you');
  ear.ear.begin('old', 0);
  ear.ear.setGrammar(grammarOf('turn on the light'));
  ear.push(pcm);
  await ear.told();
  ear.ear.end('old', pcm.length);
  const outcome = await ear.outcome('old');
  assert.ok(outcome.type === 'final');
  assert.equal(outcome.hearing.text, 'thank you');
  assert.equal(await ear.hearText(say('turn on the light')), 'turn on the light');
  ear.ear.close();
});

test('[EAR15] what was heard before, by whom ever, does not change a result', async () => {
  const pcm = say('what is the weather in tokyo', 'awb');
  const hearOnce = async (): Promise<Outcome> => {
    const ear = new EarProbe(ears, GRAMMAR);
    const outcome = await ear.hear(pcm, 'same');
    ear.ear.close();
    return outcome;
  };
  const fresh = await hearOnce();
  const other = new EarProbe(ears, GRAMMAR);
  for (const voice of ['slt', 'rms', 'kal16'] as const) await other.hear(say('stop', voice));
  other.ear.close();
  assert.deepEqual(await hearOnce(), fresh);
});

test('[EAR15] how much of the audio was there when it was looked at does not change a result', async () => {
  const pcm = say('what is the weather in tokyo', 'awb');
  const outcomes: Outcome[] = [];
  // In one piece, and so that each of its pieces is looked at before the next comes.
  for (const pieceSamples of [pcm.length, 24_000 / 25]) {
    const ear = new EarProbe(ears, GRAMMAR);
    ear.ear.begin('same', 0);
    for (let at = 0; at < pcm.length; at += pieceSamples) {
      ear.push(pcm.subarray(at, at + pieceSamples));
      await ear.told();
    }
    ear.ear.end('same', pcm.length);
    outcomes.push(await ear.outcome('same'));
    ear.ear.close();
  }
  assert.deepEqual(outcomes[1], outcomes[0]);
});
