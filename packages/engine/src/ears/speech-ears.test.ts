import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Ear, EarGrammar, EarListener, Ears, Hearing } from '../ports/ears.ts';
import {
  addNoise,
  pinkNoise,
  synthesizeUserSpeech,
  whiteNoise,
  withPauses,
} from '../testing/speech-testing.ts';
import { createSpeechEars, type SpeechEarsOptions } from './speech-ears.ts';

const RATE_HZ = 24_000;
const PUSH_SAMPLES = 480;

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

type Outcome =
  | { readonly type: 'final'; readonly hearing: Hearing }
  | { readonly type: 'failed'; readonly reason: string };

/** An ear with everything that its listener was told. */
class TestEar {
  readonly ear: Ear;
  readonly probabilities: number[] = [];
  readonly partials: string[] = [];
  readonly outcomes: (readonly [string, Outcome])[] = [];
  pushedSamples = 0;
  toldSamples = 0;
  readonly #waiting: { readonly isMet: () => boolean; readonly resolve: () => void }[] = [];
  onActivity: ((toldSamples: number) => void) | undefined;

  constructor(ears: Ears, grammar: EarGrammar = GRAMMAR) {
    const listener: EarListener = {
      activity: (firstSample, probabilities) => {
        assert.equal(firstSample, this.toldSamples, 'activity has no gaps');
        this.probabilities.push(...probabilities);
        this.toldSamples += probabilities.length * 240;
        this.onActivity?.(this.toldSamples);
        this.#notice();
      },
      partial: (_id, text) => this.partials.push(text),
      final: (id, hearing) => this.#end(id, { type: 'final', hearing }),
      failed: (id, reason) => this.#end(id, { type: 'failed', reason }),
    };
    this.ear = ears.open(grammar, listener);
  }

  push(pcm: Int16Array): void {
    for (let start = 0; start < pcm.length; start += PUSH_SAMPLES) {
      this.ear.push(pcm.subarray(start, start + PUSH_SAMPLES));
    }
    this.pushedSamples += pcm.length;
  }

  /** Until all whole frames that were pushed are told. */
  told(): Promise<void> {
    return this.#until(() => this.toldSamples > this.pushedSamples - 240);
  }

  async outcome(id: string): Promise<Outcome> {
    const find = (): Outcome | undefined => this.outcomes.find(([other]) => other === id)?.[1];
    await this.#until(() => find() !== undefined);
    const outcome = find();
    assert.ok(outcome);
    return outcome;
  }

  /** Recognises a recording from its first to its last sample. */
  async hear(pcm: Int16Array, id = `u${this.pushedSamples}`): Promise<Outcome> {
    const from = this.pushedSamples;
    this.ear.begin(id, from);
    this.push(pcm);
    await this.told();
    this.ear.end(id, this.pushedSamples);
    return this.outcome(id);
  }

  async hearText(pcm: Int16Array): Promise<string> {
    const outcome = await this.hear(pcm);
    assert.ok(outcome.type === 'final', JSON.stringify(outcome));
    return outcome.hearing.isAccepted ? outcome.hearing.text : '(rejected)';
  }

  #end(id: string, outcome: Outcome): void {
    this.outcomes.push([id, outcome]);
    this.#notice();
  }

  #until(isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ isMet, resolve }));
  }

  #notice(): void {
    for (const wait of [...this.#waiting]) {
      if (!wait.isMet()) continue;
      this.#waiting.splice(this.#waiting.indexOf(wait), 1);
      wait.resolve();
    }
  }
}

function say(text: string, voice: 'slt' | 'rms' | 'awb' | 'kal16' = 'slt'): Int16Array {
  return withPauses([synthesizeUserSpeech(text, { voice }).pcm], { rateHz: RATE_HZ, pauseMs: 200 });
}

/** Starts real workers, and remembers them, so that a test can kill them. */
function mortal(workers: Worker[]): SpeechEarsOptions {
  return {
    recogniserCount: 1,
    spawnWorker: (recogniserCount) => {
      const url = new URL('../workers/listen-worker.js', import.meta.url);
      const worker = new Worker(url, { workerData: { recogniserCount } });
      workers.push(worker);
      return worker;
    },
  };
}

let ears: Ears;
before(async () => {
  ears = await createSpeechEars({ recogniserCount: 2 });
});
after(() => ears.close());

test('[EAR5] speech is told from the silence around it', async () => {
  const sentence = synthesizeUserSpeech('turn on the kitchen light', { voice: 'rms' }).pcm;
  const pcm = withPauses([sentence, sentence], { rateHz: RATE_HZ, pauseMs: 1_000 });
  const ear = new TestEar(ears);
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
    const ear = new TestEar(ears);
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
  const ear = new TestEar(ears);
  ear.push(noisy);
  await ear.told();
  assert.ok(ear.probabilities.filter((probability) => probability > 0.5).length > 60);
  ear.ear.close();
});

