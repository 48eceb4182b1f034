import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { SpeechChunk, SpeechRequest, Voice } from '../ports/voice.ts';
import type { SpeakRequest } from '../workers/speak-protocol.ts';
import { createFliteVoice } from './flite-voice.ts';
import { VOICE_NAMES } from './voice-table.ts';

interface Spoken {
  readonly chunks: readonly SpeechChunk[];
  readonly failure: string | undefined;
}

function speakAll(voice: Voice, request: Partial<SpeechRequest>): Promise<Spoken> {
  return new Promise((resolve) => {
    const chunks: SpeechChunk[] = [];
    voice.speak(
      { text: 'Hello there.', voice: 'alloy', speedRatio: 1, ...request },
      {
        chunk: (chunk) => chunks.push(chunk),
        finished: () => resolve({ chunks, failure: undefined }),
        failed: (reason) => resolve({ chunks, failure: reason }),
      },
    );
  });
}

function samples(spoken: Spoken): number {
  return spoken.chunks.reduce((sum, chunk) => sum + chunk.pcm.length, 0);
}

/** Starts the real worker, and remembers it, so that a test can kill it. */
function spawnInto(workers: Worker[]): () => Worker {
  return () => {
    const worker = new Worker(new URL('../workers/speak-worker.js', import.meta.url));
    workers.push(worker);
    return worker;
  };
}

let voice: Voice;
before(async () => {
  voice = await createFliteVoice({ workerCount: 1 });
});
after(() => voice.close());

test('[VOX8] a text is spoken sentence by sentence, and the chunks join back to it', async () => {
  const text = 'It is raining in Oslo today. Take an umbrella with you! 😀';
  const spoken = await speakAll(voice, { text });
  assert.equal(spoken.failure, undefined);
  assert.equal(spoken.chunks.map((chunk) => chunk.text).join(''), text);
  assert.equal(spoken.chunks.length, 2);
  const seconds = samples(spoken) / 24_000;
  assert.ok(seconds > 2.5 && seconds < 6, `${seconds} s`);
});

test('[VOX9] an answer begins with no more than 40 ms of silence', async () => {
  for (const name of ['alloy', 'ash', 'ballad', 'verse']) {
    const [first] = (await speakAll(voice, { voice: name })).chunks;
    const onset = first?.pcm.findIndex((sample) => Math.abs(sample) > 300) ?? -1;
    assert.ok(onset >= 0 && onset <= 960, `${name}: ${onset} samples`);
  }
});

for (const text of ['', '😀🎉', '你好，世界。', '*** --- ___', '<b></b>', 'x'.repeat(1_000)]) {
  test(`[VOX10] ${JSON.stringify(text.slice(0, 20))} neither fails nor loses text`, async () => {
    const spoken = await speakAll(voice, { text });
    assert.equal(spoken.failure, undefined);
    assert.equal(spoken.chunks.map((chunk) => chunk.text).join(''), text);
  });
}

test('[VOX11] every OpenAI voice name speaks in its own way, an unknown one as the default', async () => {
  const sounds = await Promise.all(VOICE_NAMES.map((name) => speakAll(voice, { voice: name })));
  const prints = sounds.map((spoken) => spoken.chunks[0]?.pcm.join());
  assert.equal(VOICE_NAMES.length, 10);
  assert.equal(new Set(prints).size, prints.length);
  const unknown = await speakAll(voice, { voice: 'nobody' });
  assert.deepEqual(unknown, sounds[VOICE_NAMES.indexOf('alloy')]);
});

test('[VOX12] speed shortens and lengthens speech', async () => {
  const [slow, normal, fast] = await Promise.all(
    [0.5, 1, 1.5].map(async (speedRatio) => samples(await speakAll(voice, { speedRatio }))),
  );
  assert.ok(slow !== undefined && normal !== undefined && fast !== undefined);
  assert.ok(slow > 1.5 * normal && fast < 0.85 * normal, `${slow} ${normal} ${fast}`);
});

test('[VOX13] after a cancellation nothing more is heard of the utterance', async () => {
  const calls: string[] = [];
  await new Promise<void>((resolve) => {
    const utterance = voice.speak(
      { text: 'One sentence is here now. '.repeat(20), voice: 'verse', speedRatio: 1 },
      {
        chunk: () => {
          calls.push('chunk');
          utterance.cancel();
          resolve();
        },
        finished: () => calls.push('finished'),
        failed: () => calls.push('failed'),
      },
    );
  });
  // The worker speaks in turn: once this is finished, the cancelled one would have gone on.
  await speakAll(voice, { text: 'First one here. Second one here, too. Third one here, as well.' });
  assert.deepEqual(calls, ['chunk']);
});

test('[VOX14] more utterances than allowed, and texts too long, fail and say so', async () => {
  const small = await createFliteVoice({ maxUtteranceCount: 1, maxTextChars: 100 });
  const first = speakAll(small, {});
  assert.match((await speakAll(small, {})).failure ?? '', /busy/);
  assert.match((await speakAll(small, { text: 'x'.repeat(101) })).failure ?? '', /too long/);
  assert.equal((await first).failure, undefined);
  await small.close();
  assert.equal(await Promise.race([speakAll(small, {}), Promise.resolve('silent')]), 'silent');
});

test('[VOX15] a worker that dies fails its utterances by name, and a new one speaks on', async () => {
  const workers: Worker[] = [];
  const mortal = await createFliteVoice({ workerCount: 1, spawnWorker: spawnInto(workers) });
  const dying = speakAll(mortal, { text: 'A long story begins here. '.repeat(100) });
  await workers[0]?.terminate();
  assert.match((await dying).failure ?? '', /speak-worker-0 died/);
  assert.equal((await speakAll(mortal, {})).failure, undefined);
  assert.equal(workers.length, 2);
  await mortal.close();
});

test('[VOX15] a worker that never gets ready is given up after three starts', async () => {
  let startCount = 0;
  await assert.rejects(
    createFliteVoice({
      workerCount: 1,
      spawnWorker: () => {
        startCount++;
        return new Worker('throw new Error("no luck")', { eval: true });
      },
    }),
    /speak-worker-0 died: no luck/,
  );
  assert.equal(startCount, 3);
});

test('[VOX18] an answer is spoken by the thread that was told of it, and sounds the same', async () => {
  const workers: Worker[] = [];
  const pair = await createFliteVoice({ workerCount: 2, spawnWorker: spawnInto(workers) });
  const asked: string[] = [];
  for (const [index, worker] of workers.entries()) {
    const post = worker.postMessage.bind(worker);
    worker.postMessage = (message: SpeakRequest, ...rest) => {
      if (message.type !== 'cancel')
        asked.push(`${message.type} ${index}: ${message.request.text}`);
      post(message, ...rest);
    };
  }
  const request = { voice: 'alloy', speedRatio: 1 };
  pair.announce?.({ ...request, text: 'It is noon.' });
  pair.announce?.({ ...request, text: 'Good night.' });
  pair.announce?.({ ...request, text: 'It is noon.' });
  const second = await speakAll(pair, { text: 'Good night.' });
  await speakAll(pair, { text: 'It is noon.' });
  assert.deepEqual(asked, [
    'announce 0: It is noon.',
    'announce 1: Good night.',
    'speak 1: Good night.',
    'speak 0: It is noon.',
  ]);
  assert.deepEqual(second, await speakAll(voice, { text: 'Good night.' }));
  await pair.close();
});
