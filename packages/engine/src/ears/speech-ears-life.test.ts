import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { EarGrammar, Ears } from '../ports/ears.ts';
import { EarProbe, say } from '../testing/ear-probe.ts';
import { createSpeechEars, type SpeechEarsOptions } from './speech-ears.ts';

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

/** Starts real workers, and remembers them, so that a test can kill them. */
function mortal(workers: Worker[]): SpeechEarsOptions {
  return {
    workerCount: 1,
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
  ears = await createSpeechEars({ workerCount: 1, recogniserCount: 2 });
});
after(() => ears.close());

test('[EAR16] more utterances than recognisers wait their turn, and all are understood', async () => {
  const texts = ['stop', 'thank you', 'turn on the kitchen light', 'set a timer for one minutes'];
  const all = texts.concat(texts);
  const heard = await Promise.all(
    all.map(async (text) => {
      const ear = new EarProbe(ears, GRAMMAR);
      const outcome = await ear.hear(say(text));
      ear.ear.close();
      return outcome.type === 'final' ? outcome.hearing.text : outcome.reason;
    }),
  );
  assert.deepEqual(heard, all);
});

test('[EAR17] a cancelled utterance is never answered, and its recogniser works on', async () => {
  const single = await createSpeechEars({ workerCount: 1, recogniserCount: 1 });
  const ear = new EarProbe(single, GRAMMAR);
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
  const ear = new EarProbe(ears, GRAMMAR);
  ear.ear.begin('one', 0);
  assert.throws(() => ear.ear.begin('one', 0), RangeError);
  ear.ear.close();
});

test('[EAR18] too many utterances at once in one ear fail', async () => {
  const ear = new EarProbe(ears, GRAMMAR);
  for (let n = 0; n <= 8; n++) ear.ear.begin(`u${n}`, 0);
  const outcome = await ear.outcome('u8');
  assert.ok(outcome.type === 'failed');
  assert.match(outcome.reason, /too many/);
  ear.ear.close();
});

test('[EAR19] a worker that dies fails its utterances by name; positions go on in a new one', async () => {
  const workers: Worker[] = [];
  const mortals = await createSpeechEars(mortal(workers));
  const ear = new EarProbe(mortals, GRAMMAR);
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
  const ear = new EarProbe(mortals, GRAMMAR);
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
    workerCount: 1,
    recogniserCount: 1,
    spawnWorker: (recogniserCount) =>
      workers.length === 0 && spawnWorker !== undefined
        ? spawnWorker(recogniserCount)
        : new Worker('throw new Error("no luck")', { eval: true }),
  });
  const ear = new EarProbe(mortals, GRAMMAR);
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
  const ear = new EarProbe(ears, GRAMMAR);
  ear.push(new Int16Array(60 * RATE_HZ));
  const speech = say('turn on the kitchen light');
  ear.push(speech);
  await ear.told();
  assert.ok(ear.probabilities.every((probability) => probability < 0.5));
  assert.equal(await ear.hearText(say('thank you')), 'thank you');
  ear.ear.close();
});

test('[EAR21] closed ears are silent, and closing twice is closing once', async () => {
  const own = await createSpeechEars({ workerCount: 1, recogniserCount: 1 });
  const ear = new EarProbe(own, GRAMMAR);
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