test('[EAR4] probabilities do not depend on how the audio was cut', async () => {
  const pcm = say('stop');
  const whole = new TestEar(ears);
  const cut = new TestEar(ears);
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
    const ear = new TestEar(ears);
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
  const ear = new TestEar(ears);
  for (const gain of [0.05, 2]) {
    const pcm = say('set a timer for ten minutes').map((sample) =>
      Math.max(-32_768, Math.min(32_767, sample * gain)),
    );
    assert.equal(await ear.hearText(pcm), 'set a timer for ten minutes');
  }
  ear.ear.close();
});

test('[EAR7] while the user speaks, the words that are sure already are told, and only grow', async () => {
  const ear = new TestEar(ears);
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
    const ear = new TestEar(ears);
    const outcome = await ear.hear(say(text));
    assert.ok(outcome.type === 'final');
    assert.equal(outcome.hearing.isAccepted, false);
    assert.ok(outcome.hearing.confidenceRatio < 0.5);
    ear.ear.close();
  });
}

test('[EAR9] less than 200 ms of speech is heard as nothing', async () => {
  for (const pcm of [
    new Int16Array(RATE_HZ),
    say('stop').subarray(0, Math.round(0.45 * RATE_HZ)),
    whiteNoise(RATE_HZ, { seed: 3, rmsAmplitude: 300 }),
  ]) {
    const ear = new TestEar(ears);
    const outcome = await ear.hear(pcm);
    ear.ear.close();
    assert.ok(outcome.type === 'final');
    const { text, isAccepted, confidenceRatio, speechMs } = outcome.hearing;
    assert.deepEqual([text, isAccepted, confidenceRatio], ['', false, 0]);
    assert.ok(speechMs < 200);
  }
});

test('[EAR10] an utterance may begin up to 15 s in the past', async () => {
  const ear = new TestEar(ears);
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
  const ear = new TestEar(ears);
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
  const ear = new TestEar(ears, grammar);
  assert.equal(await ear.hearText(say('open grafana')), 'open grafana');
  assert.equal(await ear.hearText(say('open kubernetes', 'rms')), 'open kubernetes');
  assert.equal(await ear.hearText(say('open banana')), 'open prism');
  ear.ear.close();
});

test('[EAR12] with a grammar that cannot be heard, utterances fail and say why', async () => {
  for (const [grammar, reason] of [
    [grammarOf('hello 北京'), /no pronunciation for: 北京/],
    [grammarOf('hello (world'), /parse JSGF/],
    [grammarOf('hello', { hello: 'QQ' }), /bad phones for: hello/],
  ] as const) {
    const ear = new TestEar(ears, grammar);
    const outcome = await ear.hear(say('stop'));
    assert.ok(outcome.type === 'failed');
    assert.match(outcome.reason, reason);
    ear.ear.close();
  }
});

test('[EAR14] a new grammar counts from the next utterance on', async () => {
  const ear = new TestEar(ears, grammarOf('thank you | stop'));
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
    const ear = new TestEar(ears);
    const outcome = await ear.hear(pcm, 'same');
    ear.ear.close();
    return outcome;
  };
  const fresh = await hearOnce();
  const other = new TestEar(ears);
  for (const voice of ['slt', 'rms', 'kal16'] as const) await other.hear(say('stop', voice));
  other.ear.close();
  assert.deepEqual(await hearOnce(), fresh);
});

test('[EAR16] more utterances than recognisers wait their turn, and all are understood', async () => {
  const texts = ['stop', 'thank you', 'turn on the kitchen light', 'set a timer for one minutes'];
  const all = texts.concat(texts);
  const heard = await Promise.all(
    all.map(async (text) => {
      const ear = new TestEar(ears);
      const outcome = await ear.hear(say(text));
      ear.ear.close();
      return outcome.type === 'final' ? outcome.hearing.text : outcome.reason;
    }),
  );
  assert.deepEqual(heard, all);
});

test('[EAR17] a cancelled utterance is never answered, and its recogniser works on', async () => {
  const single = await createSpeechEars({ recogniserCount: 1 });
  const ear = new TestEar(single);
  const pcm = say('turn on the kitchen light');
  ear.ear.begin('dropped', 0);
  ear.push(pcm);
  await ear.told();
  ear.ear.cancel('dropped');
  ear.ear.end('dropped', pcm.length);
  assert.equal(await ear.hearText(say('thank you')), 'thank you');
  assert.deepEqual(
    ear.outcomes.map(([id]) => id).filter((id) => id === 'dropped'),
    [],
  );
  await single.close();
});

test('[EAR18] beginning an utterance twice is a mistake that throws', () => {
  const ear = new TestEar(ears);
  ear.ear.begin('one', 0);
  assert.throws(() => ear.ear.begin('one', 0), RangeError);
  ear.ear.close();
});

test('[EAR18] too many utterances at once in one ear fail', async () => {
  const ear = new TestEar(ears);
  for (let n = 0; n <= 8; n++) ear.ear.begin(`u${n}`, 0);
  const outcome = await ear.outcome('u8');
  assert.ok(outcome.type === 'failed');
  assert.match(outcome.reason, /too many/);
  ear.ear.close();
});

test('[EAR19] a worker that dies fails its utterances by name; positions go on in a new one', async () => {
  const workers: Worker[] = [];
  const mortals = await createSpeechEars(mortal(workers));
  const ear = new TestEar(mortals);
  ear.push(new Int16Array(RATE_HZ));
  await ear.told();
  ear.ear.begin('lost', RATE_HZ);
  ear.push(new Int16Array(1_000));
  await workers[0]?.terminate();
  const outcome = await ear.outcome('lost');
  assert.ok(outcome.type === 'failed');
  assert.match(outcome.reason, /listen-worker-0 died/);
  assert.equal(await ear.hearText(say('thank you')), 'thank you');
  assert.equal(workers.length, 2);
  await mortals.close();
});

test('[EAR19] a fault inside a worker is named and survived', async () => {
  const workers: Worker[] = [];
  const errors: string[] = [];
  const mortals = await createSpeechEars({
    ...mortal(workers),
    logger: { info: () => undefined, warn: () => undefined, error: (text) => errors.push(text) },
  });
  const ear = new TestEar(mortals);
  ear.ear.begin('lost', 0);
  workers[0]?.postMessage({ type: 'open', earId: 99 });
  const outcome = await ear.outcome('lost');
  assert.ok(outcome.type === 'failed');
  assert.match(outcome.reason, /listen-worker-0 died: Cannot read properties of undefined/);
  assert.deepEqual(errors, [outcome.reason]);
  assert.equal(await ear.hearText(say('stop')), 'stop');
  await mortals.close();
});

test('[EAR19] ears whose worker cannot be started again fail what they are asked', async () => {
  const workers: Worker[] = [];
  const { spawnWorker } = mortal(workers);
  const mortals = await createSpeechEars({
    recogniserCount: 1,
    spawnWorker: (recogniserCount) =>
      workers.length === 0 && spawnWorker !== undefined
        ? spawnWorker(recogniserCount)
        : new Worker('throw new Error("no luck")', { eval: true }),
  });
  const ear = new TestEar(mortals);
  const reasons: string[] = [];
  for (const id of ['killed', 'again', 'given up', 'late']) {
    ear.ear.begin(id, 0);
    if (id === 'killed') await workers[0]?.terminate();
    const outcome = await ear.outcome(id);
    assert.ok(outcome.type === 'failed');
    reasons.push(outcome.reason);
  }
  assert.match(reasons[0] ?? '', /listen-worker-0 died: exit code 1/);
  assert.match(reasons[1] ?? '', /listen-worker-0 died: no luck/);
  assert.match(reasons[2] ?? '', /listen-worker-0 died: no luck/);
  assert.equal(reasons[3], 'the ears have no worker left');
  await mortals.close();
});

test('[EAR20] audio that comes much too fast is heard as silence beyond a minute, and keeps its place', async () => {
  const ear = new TestEar(ears);
  ear.push(new Int16Array(60 * RATE_HZ));
  const speech = say('turn on the kitchen light');
  ear.push(speech);
  await ear.told();
  assert.ok(ear.probabilities.every((probability) => probability < 0.5));
  assert.equal(await ear.hearText(say('thank you')), 'thank you');
  ear.ear.close();
});

test('[EAR21] closed ears are silent, and closing twice is closing once', async () => {
  const own = await createSpeechEars({ recogniserCount: 1 });
  const ear = new TestEar(own);
  ear.ear.begin('open', 0);
  ear.push(say('stop'));
  ear.ear.close();
  ear.ear.close();
  ear.ear.push(new Int16Array(480));
  ear.ear.begin('later', 0);
  ear.ear.end('open', 480);
  await own.close();
  await own.close();
  assert.deepEqual([ear.toldSamples, ear.outcomes], [0, []]);
});

test('[EAR21] after closing ears and voice nothing keeps the process alive', async () => {
  const script = `
    import { createSpeechEars } from '${new URL('./speech-ears.js', import.meta.url).href}';
    import { createFliteVoice } from '${new URL('../voice/flite-voice.js', import.meta.url).href}';
    const [ears, voice] = await Promise.all([createSpeechEars(), createFliteVoice()]);
    const nothing = () => undefined;
    const listener = { activity: nothing, partial: nothing, final: nothing, failed: nothing };
    const ear = ears.open(${JSON.stringify(GRAMMAR)}, listener);
    ear.push(new Int16Array(4800));
    ear.begin('u', 0);
    voice.speak({ text: 'hello', voice: 'alloy', speedRatio: 1 }, { chunk: nothing, finished: nothing, failed: nothing });
    await Promise.all([ears.close(), voice.close()]);
    console.log('closed', process.getActiveResourcesInfo().filter((name) => name === 'MessagePort' || name === 'Worker').length);`;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(stdout.trim(), 'closed 0');
});
